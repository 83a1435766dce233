//! Factors: properties that rated traces share, with their correlation with negative feedback.
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kansoku_model::{SpanStatus, tag_key};
use kansoku_store::{CorrelationCounts, ScanProjection, ScannedTrace};
use serde::Serialize;
use serde_json::Value;

use super::error_signature::{error_signature, pattern};
use super::filter_text::{equals, keyed, quoted};
use super::fisher::FisherTest;
use super::span_stats::span_filter;

/// The fewest traces of a factor; with fewer, a correlation means nothing.
const TRACES_MIN: u64 = 3;
const LISTED_MAX: usize = 200;
/// The false discovery rate: the expected share of false ones among all significant factors.
const FALSE_SHARE: f64 = 0.05;
/// The most values of a tag; a tag with more identifies single traces.
const TAG_VALUES_MAX: usize = 30;
/// The most sessions that a filter lists.
const SESSIONS_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct QualityFactor {
    /// `version`, `tag:env`, `model`, `tool`, `failed tool`, `prompt`, `duration`, `error`, …
    dimension: String,
    value: String,
    /// A filter for the traces with this factor.
    filter: String,
    traces: u64,
    negative: u64,
    positive: u64,
    negative_rate: f64,
    /// The correlation with negative feedback as NPMI: from -1 (never together) over 0
    /// (independent) to 1 (always together).
    npmi: Option<f64>,
    npmi_smoothed: Option<f64>,
    /// The probability that at least as many of its traces would be negative if the factor were
    /// independent of the feedback, from 0 to 1: Fisher's exact test, one-sided.
    chance: f64,
    /// Whether the correlation is significant. One in twenty significant factors is expected to be
    /// due to chance.
    significant: bool,
    /// Factors with the same number are shared by exactly the same traces.
    trace_set: u32,
}

/// The parts of a trace that [`FactorFold::add`] reads. `tags` are the keys of tags that clients
/// chose.
pub fn projection(tags: Vec<String>) -> ScanProjection {
    let tags = tags.into_iter().chain([tag_key::LINKED_PROMPTS.to_owned()]).collect();
    ScanProjection {
        session: true,
        user: true,
        version: true,
        environment: true,
        tags,
        assessments: true,
        error: true,
        spans: true,
        ..ScanProjection::default()
    }
}

/// A property that traces can share. The derived order is the order of dimensions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Factor {
    Version(Arc<str>),
    Environment(Arc<str>),
    /// A tag, by the index of its key in [`FactorFold::tags`].
    Tag(usize, Arc<str>),
    Name(Arc<str>),
    User(Arc<str>),
    Model(Arc<str>),
    Tool(Arc<str>),
    FailedTool(Arc<str>),
    Retriever(Arc<str>),
    Prompt(String),
    SessionLength(usize),
    Duration(usize),
    Tokens(usize),
    Error(String),
}

#[derive(Default)]
struct Count {
    traces: u64,
    negative: u64,
    /// The sum of a hash of each of its traces, which is equal for equal sets of traces.
    fingerprint: u64,
    /// The sessions of a session length, quoted for a filter.
    sessions: BTreeSet<String>,
}

/// Counts rated traces by the properties that they share.
pub struct FactorFold {
    tags: Vec<String>,
    /// The number of traces in each session.
    lengths: HashMap<i64, u64>,
    counts: HashMap<Factor, Count>,
    pub rated: u64,
    pub negative: u64,
}

impl FactorFold {
    pub fn new(tags: Vec<String>, lengths: HashMap<i64, u64>) -> Self {
        Self { tags, lengths, counts: HashMap::new(), rated: 0, negative: 0 }
    }

    pub fn add(&mut self, scanned: &ScannedTrace, is_negative: bool) {
        self.rated += 1;
        self.negative += u64::from(is_negative);
        for factor in self.factors(scanned) {
            let names_sessions = matches!(factor, Factor::SessionLength(_));
            let count = self.counts.entry(factor).or_default();
            count.traces += 1;
            count.negative += u64::from(is_negative);
            count.fingerprint = count.fingerprint.wrapping_add(mix(self.rated));
            if names_sessions && count.sessions.len() < SESSIONS_MAX {
                count.sessions.extend(scanned.session.as_deref().map(quoted));
            }
        }
    }

    /// The factors of a trace, each once.
    fn factors(&self, scanned: &ScannedTrace) -> BTreeSet<Factor> {
        let mut factors = BTreeSet::new();
        factors.extend(scanned.version.clone().map(Factor::Version));
        factors.extend(scanned.environment.clone().map(Factor::Environment));
        factors.extend(scanned.name.clone().map(Factor::Name));
        factors.extend(scanned.user.clone().map(Factor::User));
        for (n, value) in scanned.tags.iter().take(self.tags.len()).enumerate() {
            factors.extend(value.clone().map(|value| Factor::Tag(n, value)));
        }
        let prompts = scanned.tags.get(self.tags.len()).and_then(Option::as_deref);
        factors.extend(prompts.map(prompts_in).unwrap_or_default().into_iter().map(Factor::Prompt));
        for span in &scanned.spans {
            factors.extend(span.model.clone().map(Factor::Model));
            match span.span_type.as_deref() {
                Some("TOOL") => {
                    factors.insert(Factor::Tool(span.name.clone()));
                    if span.status == SpanStatus::Error {
                        factors.insert(Factor::FailedTool(span.name.clone()));
                    }
                }
                Some("RETRIEVER") => {
                    factors.insert(Factor::Retriever(span.name.clone()));
                }
                _ => {}
            }
        }
        let length = scanned.session_hash.and_then(|session| self.lengths.get(&session));
        factors.extend(length.map(|length| Factor::SessionLength(step(&LENGTHS, *length))));
        let duration = scanned.duration_ms.map(|ms| ms.max(0).cast_unsigned());
        factors.extend(duration.map(|ms| Factor::Duration(step(&DURATIONS, ms))));
        let tokens = scanned.usage.map(|usage| usage.total_tokens);
        factors.extend(tokens.map(|tokens| Factor::Tokens(step(&TOKENS, tokens))));
        let error = scanned.error.as_ref().and_then(|error| error.message.as_deref());
        factors.extend(error.map(|error| Factor::Error(error_signature(error))));
        factors
    }

    /// The factors, the strongest correlation with negative feedback first, at most 200.
    pub fn finish(mut self) -> Vec<QualityFactor> {
        self.forget_tags_that_name_traces();
        let counts = std::mem::take(&mut self.counts);
        let mut factors: Vec<_> =
            counts.into_iter().filter(|(_, count)| TRACES_MIN <= count.traces).collect();
        factors.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let fisher = FisherTest::new(self.rated);
        let mut sets: HashMap<(u64, u64), u32> = HashMap::new();
        let mut factors: Vec<_> = factors
            .into_iter()
            .map(|(factor, count)| {
                let next = sets.len() as u32;
                let set = *sets.entry((count.traces, count.fingerprint)).or_insert(next);
                self.factor(factor, &count, set, &fisher)
            })
            .collect();
        // A factor of all rated traces does not distinguish any, so it is not tested.
        let tested = factors.iter_mut().filter(|factor| factor.traces < self.rated).collect();
        mark_significant(tested);
        let rank = |factor: &QualityFactor| factor.npmi_smoothed.unwrap_or(-1.0);
        factors.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        factors.truncate(LISTED_MAX);
        factors
    }

    fn forget_tags_that_name_traces(&mut self) {
        let mut values = vec![0; self.tags.len()];
        for factor in self.counts.keys() {
            if let Factor::Tag(n, _) = factor {
                values[*n] += 1;
            }
        }
        self.counts.retain(|factor, _| match factor {
            Factor::Tag(n, _) => values[*n] <= TAG_VALUES_MAX,
            _ => true,
        });
    }

    fn factor(
        &self,
        factor: Factor,
        count: &Count,
        trace_set: u32,
        fisher: &FisherTest,
    ) -> QualityFactor {
        let Count { traces, negative, .. } = *count;
        let counts = CorrelationCounts {
            total: self.rated,
            first: traces,
            second: self.negative,
            both: negative,
        };
        let (dimension, value, filter) = self.words(factor, &count.sessions);
        QualityFactor {
            dimension,
            value,
            filter,
            traces,
            negative,
            positive: traces - negative,
            negative_rate: negative as f64 / traces as f64,
            npmi: counts.npmi(),
            npmi_smoothed: counts.npmi_smoothed(),
            chance: fisher.chance(counts),
            significant: false,
            trace_set,
        }
    }

    /// The dimension, the value and the filter of a factor.
    fn words(&self, factor: Factor, sessions: &BTreeSet<String>) -> (String, String, String) {
        let simple = |dimension: &str, field: &str, value: Arc<str>| {
            (dimension.to_owned(), value.to_string(), equals(field, &value))
        };
        let of_spans = |dimension: &str, span_type: &str, name: Arc<str>| {
            (dimension.to_owned(), name.to_string(), span_filter(span_type, &name))
        };
        match factor {
            Factor::Version(value) => simple("version", "version", value),
            Factor::Environment(value) => simple("environment", "environment", value),
            Factor::Name(value) => simple("name", "name", value),
            Factor::User(value) => simple("user", "user", value),
            Factor::Model(value) => simple("model", "span.model", value),
            Factor::Tag(n, value) => {
                simple(&format!("tag:{}", self.tags[n]), &keyed("tags", &self.tags[n]), value)
            }
            Factor::Tool(name) => of_spans("tool", "TOOL", name),
            Factor::Retriever(name) => of_spans("retriever", "RETRIEVER", name),
            Factor::FailedTool(name) => {
                let (dimension, value, filter) = of_spans("failed tool", "TOOL", name);
                (dimension, value, format!("{filter} AND span.status = 'ERROR'"))
            }
            Factor::Prompt(prompt) => {
                let filter = equals("prompt", &prompt);
                ("prompt".to_owned(), prompt, filter)
            }
            Factor::SessionLength(n) => {
                let sessions: Vec<&str> = sessions.iter().map(String::as_str).collect();
                let filter = match sessions.as_slice() {
                    // No filter can contain the sessions' ids, because they have both kinds of
                    // quotes.
                    [] => "session IS NOT NULL".to_owned(),
                    sessions => format!("session IN ({})", sessions.join(", ")),
                };
                ("session length".to_owned(), between(&LENGTHS, n), filter)
            }
            Factor::Duration(n) => {
                let filter = range("execution_time", &DURATIONS, n);
                ("duration".to_owned(), seconds(n), filter)
            }
            Factor::Tokens(n) => {
                let filter = range("tokens", &TOKENS, n);
                ("tokens".to_owned(), between(&TOKENS, n), filter)
            }
            Factor::Error(error) => {
                let filter = format!("error LIKE '{}'", pattern(&error));
                ("error".to_owned(), error, filter)
            }
        }
    }
}

/// Marks the factors that are significant at the false discovery rate [`FALSE_SHARE`], by the
/// procedure of Benjamini and Hochberg. Factors of one set of traces count as one test.
fn mark_significant(mut factors: Vec<&mut QualityFactor>) {
    factors.sort_by(|a, b| a.chance.total_cmp(&b.chance).then(a.trace_set.cmp(&b.trace_set)));
    let mut tests: Vec<f64> =
        factors.chunk_by(|a, b| a.trace_set == b.trace_set).map(|same| same[0].chance).collect();
    let count = tests.len() as f64;
    let is_small = |(n, chance): &(usize, &f64)| **chance <= FALSE_SHARE * (*n + 1) as f64 / count;
    let last = tests.iter().enumerate().rfind(is_small).map(|(n, _)| n + 1);
    tests.truncate(last.unwrap_or(0));
    let Some(limit) = tests.last() else { return };
    for factor in &mut factors {
        factor.significant = factor.chance <= *limit;
    }
}

/// Spreads a number over all bits, as the finalizer of SplitMix64 does.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Lower bounds of the ranges of session length (traces), duration (ms) and tokens. The last range
/// has no upper bound.
const LENGTHS: [u64; 5] = [1, 2, 4, 8, 16];
const DURATIONS: [u64; 6] = [0, 1000, 3000, 10_000, 30_000, 60_000];
const TOKENS: [u64; 6] = [0, 1000, 4000, 16_000, 64_000, 256_000];

fn step(starts: &[u64], value: u64) -> usize {
    starts.partition_point(|start| *start <= value).saturating_sub(1)
}

/// A range in words: `1`, `2 – 3`, `16 or more`.
fn between(starts: &[u64], n: usize) -> String {
    let start = starts[n];
    match starts.get(n + 1) {
        Some(end) if *end == start + 1 => start.to_string(),
        Some(end) => format!("{start} – {}", end - 1),
        None => format!("{start} or more"),
    }
}

/// A range of durations in words: `1 – 3 s`, `60 s or more`.
fn seconds(n: usize) -> String {
    let start = DURATIONS[n] / 1000;
    match DURATIONS.get(n + 1) {
        Some(end) => format!("{start} – {} s", end / 1000),
        None => format!("{start} s or more"),
    }
}

fn range(field: &str, starts: &[u64], n: usize) -> String {
    let from = format!("{field} >= {}", starts[n]);
    match starts.get(n + 1) {
        Some(end) => format!("{from} AND {field} < {end}"),
        None => from,
    }
}

/// Each prompt in the tag that lists them, as `name/version`.
fn prompts_in(tag: &str) -> Vec<String> {
    let Ok(Value::Array(prompts)) = serde_json::from_str(tag) else { return Vec::new() };
    let prompt = |prompt: &Value| {
        let version = match &prompt["version"] {
            Value::String(version) => version.clone(),
            Value::Number(version) => version.to_string(),
            _ => return None,
        };
        Some(format!("{}/{version}", prompt["name"].as_str()?))
    };
    prompts.iter().filter_map(prompt).collect()
}
