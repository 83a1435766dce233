//! `Assessment` to and from the wire.
//!
//! Values follow protobuf's `Value`: every number is a double. Expectations that
//! are lists or objects travel as JSON text inside JSON, where whole numbers stay whole.
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, FeedbackError, TimestampMs,
    TraceId,
};
use serde_json::{Map, Number, Value, json};

use super::trace_json::timestamp;
use crate::{ApiError, Fields, params::text_limits::check_length};

const SOURCE_TYPES: [(&str, i64, &str); 3] =
    [("HUMAN", 1, "HUMAN"), ("LLM_JUDGE", 2, "LLM_JUDGE"), ("CODE", 3, "CODE")];
const SOURCE_UNSPECIFIED: &str = "SOURCE_TYPE_UNSPECIFIED";

const SERIALIZATION_FORMAT: &str = "JSON_FORMAT";

pub(crate) fn write(assessment: &Assessment) -> Value {
    let mut json = Map::new();
    json.insert("assessment_id".into(), json!(assessment.assessment_id));
    json.insert("assessment_name".into(), json!(assessment.assessment_name));
    json.insert("trace_id".into(), json!(assessment.trace_id));
    if let Some(span_id) = &assessment.span_id {
        json.insert("span_id".into(), json!(span_id));
    }
    json.insert("source".into(), write_source(&assessment.source));
    json.insert("create_time".into(), json!(assessment.create_time));
    json.insert("last_update_time".into(), json!(assessment.last_update_time));
    let (kind, value) = write_value(&assessment.value);
    json.insert(kind.into(), value);
    if let Some(rationale) = &assessment.rationale {
        json.insert("rationale".into(), json!(rationale));
    }
    if !assessment.metadata.is_empty() {
        json.insert("metadata".into(), json!(assessment.metadata));
    }
    if let Some(overrides) = &assessment.overrides {
        json.insert("overrides".into(), json!(overrides));
    }
    json.insert("valid".into(), json!(assessment.valid));
    Value::Object(json)
}

fn write_source(source: &AssessmentSource) -> Value {
    match &source.source_id {
        Some(id) => json!({ "source_type": source.source_type, "source_id": id }),
        None => json!({ "source_type": source.source_type }),
    }
}

fn write_value(value: &AssessmentValue) -> (&'static str, Value) {
    let json = match value {
        AssessmentValue::Feedback { value, error: None } => json!({ "value": value }),
        AssessmentValue::Feedback { value, error: Some(error) } => {
            json!({ "value": value, "error": error })
        }
        AssessmentValue::Expectation(value @ (Value::Array(_) | Value::Object(_))) => json!({
            "serialized_value": {
                "serialization_format": SERIALIZATION_FORMAT,
                "value": value.to_string(),
            }
        }),
        AssessmentValue::Expectation(value) => json!({ "value": value }),
        AssessmentValue::Issue { issue_name } => json!({ "issue_name": issue_name }),
    };
    (value.kind(), json)
}

/// Reads a new assessment; what the client leaves out is minted.
pub(crate) fn read(
    fields: &Fields,
    trace_id: TraceId,
    now: TimestampMs,
) -> Result<Assessment, ApiError> {
    let given_id = fields.str("assessment_id")?.filter(|id| !id.is_empty());
    let overrides = fields.str("overrides")?.filter(|id| !id.is_empty());
    let create_time = timestamp(fields, "create_time")?.unwrap_or(now);
    Ok(Assessment {
        assessment_id: given_id.map_or_else(AssessmentId::random, AssessmentId),
        assessment_name: read_name(fields)?,
        trace_id,
        span_id: fields.str("span_id")?.filter(|id| !id.is_empty()),
        source: read_source(fields)?,
        create_time,
        last_update_time: timestamp(fields, "last_update_time")?.unwrap_or(create_time),
        value: read_value(fields)?
            .ok_or_else(|| ApiError::invalid("Unknown assessment type: None"))?,
        rationale: fields.str("rationale")?,
        metadata: fields.map("metadata")?,
        overrides: overrides.map(AssessmentId),
        valid: fields.bool("valid")?.unwrap_or(true),
    })
}

pub(crate) fn read_name(fields: &Fields) -> Result<String, ApiError> {
    let name = fields.required_str("assessment_name")?;
    check_length("assessment_name", &name, Assessment::NAME_LENGTH_MAX)?;
    Ok(name)
}

fn read_source(fields: &Fields) -> Result<AssessmentSource, ApiError> {
    let source = fields.object("source")?.unwrap_or_default();
    let source_type = source.choice("source_type", &SOURCE_TYPES)?.unwrap_or(SOURCE_UNSPECIFIED);
    let source_id = source.str("source_id")?.filter(|id| !id.is_empty());
    Ok(AssessmentSource { source_type: source_type.to_owned(), source_id })
}

/// The one of `feedback`, `expectation` and `issue` that is there.
pub(crate) fn read_value(fields: &Fields) -> Result<Option<AssessmentValue>, ApiError> {
    let feedback = fields.object("feedback")?.map(|value| read_feedback(&value));
    let expectation = fields.object("expectation")?.map(|value| read_expectation(&value));
    let issue = fields.object("issue")?.map(|value| read_issue(&value));
    let mut given = [feedback, expectation, issue].into_iter().flatten();
    match (given.next(), given.next()) {
        (value, None) => value.transpose(),
        (_, Some(_)) => Err(ApiError::invalid(
            "an assessment has one of `feedback`, `expectation` and `issue`, not several",
        )),
    }
}

fn read_feedback(fields: &Fields) -> Result<AssessmentValue, ApiError> {
    let error = match fields.object("error")? {
        None => None,
        Some(error) => Some(FeedbackError {
            error_code: error.str("error_code")?,
            error_message: error.str("error_message")?,
            stack_trace: error.str("stack_trace")?,
        }),
    };
    Ok(AssessmentValue::Feedback { value: proto_value(fields.value("value")?), error })
}

fn read_expectation(fields: &Fields) -> Result<AssessmentValue, ApiError> {
    let Some(serialized) = fields.object("serialized_value")? else {
        return Ok(AssessmentValue::Expectation(proto_value(fields.value("value")?)));
    };
    let text = serialized.required_str("value")?;
    let value = serde_json::from_str(&text).map_err(|error| {
        ApiError::invalid(format!("`expectation.serialized_value.value` is not JSON: {error}"))
    })?;
    Ok(AssessmentValue::Expectation(value))
}

fn read_issue(fields: &Fields) -> Result<AssessmentValue, ApiError> {
    Ok(AssessmentValue::Issue { issue_name: fields.str("issue_name")?.unwrap_or_default() })
}

/// `null` and all numbers as protobuf's `Value` has them.
fn proto_value(value: Option<Value>) -> Value {
    match value.unwrap_or_default() {
        Value::Number(number) => {
            let double = number.as_f64().and_then(Number::from_f64);
            Value::Number(double.unwrap_or(number))
        }
        Value::Array(items) => items.into_iter().map(|item| proto_value(Some(item))).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (key, proto_value(Some(value)))).collect()
        }
        value => value,
    }
}
