//! Derives the row of a span, and its part of the trace, from its attributes.
use std::borrow::Cow;

use kansoku_model::{
    Layer, Rank, SpanId, SpanRow, SpanStatus, TagOrMetadata, TagOrMetadataKind, TraceFold,
    metadata_key, tag_key,
};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::normalized_span::Side;
use super::span_attributes::{SemanticField, SpanAttributes, attribute};
use super::{cost, failure, first_token, usage, values};
use crate::preview;
use crate::value::plain_text;

pub(crate) const SESSION_CHARS_MAX: usize = 250;
const TAG_KEY_CHARS_MAX: usize = 250;
const TAG_VALUE_CHARS_MAX: usize = 8000;
/// The limit for span type, model and provider, which are dimensions of charts. Longer values are
/// truncated.
const DIMENSION_CHARS_MAX: usize = 500;

/// The ids of a span, already validated.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) span_id: SpanId,
    pub(crate) parent_id: Option<SpanId>,
}

/// The row of a span and its contribution to the trace. Fails with the reason if the span must be
/// rejected, that is, if its session id is too long.
pub(crate) fn derive(span: &Span, ids: Ids) -> Result<(SpanRow, TraceFold), String> {
    let attributes = SpanAttributes::new(span);
    let dimension = |field| attributes.text(field).map(dimension);
    let (start_ns, end_ns) = times(span);
    let cost = cost::span_cost(&attributes);
    let status = match span.status.as_ref().map(|status| status.code()) {
        Some(StatusCode::Ok) => SpanStatus::Ok,
        Some(StatusCode::Error) => SpanStatus::Error,
        Some(StatusCode::Unset) | None => SpanStatus::Unset,
    };
    let row = SpanRow {
        span_id: ids.span_id,
        parent_id: ids.parent_id,
        name: span.name.clone(),
        span_type: attributes.span_type().map(|(name, _)| self::dimension(name.into())),
        status,
        start_ns,
        end_ns,
        model: model(&attributes).map(|model| self::dimension(model.into())),
        provider: dimension(SemanticField::Provider),
        usage: usage::token_counts(&attributes).map(|counts| counts.usage()),
        cost,
        cost_given: cost.is_some(),
        service_tier: dimension(SemanticField::ServiceTier),
        first_token_ns: first_token::first_token_ns(&attributes, start_ns, end_ns),
        error: (status == SpanStatus::Error).then(|| failure::failure_message(span)).flatten(),
    };
    let mut fold = TraceFold::from_span(&row);
    let rank = Rank { layer: Layer::Span, at_ns: start_ns, span_id: ids.span_id };
    let session = attributes.text(SemanticField::Session);
    if let Some(session) = &session
        && SESSION_CHARS_MAX < session.chars().count()
    {
        return Err(format!("its session id is longer than {SESSION_CHARS_MAX} characters"));
    }
    for (key, value) in [
        (metadata_key::SESSION, session),
        (metadata_key::USER, attributes.text(SemanticField::User)),
    ] {
        if let Some(value) = value {
            let value = Some(value.into_owned());
            fold.add_tag_or_metadata(
                TagOrMetadataKind::Metadata,
                key,
                TagOrMetadata { rank, value },
            );
        }
    }
    for (key, value) in &attributes.tags {
        if let Some((key, value)) = tag(key, plain_text(Some(*value)).into_owned()) {
            fold.add_tag_or_metadata(
                TagOrMetadataKind::Tag,
                key,
                TagOrMetadata { rank, value: Some(value) },
            );
        }
    }
    derive_root(&attributes, rank, &mut fold);
    Ok((row, fold))
}

/// Adds previews, name and tags, which only the root may set.
fn derive_root(attributes: &SpanAttributes<'_>, rank: Rank, fold: &mut TraceFold) {
    let Some(root) = &mut fold.root else { return };
    root.request_preview = values::input_or_output(attributes, Side::Input)
        .map(|(inputs, _)| preview::of_request(&inputs));
    root.response_preview = values::input_or_output(attributes, Side::Output)
        .map(|(outputs, _)| preview::of_response(&outputs));
    if let Some(name) = attributes.text(SemanticField::TraceName) {
        root.name = name.into_owned();
    }
    for (key, value) in &attributes.root_tags {
        let text = plain_text(Some(*value)).into_owned();
        if *key == tag_key::TRACE_NAME {
            root.name = text;
        } else if let Some((key, value)) = tag(key, text) {
            fold.tags_and_metadata
                .insert((TagOrMetadataKind::Tag, key), TagOrMetadata { rank, value: Some(value) });
        }
    }
}

/// Start and end in nanoseconds of the Unix epoch; a span that has not ended has no end.
pub(super) fn times(span: &Span) -> (i64, Option<i64>) {
    let start_ns = clamp_ns(span.start_time_unix_nano);
    let ended = span.end_time_unix_nano != 0;
    // A clock that ran backwards gives a span of zero duration.
    (start_ns, ended.then(|| clamp_ns(span.end_time_unix_nano).max(start_ns)))
}

/// The model from an attribute, or else from the field `model` of the inputs or outputs.
pub(super) fn model(attributes: &SpanAttributes<'_>) -> Option<String> {
    if let Some(model) = attributes.text(SemanticField::Model) {
        return Some(model.into_owned());
    }
    [SemanticField::Inputs, SemanticField::Outputs]
        .into_iter()
        .find_map(|field| model_in(attributes.get(field)?))
}

fn model_in(value: &AnyValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Request<'t> {
        #[serde(borrow)]
        model: Option<&'t RawValue>,
    }

    let model = match value.value.as_ref()? {
        Any::KvlistValue(object) => plain(attribute(&object.values, "model")?)?,
        // Searching for the field's name is cheap, and only few inputs are worth parsing.
        Any::StringValue(text) if text.starts_with('{') && text.contains("\"model\"") => {
            let request: Request<'_> = serde_json::from_str(text).ok()?;
            serde_json::from_str(request.model?.get()).ok()?
        }
        _ => return None,
    };
    Some(model).filter(|model| !model.is_empty())
}

fn plain(value: &AnyValue) -> Option<String> {
    match value.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

/// The tags that a resource gives to every trace with a span of it.
pub(crate) fn resource_tags(resource: Option<&Resource>) -> Vec<(String, String)> {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    attributes
        .iter()
        .filter(|entry| {
            !entry.key.starts_with("telemetry.sdk.") && !entry.key.starts_with("mlflow.")
        })
        .filter_map(|entry| tag(&entry.key, plain_text(entry.value.as_ref()).into_owned()))
        .collect()
}

fn tag(key: &str, value: String) -> Option<(String, String)> {
    let fits = !key.is_empty() && key.chars().count() <= TAG_KEY_CHARS_MAX;
    fits.then(|| (key.to_owned(), truncate(value, TAG_VALUE_CHARS_MAX)))
}

fn dimension(text: Cow<'_, str>) -> String {
    truncate(text.into_owned(), DIMENSION_CHARS_MAX)
}

fn truncate(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
    }
    text
}

/// Times beyond the year 2262 are clamped, because they do not fit into an `i64`.
fn clamp_ns(ns: u64) -> i64 {
    i64::try_from(ns).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
