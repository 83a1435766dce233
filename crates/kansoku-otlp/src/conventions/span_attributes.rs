//! Finds the best attribute for each semantic field in one pass over a span's attributes.
//!
//! This runs for every received span, and copies no values.
use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;

use super::table::{self, AttributeMapping};
use super::usage;
use crate::value::{is_empty, plain_text};

/// A field of a GenAI span, whatever its name is in the span's conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SemanticField {
    Inputs,
    Outputs,
    Model,
    Provider,
    Session,
    User,
    TraceName,
    Tools,
    MessageFormat,
    ServiceTier,
    /// An object of token counts.
    Usage,
    InputTokens,
    OutputTokens,
    TotalTokens,
    CacheReadTokens,
    CacheWriteTokens,
    CacheWriteLongTokens,
    ReasoningTokens,
    /// Counts under names without a prefix; they are read only on spans whose conventions use such
    /// names.
    BareInputTokens,
    BareOutputTokens,
    BareCacheReadTokens,
    BareCacheWriteTokens,
    /// Objects of counts that are part of the input or of the output.
    InputDetails,
    OutputDetails,
    /// An object of amounts in dollars.
    Cost,
    InputCost,
    OutputCost,
    TotalCost,
    /// The duration from the span's start to the first token. An integer is milliseconds, any other
    /// number is seconds, unless that would be after the span's end.
    FirstTokenAfter,
    FirstTokenAfterMs,
    /// The time of the first token, in RFC 3339.
    FirstTokenAt,
}

impl SemanticField {
    const COUNT: usize = Self::FirstTokenAt as usize + 1;

    fn is_count(self) -> bool {
        (Self::InputTokens as usize..=Self::BareCacheWriteTokens as usize)
            .contains(&(self as usize))
    }
}

/// The attributes of one span by semantic field.
pub(super) struct SpanAttributes<'a> {
    pub(super) span: &'a Span,
    best: [Option<(u16, &'a AnyValue)>; SemanticField::COUNT],
    span_type: Option<(u16, Cow<'a, str>)>,
    /// Tags of the trace that any span may set, and tags that only the root may set.
    pub(super) tags: Vec<(&'a str, &'a AnyValue)>,
    pub(super) root_tags: Vec<(&'a str, &'a AnyValue)>,
    seen: u32,
}

impl<'a> SpanAttributes<'a> {
    pub(super) fn new(span: &'a Span) -> Self {
        let mut attributes = Self {
            span,
            best: [None; SemanticField::COUNT],
            span_type: None,
            tags: Vec::new(),
            root_tags: Vec::new(),
            seen: 0,
        };
        let table = table::table();
        for KeyValue { key, value, .. } in &span.attributes {
            // An attribute without a value counts as absent.
            let Some(value) = value.as_ref().filter(|it| it.value.is_some()) else { continue };
            table.each(key, |entry, rest| {
                attributes.seen |= 1 << entry.conventions;
                attributes.record(entry.mapping, entry.rank, rest, value);
            });
        }
        attributes
    }

    fn record(&mut self, mapping: AttributeMapping, rank: u16, rest: &'a str, value: &'a AnyValue) {
        match mapping {
            AttributeMapping::Field(field) => {
                let best = &mut self.best[field as usize];
                if best.is_none_or(|(present, _)| rank <= present)
                    && has_content(field, rank, value)
                {
                    *best = Some((rank, value));
                }
            }
            AttributeMapping::AnyType => self.offer_type(rank, plain_text(Some(value))),
            AttributeMapping::Type(names) => {
                let text = plain_text(Some(value));
                let known = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text));
                if let Some((_, span_type)) = known {
                    self.offer_type(rank, Cow::Borrowed(span_type));
                }
            }
            AttributeMapping::Is(span_type) => self.offer_type(rank, Cow::Borrowed(span_type)),
            AttributeMapping::RootTag => self.root_tags.push((rest, value)),
            AttributeMapping::Tag => self.tags.push((rest, value)),
            AttributeMapping::Marker => {}
        }
    }

    fn offer_type(&mut self, rank: u16, name: Cow<'a, str>) {
        // Any other type is preferred to `UNKNOWN`.
        let rank = if name == "UNKNOWN" { rank | table::LAST_RESORT } else { rank };
        let better = self.span_type.as_ref().is_none_or(|(present, _)| rank <= *present);
        if !name.is_empty() && better {
            self.span_type = Some((rank, name));
        }
    }

    pub(super) fn get(&self, field: SemanticField) -> Option<&'a AnyValue> {
        self.best[field as usize].map(|(_, value)| value)
    }

    pub(super) fn ranked(&self, field: SemanticField) -> Option<(u16, &'a AnyValue)> {
        self.best[field as usize]
    }

    pub(super) fn text(&self, field: SemanticField) -> Option<Cow<'a, str>> {
        self.get(field).map(|value| plain_text(Some(value)))
    }

    /// The span's type, and whether it is from MLflow's own attribute.
    pub(super) fn span_type(&self) -> Option<(&str, bool)> {
        let (rank, name) = self.span_type.as_ref()?;
        Some((name, table::is_own(*rank & !table::LAST_RESORT)))
    }

    /// Whether the span has an attribute of the conventions with this index.
    pub(super) fn has_any_of(&self, conventions: usize) -> bool {
        self.seen & 1 << conventions != 0
    }

    /// The attribute with this key; the last one if it is repeated.
    pub(super) fn attribute(&self, key: &str) -> Option<&'a AnyValue> {
        attribute(&self.span.attributes, key)
    }
}

/// The attribute with this key, if it has a value; the last one if it is repeated.
pub(super) fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a AnyValue> {
    let entry = attributes.iter().rev().find(|entry| entry.key == key)?;
    entry.value.as_ref().filter(|value| value.value.is_some())
}

/// Whether a value counts as present. Empty values and zeros do not, with two exceptions: MLflow's
/// own attributes for inputs, outputs and cost, and token counts.
fn has_content(field: SemanticField, rank: u16, value: &AnyValue) -> bool {
    match field {
        SemanticField::Inputs | SemanticField::Outputs | SemanticField::Cost
            if table::is_own(rank) =>
        {
            true
        }
        _ if field.is_count() => usage::count(value).is_some(),
        _ => !is_empty(value),
    }
}
