//! Filters and orders of experiments and runs, evaluated in memory.
use std::cmp::Ordering;

use kansoku_model::{DatasetInput, Experiment, KeyValue, Run};

use super::{number, text};
use crate::{
    ExperimentFilter, ExperimentOrderBy, RunFilter, RunOrderBy,
    clause::{Comparison, NumberTest, TextTest},
    experiment::{self, Key, Time},
    lex::Number,
    parse::Expr,
    run::{self, DatasetField, Field},
    sort::Direction,
};

impl ExperimentFilter {
    pub fn matches(&self, experiment: &Experiment) -> bool {
        holds(&self.expr, &|condition| match condition {
            experiment::Condition::Name(test) => passes(test, Some(&experiment.name)),
            experiment::Condition::Id(test) => {
                passes(test, Some(&experiment.experiment_id.to_string()))
            }
            experiment::Condition::Time(field, test) => {
                number::passes(Number::Integer(time(*field, experiment)), test)
            }
            experiment::Condition::Tag(key, test) => passes(test, entry(&experiment.tags, key)),
        })
    }
}

impl ExperimentOrderBy {
    /// Compares two experiments: by the keys, or newest first if there are none, then by id.
    pub fn compare(keys: &[Self], a: &Experiment, b: &Experiment) -> Ordering {
        let by_keys = keys.iter().map(|by| {
            let ordering = match by.key {
                Key::Name => a.name.cmp(&b.name),
                Key::Id => a.experiment_id.cmp(&b.experiment_id),
                Key::Time(field) => time(field, a).cmp(&time(field, b)),
            };
            directed(ordering, by.direction)
        });
        let newest_first = b.creation_time.cmp(&a.creation_time);
        let given = match keys.is_empty() {
            true => newest_first,
            false => by_keys.fold(Ordering::Equal, Ordering::then),
        };
        given.then_with(|| a.experiment_id.cmp(&b.experiment_id))
    }
}

impl RunFilter {
    /// `location` is the artifact location of the run's experiment.
    pub fn matches(&self, run: &Run, location: &str) -> bool {
        holds(&self.expr, &|condition| match condition {
            run::Condition::Text(field, test) => {
                passes(test, text_of(field, run, location).as_deref())
            }
            run::Condition::Number(field, test) => passes_number(field, test, run),
            run::Condition::Dataset(field, test) => {
                let value = |input: &DatasetInput| match field {
                    DatasetField::Name => Some(input.dataset.name.clone()),
                    DatasetField::Digest => Some(input.dataset.digest.clone()),
                    DatasetField::Context => input.context().map(str::to_owned),
                };
                run.dataset_inputs.iter().any(|input| passes(test, value(input).as_deref()))
            }
        })
    }
}

impl RunOrderBy {
    /// Compares two runs: by the keys, then latest start first, then by id. In both directions, NaN
    /// comes after all other numbers, and runs without the key come last.
    pub fn compare(keys: &[Self], a: &Run, b: &Run) -> Ordering {
        let by_keys = keys.iter().map(|by| match &by.field {
            Field::StartTime | Field::EndTime | Field::Metric(_) => {
                absent_last(number_of(&by.field, a), number_of(&by.field, b), |a, b| {
                    let nans_last = a.is_nan().cmp(&b.is_nan());
                    nans_last.then(directed(a.total_cmp(b), by.direction))
                })
            }
            field => absent_last(text_of(field, a, ""), text_of(field, b, ""), |a, b| {
                directed(a.cmp(b), by.direction)
            }),
        });
        let start = |run: &Run| run.info.start_time;
        by_keys
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| absent_last(start(a), start(b), |a, b| b.cmp(a)))
            .then_with(|| a.info.run_id.as_str().cmp(b.info.run_id.as_str()))
    }
}

pub(super) fn holds<C>(expr: &Expr<C>, passes: &impl Fn(&C) -> bool) -> bool {
    match expr {
        Expr::And(terms) => terms.iter().all(|term| holds(term, passes)),
        Expr::Or(terms) => terms.iter().any(|term| holds(term, passes)),
        Expr::Not(inner) => !holds(inner, passes),
        Expr::Is(condition) => passes(condition),
    }
}

pub(super) fn passes(test: &TextTest, value: Option<&str>) -> bool {
    match (test, value) {
        (TextTest::Null, value) => value.is_none(),
        (_, None) => false,
        (test, Some(value)) => text::passes(value, test, &text::Regexes::default()),
    }
}

fn passes_number(field: &Field, test: &NumberTest, run: &Run) -> bool {
    number_of(field, run).is_some_and(|number| match number.is_nan() {
        true => test.comparison == Comparison::Ne,
        false => number::passes(Number::Real(number), test),
    })
}

pub(super) fn absent_last<T>(
    a: Option<T>,
    b: Option<T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

pub(super) fn directed(ascending: Ordering, direction: Direction) -> Ordering {
    match direction {
        Direction::Ascending => ascending,
        Direction::Descending => ascending.reverse(),
    }
}

fn time(field: Time, experiment: &Experiment) -> i64 {
    match field {
        Time::Creation => experiment.creation_time.0,
        Time::LastUpdate => experiment.last_update_time.0,
    }
}

fn text_of(field: &Field, run: &Run, location: &str) -> Option<String> {
    let info = &run.info;
    Some(match field {
        Field::RunId => info.run_id.to_string(),
        Field::RunName => info.run_name.clone(),
        Field::Status => info.status.as_str().to_owned(),
        Field::User => info.user_id.clone(),
        Field::ArtifactUri => format!("{location}/{}/artifacts", info.run_id),
        Field::Param(key) => entry(&run.params, key)?.to_owned(),
        Field::Tag(key) => entry(&run.tags, key)?.to_owned(),
        Field::StartTime | Field::EndTime | Field::Metric(_) => return None,
    })
}

fn number_of(field: &Field, run: &Run) -> Option<f64> {
    match field {
        Field::StartTime => run.info.start_time.map(|time| time.0 as f64),
        Field::EndTime => run.info.end_time.map(|time| time.0 as f64),
        Field::Metric(key) => {
            run.metrics.iter().find(|metric| metric.key == *key).map(|metric| metric.value)
        }
        _ => None,
    }
}

pub(super) fn entry<'a>(entries: &'a [KeyValue], key: &str) -> Option<&'a str> {
    entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}
