//! A span's inputs and outputs: an attribute as it stands, or put together from several.
use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::Value;

use super::facts::{Fact, Facts};
use super::meaning::Side;
use super::table::dialect_of;
use super::{DIALECTS, Dialect};
use crate::value::to_text;

/// The inputs or outputs, and whether MLflow's own attribute has them.
///
/// First what MLflow reads, dialect by dialect; then what only events or flattened
/// attributes say; then the attributes that only Kansoku knows.
pub(super) fn of<'a>(facts: &Facts<'a>, side: Side) -> Option<(Cow<'a, AnyValue>, bool)> {
    let fact = match side {
        Side::Input => Fact::Inputs,
        Side::Output => Fact::Outputs,
    };
    let best = facts.ranked(fact);
    let of_dialect = best.and_then(|(rank, _)| dialect_of(rank));
    let as_it_stands = best.map(|(_, value)| (Cow::Borrowed(value), of_dialect == Some(0)));
    if of_dialect == Some(0) {
        return as_it_stands;
    }
    let until = of_dialect.map_or(DIALECTS.len(), |dialect| dialect + 1);
    if let Some(built) = first(facts, side, until, |dialect| dialect.built) {
        return Some((Cow::Owned(built), false));
    }
    if of_dialect.is_some() {
        return as_it_stands;
    }
    match first(facts, side, DIALECTS.len(), |dialect| dialect.spare) {
        Some(built) => Some((Cow::Owned(built), false)),
        None => as_it_stands,
    }
}

type Build = Option<fn(&Facts<'_>, Side) -> Option<Value>>;

fn first(
    facts: &Facts<'_>,
    side: Side,
    until: usize,
    build: fn(&Dialect) -> Build,
) -> Option<AnyValue> {
    let may_speak = |index: usize| facts.seen(index) || !facts.span.events.is_empty();
    let dialects = DIALECTS[..until].iter().enumerate();
    let built = dialects
        .filter(|(index, _)| may_speak(*index))
        .find_map(|(_, dialect)| build(dialect)?(facts, side))?;
    let text = match built {
        Value::String(text) => text,
        built => to_text(&built),
    };
    Some(AnyValue { value: Some(Any::StringValue(text)) })
}
