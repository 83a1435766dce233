//! Assessments in requests and responses of MLflow's API v3.
//!
//! Values follow protobuf's `Value`, in which every number is a double. Expectations that are lists
//! or objects are strings of JSON, in which integers stay integers.
use std::collections::BTreeMap;

use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, FeedbackError, TimestampMs,
    TraceId,
};
use serde::Serialize;
use serde_json::{Number, Value};

use crate::{
    Fields, RequestError, serialize::text, text_limits::check_length, trace_info::timestamp,
};

const SOURCE_TYPES: [(&str, i64, &str); 3] =
    [("HUMAN", 1, "HUMAN"), ("LLM_JUDGE", 2, "LLM_JUDGE"), ("CODE", 3, "CODE")];
const SOURCE_UNSPECIFIED: &str = "SOURCE_TYPE_UNSPECIFIED";

const SERIALIZATION_FORMAT: &str = "JSON_FORMAT";

/// MLflow's `Assessment` of v3.
#[derive(Debug, Serialize)]
pub struct AssessmentJson<'a> {
    assessment_id: &'a AssessmentId,
    assessment_name: &'a str,
    trace_id: &'a TraceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<&'a str>,
    source: SourceJson<'a>,
    #[serde(serialize_with = "text")]
    create_time: TimestampMs,
    #[serde(serialize_with = "text")]
    last_update_time: TimestampMs,
    #[serde(flatten)]
    value: ValueJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rationale: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrides: Option<&'a AssessmentId>,
    valid: bool,
}

#[derive(Debug, Serialize)]
struct SourceJson<'a> {
    source_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<&'a str>,
}

/// One of three fields, by the kind of the assessment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ValueJson<'a> {
    Feedback {
        value: &'a Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a FeedbackError>,
    },
    Expectation(ExpectationJson<'a>),
    Issue {
        issue_name: &'a str,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ExpectationJson<'a> {
    Value(&'a Value),
    SerializedValue { serialization_format: &'static str, value: String },
}

impl<'a> AssessmentJson<'a> {
    pub fn new(assessment: &'a Assessment) -> Self {
        Self {
            assessment_id: &assessment.assessment_id,
            assessment_name: &assessment.assessment_name,
            trace_id: &assessment.trace_id,
            span_id: assessment.span_id.as_deref(),
            source: SourceJson {
                source_type: &assessment.source.source_type,
                source_id: assessment.source.source_id.as_deref(),
            },
            create_time: assessment.create_time,
            last_update_time: assessment.last_update_time,
            value: ValueJson::new(&assessment.value),
            rationale: assessment.rationale.as_deref(),
            metadata: &assessment.metadata,
            overrides: assessment.overrides.as_ref(),
            valid: assessment.valid,
        }
    }
}

impl<'a> ValueJson<'a> {
    fn new(value: &'a AssessmentValue) -> Self {
        match value {
            AssessmentValue::Feedback { value, error } => {
                Self::Feedback { value, error: error.as_ref() }
            }
            AssessmentValue::Expectation(value @ (Value::Array(_) | Value::Object(_))) => {
                Self::Expectation(ExpectationJson::SerializedValue {
                    serialization_format: SERIALIZATION_FORMAT,
                    value: value.to_string(),
                })
            }
            AssessmentValue::Expectation(value) => Self::Expectation(ExpectationJson::Value(value)),
            AssessmentValue::Issue { issue_name } => Self::Issue { issue_name },
        }
    }
}

/// Reads a new assessment. An id and times that the client leaves out are generated. Fails if a
/// field is invalid or there is no value.
pub fn read_assessment(
    fields: &Fields,
    trace_id: TraceId,
    now: TimestampMs,
) -> Result<Assessment, RequestError> {
    let id = fields.str("assessment_id")?.filter(|id| !id.is_empty());
    let overrides = fields.str("overrides")?.filter(|id| !id.is_empty());
    let create_time = timestamp(fields, "create_time")?.unwrap_or(now);
    Ok(Assessment {
        assessment_id: id.map_or_else(AssessmentId::random, AssessmentId),
        assessment_name: read_name(fields)?,
        trace_id,
        span_id: fields.str("span_id")?.filter(|id| !id.is_empty()),
        source: read_source(fields)?,
        create_time,
        last_update_time: timestamp(fields, "last_update_time")?.unwrap_or(create_time),
        value: read_value(fields)?
            .ok_or_else(|| RequestError::invalid("Unknown assessment type: None"))?,
        rationale: fields.str("rationale")?,
        metadata: fields.map("metadata")?,
        overrides: overrides.map(AssessmentId),
        valid: fields.bool("valid")?.unwrap_or(true),
    })
}

pub fn read_name(fields: &Fields) -> Result<String, RequestError> {
    let name = fields.required_str("assessment_name")?;
    check_length("assessment_name", &name, Assessment::NAME_LENGTH_MAX)?;
    Ok(name)
}

fn read_source(fields: &Fields) -> Result<AssessmentSource, RequestError> {
    let source = fields.object("source")?.unwrap_or_default();
    let source_type = source.choice("source_type", &SOURCE_TYPES)?.unwrap_or(SOURCE_UNSPECIFIED);
    let source_id = source.str("source_id")?.filter(|id| !id.is_empty());
    Ok(AssessmentSource { source_type: source_type.to_owned(), source_id })
}

/// The value in `feedback`, `expectation` or `issue`; fails if there are several.
pub fn read_value(fields: &Fields) -> Result<Option<AssessmentValue>, RequestError> {
    let feedback = fields.object("feedback")?.map(|value| read_feedback(&value));
    let expectation = fields.object("expectation")?.map(|value| read_expectation(&value));
    let issue = fields.object("issue")?.map(|value| read_issue(&value));
    let mut values = [feedback, expectation, issue].into_iter().flatten();
    match (values.next(), values.next()) {
        (value, None) => value.transpose(),
        (_, Some(_)) => Err(RequestError::invalid(
            "an assessment has one of `feedback`, `expectation` and `issue`, not several",
        )),
    }
}

fn read_feedback(fields: &Fields) -> Result<AssessmentValue, RequestError> {
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

fn read_expectation(fields: &Fields) -> Result<AssessmentValue, RequestError> {
    let Some(serialized) = fields.object("serialized_value")? else {
        return Ok(AssessmentValue::Expectation(proto_value(fields.value("value")?)));
    };
    let text = serialized.required_str("value")?;
    let value = serde_json::from_str(&text).map_err(|error| {
        RequestError::invalid(format!("`expectation.serialized_value.value` is not JSON: {error}"))
    })?;
    Ok(AssessmentValue::Expectation(value))
}

fn read_issue(fields: &Fields) -> Result<AssessmentValue, RequestError> {
    Ok(AssessmentValue::Issue { issue_name: fields.str("issue_name")?.unwrap_or_default() })
}

/// Converts a value to protobuf's `Value`: an absent one is `null`, and every number is a double.
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
