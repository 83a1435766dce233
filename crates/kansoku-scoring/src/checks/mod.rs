//! Checks: rules about one trace that need no model.
//!
//! A check is read from JSON or TOML, and what is invalid is refused there. Scoring cannot fail,
//! does no I/O, and takes time that is linear in the trace, whose texts are read up to a limit.
mod catalog;
mod contains;
mod cost;
mod equals;
mod error;
mod error_class;
mod json_schema;
mod language;
mod latency;
mod length;
mod mlflow_builtin;
mod outcome;
mod pattern;
mod pii;
mod refusal;
mod regex_match;
mod text_field;
mod tokens;
mod tool_calls;
mod tool_loop;
mod values;

pub use catalog::{CATALOG, CheckInfo, FieldInfo, FieldType};
pub use error::CheckError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ScoredTrace, ScorerFeedback};

/// A check, with its patterns and schemas compiled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "Value")]
pub enum Check {
    Regex(regex_match::RegexCheck),
    Contains(contains::ContainsCheck),
    JsonSchema(json_schema::JsonSchemaCheck),
    Equals(equals::EqualsCheck),
    Length(length::LengthCheck),
    Latency(latency::LatencyCheck),
    Cost(cost::CostCheck),
    Tokens(tokens::TokensCheck),
    ToolCalls(tool_calls::ToolCallsCheck),
    ToolLoop(tool_loop::ToolLoopCheck),
    Error(error_class::ErrorCheck),
    Refusal(refusal::RefusalCheck),
    Language(language::LanguageCheck),
    Pii(pii::PiiCheck),
}

impl Check {
    /// Reads a definition: an object with the `type` and the fields of a check.
    pub fn parse(definition: &Value) -> Result<Self, CheckError> {
        let Value::Object(fields) = definition else { return Err(CheckError::NoType) };
        let name = fields.get("type").and_then(Value::as_str).ok_or(CheckError::NoType)?;
        let Some(info) = CATALOG.iter().find(|info| info.name == name) else {
            return Err(unknown_type(name));
        };
        let mut fields = fields.clone();
        fields.shift_remove("type");
        let (check, fields) = (info.name, Value::Object(fields));
        Ok(match check {
            "regex" => Self::Regex(read(check, fields)?),
            "contains" => Self::Contains(read(check, fields)?),
            "json_schema" => Self::JsonSchema(read(check, fields)?),
            "equals" => Self::Equals(read(check, fields)?),
            "length" => Self::Length(read(check, fields)?),
            "latency" => Self::Latency(read(check, fields)?),
            "cost" => Self::Cost(read(check, fields)?),
            "tokens" => Self::Tokens(read(check, fields)?),
            "tool_calls" => Self::ToolCalls(read(check, fields)?),
            "tool_loop" => Self::ToolLoop(read(check, fields)?),
            "error" => Self::Error(read(check, fields)?),
            "refusal" => Self::Refusal(read(check, fields)?),
            "language" => Self::Language(read(check, fields)?),
            "pii" => Self::Pii(read(check, fields)?),
            _ => return Err(unknown_type(name)),
        })
    }

    /// Judges a trace; `None` if it lacks what the check reads, such as a response.
    pub fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        match self {
            Self::Regex(check) => check.score(trace),
            Self::Contains(check) => check.score(trace),
            Self::JsonSchema(check) => check.score(trace),
            Self::Equals(check) => check.score(trace),
            Self::Length(check) => check.score(trace),
            Self::Latency(check) => check.score(trace),
            Self::Cost(check) => check.score(trace),
            Self::Tokens(check) => check.score(trace),
            Self::ToolCalls(check) => check.score(trace),
            Self::ToolLoop(check) => check.score(trace),
            Self::Error(check) => check.score(trace),
            Self::Refusal(check) => check.score(trace),
            Self::Language(check) => check.score(trace),
            Self::Pii(check) => check.score(trace),
        }
    }
}

impl TryFrom<Value> for Check {
    type Error = CheckError;

    fn try_from(definition: Value) -> Result<Self, CheckError> {
        Self::parse(&definition)
    }
}

fn read<T: DeserializeOwned>(check: &'static str, fields: Value) -> Result<T, CheckError> {
    serde_path_to_error::deserialize(fields).map_err(|error| CheckError::new(check, error))
}

fn unknown_type(name: &str) -> CheckError {
    let known: Vec<String> = CATALOG.iter().map(|info| format!("`{}`", info.name)).collect();
    let unknown = name.chars().take(values::TEXT_BYTES_MAX).collect();
    CheckError::UnknownType { unknown, known: known.join(", ") }
}

#[cfg(test)]
mod tests;
