//! Token counts of a span, and of a trace without counting any token twice.
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::SpanId;

/// Token counts by kind; cached tokens are part of `input_tokens`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens: Option<u64>,
    /// The part of `cache_creation_input_tokens` that was written with a lifetime of one hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens_above_1hr: Option<u64>,
    /// The part of `output_tokens` that was spent on reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_output_tokens: Option<u64>,
}

/// A quantity that is summed over the spans of a trace.
pub trait Additive: Copy {
    fn plus(self, other: Self) -> Self;
}

impl Additive for TokenUsage {
    fn plus(self, other: Self) -> Self {
        let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            _ => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            total_tokens: self.total_tokens.saturating_add(other.total_tokens),
            cache_read_input_tokens: add(
                self.cache_read_input_tokens,
                other.cache_read_input_tokens,
            ),
            cache_creation_input_tokens: add(
                self.cache_creation_input_tokens,
                other.cache_creation_input_tokens,
            ),
            cache_creation_input_tokens_above_1hr: add(
                self.cache_creation_input_tokens_above_1hr,
                other.cache_creation_input_tokens_above_1hr,
            ),
            reasoning_output_tokens: add(
                self.reasoning_output_tokens,
                other.reasoning_output_tokens,
            ),
        }
    }
}

/// The usage or cost of a trace. Of the spans on one path only the topmost counts, because a parent
/// that reports usage repeats that of its children.
pub fn trace_total<T: Additive>(
    spans: impl IntoIterator<Item = (SpanId, Option<SpanId>, Option<T>)>,
) -> Option<T> {
    let mut parent_of = HashMap::new();
    let mut reported = Vec::new();
    for (span_id, parent_id, usage) in spans {
        parent_of.insert(span_id, (parent_id, usage.is_some()));
        reported.extend(usage.map(|usage| (span_id, usage)));
    }
    let mut total: Option<T> = None;
    for (span_id, usage) in reported {
        if !has_reporting_ancestor(span_id, &parent_of) {
            total = Some(total.map_or(usage, |total| total.plus(usage)));
        }
    }
    total
}

fn has_reporting_ancestor(
    span_id: SpanId,
    parent_of: &HashMap<SpanId, (Option<SpanId>, bool)>,
) -> bool {
    // A cycle of parents is a client's bug and must not cause an endless loop.
    let mut seen = HashSet::from([span_id]);
    let mut at = span_id;
    while let Some((Some(parent), _)) = parent_of.get(&at) {
        if !seen.insert(*parent) {
            return false;
        }
        if let Some((_, true)) = parent_of.get(parent) {
            return true;
        }
        at = *parent;
    }
    false
}

#[cfg(test)]
mod tests;
