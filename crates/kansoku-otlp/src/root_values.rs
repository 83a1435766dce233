//! Reads values of a span's inputs, outputs and attributes by path.
use std::cell::OnceCell;

use kansoku_model::{JsonPath, RootField, RootPart};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;

use crate::conventions::{Side, attribute_json, input_or_output_json, is_conventional};
use crate::json_tree;

/// Words that can appear in inputs and outputs without being in the OTLP: they are added when chats
/// are composed from events or lists. A search that scans OTLP first must not require them.
pub const COMPOSED_WORDS: &[&str] = &[
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
    "model",
    "role",
    "parts",
    "content",
    "contents",
    "candidates",
    "messages",
    "documents",
    "query",
    "text",
    "tool_calls",
    "arguments",
];

/// Most leaves of one part of a span, and the levels that are searched for them.
const LEAVES_MAX: usize = 60;
const LEVELS_MAX: usize = 5;

/// Reads the values of one span.
pub(crate) struct RootValues<'a> {
    span: &'a Span,
    inputs: OnceCell<Option<Value>>,
    outputs: OnceCell<Option<Value>>,
}

impl<'a> RootValues<'a> {
    pub(crate) fn new(span: &'a Span) -> Self {
        Self { span, inputs: OnceCell::new(), outputs: OnceCell::new() }
    }

    /// The value at a path; `None` for JSON's `null`.
    pub(crate) fn get(&self, field: &RootField) -> Option<Value> {
        let segments: Vec<&str> = field.path.as_str().split('.').collect();
        let found = match field.part {
            RootPart::Inputs => find(self.side(Side::Input)?, &segments)?,
            RootPart::Outputs => find(self.side(Side::Output)?, &segments)?,
            RootPart::Attributes => prefixes(&segments).find_map(|(key, rest)| {
                let value = attribute_json(self.span, &key)?;
                Some(find(&value, rest))
            })??,
        };
        (!found.is_null()).then_some(found)
    }

    /// The fields of texts, numbers and booleans, with their values. Items of lists are omitted, and
    /// attributes that semantic conventions read.
    pub(crate) fn leaves(&self) -> Vec<(RootField, Value)> {
        let mut leaves = Vec::new();
        for (part, side) in [(RootPart::Inputs, Side::Input), (RootPart::Outputs, Side::Output)] {
            let end = leaves.len() + LEAVES_MAX;
            let mut add = |path: &str, value: &Value| {
                if let (true, Ok(path)) = (leaves.len() < end, JsonPath::parse(path)) {
                    leaves.push((RootField { part, path }, value.clone()));
                }
            };
            if let Some(value) = self.side(side) {
                each_leaf(value, "", LEVELS_MAX, &mut add);
            }
        }
        let attributes = self.span.attributes.iter().map(|entry| &entry.key);
        let is_own = |key: &&String| !key.starts_with("mlflow.") && !is_conventional(key);
        for key in attributes.filter(is_own).take(LEAVES_MAX) {
            let Ok(path) = JsonPath::parse(key) else { continue };
            let value = attribute_json(self.span, key);
            let is_leaf =
                |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
            if let Some(value) = value.filter(is_leaf) {
                leaves.push((RootField { part: RootPart::Attributes, path }, value));
            }
        }
        leaves
    }

    fn side(&self, side: Side) -> Option<&Value> {
        let cell = match side {
            Side::Input => &self.inputs,
            Side::Output => &self.outputs,
        };
        cell.get_or_init(|| input_or_output_json(self.span, side)).as_ref()
    }
}

/// The possible first keys of a path, the longest first, each with the rest of the path. Keys can
/// contain dots.
fn prefixes<'s>(segments: &'s [&'s str]) -> impl Iterator<Item = (String, &'s [&'s str])> {
    (1..=segments.len()).rev().map(|n| (segments[..n].join("."), &segments[n..]))
}

/// The value at a path into inputs or outputs; `None` for JSON's `null`. Keys can contain dots, and
/// texts can be JSON.
pub fn value_at(value: &Value, path: &JsonPath) -> Option<Value> {
    let segments: Vec<&str> = path.as_str().split('.').collect();
    find(value, &segments).filter(|found| !found.is_null())
}

fn find(value: &Value, segments: &[&str]) -> Option<Value> {
    let Some(first) = segments.first() else { return Some(value.clone()) };
    match value {
        Value::Object(fields) => {
            let mut known = prefixes(segments);
            let (inner, rest) = known.find_map(|(name, rest)| Some((fields.get(&name)?, rest)))?;
            find(inner, rest)
        }
        Value::Array(items) => find(items.get(first.parse::<usize>().ok()?)?, &segments[1..]),
        // Arguments of tool calls are often JSON text.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            find(&json_tree::parse(text)?, segments)
        }
        _ => None,
    }
}

fn each_leaf(value: &Value, path: &str, levels: usize, add: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) if 0 < levels => {
            for (name, inner) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                each_leaf(inner, &path, levels - 1, add);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) if !path.is_empty() => {
            add(path, value);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
