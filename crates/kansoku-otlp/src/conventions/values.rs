//! The inputs and outputs of a span: from one attribute, or composed from several.
use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::Value;

use super::normalized_span::Side;
use super::span_attributes::{SemanticField, SpanAttributes};
use super::table::conventions_of;
use super::{ALL_CONVENTIONS, Conventions};
use crate::value::to_text;

/// The inputs or outputs, and whether they are in MLflow's own attribute.
///
/// In order of preference: attributes that MLflow reads, in the order of conventions; events and
/// flattened attributes; attributes that only Kansoku reads.
pub(super) fn input_or_output<'a>(
    attributes: &SpanAttributes<'a>,
    side: Side,
) -> Option<(Cow<'a, AnyValue>, bool)> {
    let field = match side {
        Side::Input => SemanticField::Inputs,
        Side::Output => SemanticField::Outputs,
    };
    let best = attributes.ranked(field);
    let index = best.and_then(|(rank, _)| conventions_of(rank));
    let unchanged = best.map(|(_, value)| (Cow::Borrowed(value), index == Some(0)));
    if index == Some(0) {
        return unchanged;
    }
    let end = index.map_or(ALL_CONVENTIONS.len(), |conventions| conventions + 1);
    if let Some(composed) = first(attributes, side, end, |conventions| conventions.compose) {
        return Some((Cow::Owned(composed), false));
    }
    if index.is_some() {
        return unchanged;
    }
    match first(attributes, side, ALL_CONVENTIONS.len(), |conventions| conventions.fallback) {
        Some(composed) => Some((Cow::Owned(composed), false)),
        None => unchanged,
    }
}

type Compose = Option<fn(&SpanAttributes<'_>, Side) -> Option<Value>>;

fn first(
    attributes: &SpanAttributes<'_>,
    side: Side,
    end: usize,
    compose: fn(&Conventions) -> Compose,
) -> Option<AnyValue> {
    let may_answer =
        |index: usize| attributes.has_any_of(index) || !attributes.span.events.is_empty();
    let conventions = ALL_CONVENTIONS[..end].iter().enumerate();
    let composed = conventions
        .filter(|(index, _)| may_answer(*index))
        .find_map(|(_, conventions)| compose(conventions)?(attributes, side))?;
    let text = match composed {
        Value::String(text) => text,
        composed => to_text(&composed),
    };
    Some(AnyValue { value: Some(Any::StringValue(text)) })
}
