//! Grouping and aggregation of rows, by time bucket and by the texts of dimensions.
use std::collections::{HashMap, HashSet};

use kansoku_model::TimestampMs;
use rustc_hash::FxHashMap;

use crate::{Aggregation, DataPoint, MetricsQuery, StoreError, percentile};

/// The most dimensions that any metric takes.
const DIMENSIONS_MAX: usize = 5;
/// The most groups of one query; all are kept in memory until the last row is read.
const GROUPS_MAX: usize = 200_000;

pub struct Groups {
    bucket_ms: Option<i64>,
    keeps_values: bool,
    texts: Vec<String>,
    codes: HashMap<String, u32>,
    /// `FxHashMap`, because keys are small numbers from this module, and millions of them are
    /// looked up.
    index: FxHashMap<Key, usize>,
    groups: Vec<(Key, Group)>,
    last: usize,
}

/// The start of the time bucket in ms, and the codes of the dimensions' texts in the order of the
/// query.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    bucket: i64,
    texts: [u32; DIMENSIONS_MAX],
}

#[derive(Default)]
struct Group {
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
    /// Every value, if a percentile is requested.
    values: Vec<f64>,
    /// The distinct values that were counted by [`Groups::add_distinct`].
    distinct: HashSet<i64>,
}

impl Groups {
    pub fn new(query: &MetricsQuery) -> Self {
        let is_percentile = |a: &Aggregation| matches!(a, Aggregation::Percentile(_));
        Self {
            bucket_ms: query.bucket_seconds.map(|seconds| i64::from(seconds.max(1)) * 1000),
            keeps_values: query.aggregations.iter().any(is_percentile),
            texts: Vec::new(),
            codes: HashMap::new(),
            index: FxHashMap::default(),
            groups: Vec::new(),
            last: 0,
        }
    }

    /// The code of a text, for [`Groups::add`].
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }

    pub fn add(&mut self, time_ms: i64, texts: &[u32], value: f64) -> Result<(), StoreError> {
        let keeps_values = self.keeps_values;
        let group = self.group(time_ms, texts)?;
        if group.count == 0 {
            (group.min, group.max) = (value, value);
        }
        group.count += 1;
        group.sum += value;
        group.min = group.min.min(value);
        group.max = group.max.max(value);
        if keeps_values {
            group.values.push(value);
        }
        Ok(())
    }

    /// Counts `thing` once per group, however often it is added.
    pub fn add_distinct(&mut self, time_ms: i64, thing: i64) -> Result<(), StoreError> {
        let group = self.group(time_ms, &[])?;
        if group.distinct.insert(thing) {
            group.count += 1;
        }
        Ok(())
    }

    fn group(&mut self, time_ms: i64, texts: &[u32]) -> Result<&mut Group, StoreError> {
        let bucket = self.bucket_ms.map_or(0, |length| time_ms.div_euclid(length) * length);
        let mut key = Key { bucket, texts: [0; DIMENSIONS_MAX] };
        key.texts[..texts.len()].copy_from_slice(texts);
        // Rows arrive nearly in the order of time, so most belong to the group of the row before.
        if self.groups.get(self.last).is_none_or(|(last, _)| *last != key) {
            self.last = *self.index.entry(key).or_insert(self.groups.len());
            if self.last == self.groups.len() {
                if GROUPS_MAX <= self.groups.len() {
                    return Err(StoreError::Invalid(format!(
                        "more than {GROUPS_MAX} groups; ask for a longer `time_interval_seconds`, a shorter time range or fewer `dimensions`"
                    )));
                }
                self.groups.push((key, Group::default()));
            }
        }
        Ok(&mut self.groups[self.last].1)
    }

    /// The groups as data points, sorted by time and then by the dimensions' texts.
    pub fn finish(mut self, query: &MetricsQuery) -> Vec<DataPoint> {
        let counts = query.aggregations.contains(&Aggregation::Count);
        let is_whole = self.bucket_ms.is_none() && query.dimensions.is_empty();
        if self.groups.is_empty() && is_whole && counts {
            // `COUNT` of an empty group is 0, not NULL.
            self.groups.push((Key { bucket: 0, texts: [0; DIMENSIONS_MAX] }, Group::default()));
        }
        let (texts, width) = (self.texts, query.dimensions.len());
        let text = |code: &u32| texts[*code as usize].as_str();
        self.groups.sort_by_cached_key(|(key, _)| {
            (key.bucket, key.texts[..width].iter().map(text).collect::<Vec<_>>())
        });
        let bucketed = self.bucket_ms.is_some();
        let point = |(key, mut group): (Key, Group)| DataPoint {
            bucket: bucketed.then_some(TimestampMs(key.bucket)),
            dimensions: query
                .dimensions
                .iter()
                .zip(key.texts)
                .map(|(dimension, code)| (*dimension, text(&code).to_owned()))
                .collect(),
            values: query.aggregations.iter().map(|a| (*a, group.value(*a))).collect(),
        };
        self.groups.into_iter().take(query.max_results).map(point).collect()
    }
}

impl Group {
    fn value(&mut self, aggregation: Aggregation) -> f64 {
        match aggregation {
            Aggregation::Count => self.count as f64,
            Aggregation::Sum => self.sum,
            Aggregation::Avg => self.sum / self.count as f64,
            Aggregation::Min => self.min,
            Aggregation::Max => self.max,
            // A group has at least one row.
            Aggregation::Percentile(percent) => {
                percentile(&mut self.values, percent).unwrap_or(0.0)
            }
        }
    }
}
