//! Describes all types of checks, for screens that offer them and for the docs. Each type has its
//! description beside its code.
use serde::Serialize;

use super::{
    contains, cost, equals, error_class, json_schema, language, latency, length, pii, refusal,
    regex_match, tokens, tool_calls, tool_loop,
};

/// A type of check.
#[derive(Debug, Serialize)]
pub struct CheckInfo {
    /// The `type` of its definition.
    pub name: &'static str,
    pub title: &'static str,
    /// One sentence.
    pub description: &'static str,
    pub fields: &'static [FieldInfo],
    /// A definition as JSON.
    pub example: &'static str,
}

/// A field of a definition.
#[derive(Debug, Serialize)]
pub struct FieldInfo {
    pub name: &'static str,
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// As JSON; `None` if the field is required.
    pub default: Option<&'static str>,
    pub description: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    Text,
    Texts,
    Pattern,
    Boolean,
    /// A whole number of 0 or more.
    Count,
    /// A number of 0 or more.
    Amount,
    /// A number from 0 to 1.
    Share,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Some of these.
    Choices(&'static [&'static str]),
    /// `request`, `response`, `inputs`, `outputs` or a path such as `outputs.answer`.
    TextField,
    JsonSchema,
    /// Names, each with a pattern.
    ErrorClasses,
}

pub const CATALOG: [&CheckInfo; 14] = [
    &regex_match::INFO,
    &contains::INFO,
    &json_schema::INFO,
    &equals::INFO,
    &length::INFO,
    &latency::INFO,
    &cost::INFO,
    &tokens::INFO,
    &tool_calls::INFO,
    &tool_loop::INFO,
    &error_class::INFO,
    &refusal::INFO,
    &language::INFO,
    &pii::INFO,
];

pub(super) const FIELD: FieldInfo = FieldInfo {
    name: "field",
    field_type: FieldType::TextField,
    default: Some(r#""response""#),
    description: "The text that is read.",
};

pub(super) const IGNORE_CASE: FieldInfo = FieldInfo {
    name: "ignore_case",
    field_type: FieldType::Boolean,
    default: Some("false"),
    description: "Whether upper and lower case are the same.",
};
