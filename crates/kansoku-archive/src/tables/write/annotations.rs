//! Rows of `<prefix>_otel_annotations`.
use arrow_array::RecordBatch;
use kansoku_model::{Assessment, AssessmentValue, RunId, TimestampMs, TraceId, TraceInfo, tag_key};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList};

use super::AttributeList;
use super::columns::RowWriter;
use super::rows::Rows;
use super::traces::to_micros;
use crate::tables::attribute_map::from_json;
use crate::tables::ids::annotation_id;
use crate::tables::{Layout, Table, TraceKey};

/// Something that is said about a trace after its spans.
#[derive(Clone, Copy, Debug)]
pub enum Annotation<'a> {
    /// Client's request id, metadata and previews.
    Metadata(&'a TraceInfo),
    Tag {
        key: &'a str,
        /// `None` if the tag was deleted.
        value: Option<&'a str>,
    },
    Assessment(&'a Assessment),
    RunLink(&'a RunId),
}

/// When and how an annotation changed.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub created_at: TimestampMs,
    /// The row of an annotation with the latest time counts.
    pub updated_at: TimestampMs,
    pub is_deleted: bool,
}

/// Builds rows of annotations.
pub struct AnnotationRows {
    rows: Rows,
}

impl AnnotationRows {
    pub fn new(layout: Layout) -> Self {
        Self { rows: Rows::new(Table::Annotations, layout) }
    }

    /// Appends one change of an annotation. Returns the batch that it completes.
    pub fn append(
        &mut self,
        trace: &TraceId,
        annotation: Annotation<'_>,
        change: Change,
    ) -> Option<RecordBatch> {
        let row = AnnotationRow::new(&TraceKey::new(trace), annotation);
        self.rows.append(row.payload_bytes(), |writer| row.write(writer, change))
    }

    /// Appends everything that is said about a trace. Returns the batches that this completes.
    pub fn append_trace(
        &mut self,
        info: &TraceInfo,
        run_ids: &[RunId],
        updated_at: TimestampMs,
    ) -> Vec<RecordBatch> {
        let name = info.name.as_deref().map(|name| (tag_key::TRACE_NAME, name));
        let tags = info.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let tags = tags.filter(|(key, _)| *key != tag_key::TRACE_NAME).chain(name);
        let annotations = std::iter::once(Annotation::Metadata(info))
            .chain(tags.map(|(key, value)| Annotation::Tag { key, value: Some(value) }))
            .chain(run_ids.iter().map(Annotation::RunLink));
        let change = Change { created_at: info.request_time, updated_at, is_deleted: false };
        let mut batches = Vec::new();
        for annotation in annotations {
            batches.extend(self.append(&info.trace_id, annotation, change));
        }
        for assessment in &info.assessments {
            let created_at = assessment.create_time;
            let change = Change { created_at, updated_at: assessment.last_update_time, ..change };
            batches.extend(self.append(&info.trace_id, Annotation::Assessment(assessment), change));
        }
        batches
    }

    /// The rows since the last batch; `None` if there are none.
    pub fn finish(&mut self) -> Option<RecordBatch> {
        self.rows.finish()
    }
}

/// The columns of an annotation.
struct AnnotationRow {
    id: String,
    target_type: &'static str,
    target_id: String,
    annotation_type: &'static str,
    name: Option<String>,
    value: Option<AnyValue>,
    comment: Option<String>,
    metadata: Option<Vec<KeyValue>>,
    author: Option<String>,
    is_deleted: bool,
}

impl AnnotationRow {
    fn new(key: &TraceKey, annotation: Annotation<'_>) -> Self {
        let row = |annotation_type: &'static str, name: &str| Self {
            id: annotation_id(&[
                annotation_type.as_bytes(),
                key.as_str().as_bytes(),
                name.as_bytes(),
            ]),
            target_type: "TRACE",
            target_id: key.to_string(),
            annotation_type,
            name: None,
            value: None,
            comment: None,
            metadata: None,
            author: None,
            is_deleted: false,
        };
        match annotation {
            Annotation::Metadata(info) => {
                Self { value: Some(metadata_value(info)), ..row("METADATA", "") }
            }
            Annotation::Tag { key, value } => Self {
                name: Some(key.to_owned()),
                value: value.map(text),
                is_deleted: value.is_none(),
                ..row("TAG", key)
            },
            Annotation::RunLink(run) => {
                Self { value: Some(text(run.as_str())), ..row("RUN_LINK", run.as_str()) }
            }
            Annotation::Assessment(assessment) => {
                let (annotation_type, value) = match &assessment.value {
                    AssessmentValue::Feedback { value, .. } => {
                        ("FEEDBACK", from_json(value.clone()))
                    }
                    AssessmentValue::Expectation(value) => {
                        ("EXPECTATION", from_json(value.clone()))
                    }
                    AssessmentValue::Issue { issue_name } => ("ISSUE", Some(text(issue_name))),
                };
                let span_id = assessment.span_id.as_deref();
                Self {
                    id: assessment.assessment_id.to_string(),
                    target_type: if span_id.is_some() { "SPAN" } else { "TRACE" },
                    target_id: span_id.map_or_else(|| key.to_string(), |id| format!("{key}:{id}")),
                    name: Some(assessment.assessment_name.clone()),
                    value,
                    comment: assessment.rationale.clone(),
                    metadata: Some(assessment_metadata(assessment)),
                    author: assessment.source.source_id.clone(),
                    ..row(annotation_type, "")
                }
            }
        }
    }

    fn payload_bytes(&self) -> usize {
        use prost::Message;
        let value = self.value.as_ref().map_or(0, Message::encoded_len);
        let metadata = self.metadata.iter().flatten().map(Message::encoded_len).sum::<usize>();
        self.comment.as_ref().map_or(0, String::len) + value + metadata
    }

    fn write(&self, row: &mut RowWriter<'_>, change: Change) {
        row.string("annotation_id", &self.id);
        row.string("target_type", self.target_type);
        row.string("target_id", &self.target_id);
        row.string("annotation_type", self.annotation_type);
        row.optional_string("name", self.name.as_deref());
        row.value("value", self.value.as_ref());
        row.optional_string("comment", self.comment.as_deref());
        match &self.metadata {
            Some(entries) => row.attributes("metadata", AttributeList::new(entries)),
            None => row.null("metadata"),
        }
        let updated_at = to_micros(change.updated_at);
        let is_deleted = change.is_deleted || self.is_deleted;
        row.optional_timestamp_us("created_at", Some(to_micros(change.created_at)));
        row.optional_string("created_by", self.author.as_deref());
        row.optional_timestamp_us("updated_at", Some(updated_at));
        row.optional_string("updated_by", self.author.as_deref());
        row.optional_timestamp_us("deleted_at", is_deleted.then_some(updated_at));
        row.null("deleted_by");
    }
}

fn metadata_value(info: &TraceInfo) -> AnyValue {
    let optional = |value: &Option<String>| value.as_deref().map(text);
    let metadata = info.metadata.iter().map(|(key, value)| entry(key, Some(text(value))));
    object(vec![
        entry("client_request_id", optional(&info.client_request_id)),
        entry("trace_metadata", Some(object(metadata.collect()))),
        entry("request_preview", optional(&info.request_preview)),
        entry("response_preview", optional(&info.response_preview)),
    ])
}

/// The metadata of an assessment, and its fields that have no column. Keys that begin with `mlflow.`
/// are internal to MLflow.
fn assessment_metadata(assessment: &Assessment) -> Vec<KeyValue> {
    let own = assessment.metadata.iter().map(|(key, value)| entry(key, Some(text(value))));
    let mut entries: Vec<KeyValue> = own.collect();
    let error = match &assessment.value {
        AssessmentValue::Feedback { error: Some(error), .. } => serde_json::to_string(error).ok(),
        _ => None,
    };
    let mut add =
        |key, value: Option<&str>| entries.extend(value.map(|it| entry(key, Some(text(it)))));
    add("mlflow.assessment.sourceType", Some(&assessment.source.source_type));
    add("mlflow.assessment.error", error.as_deref());
    add("mlflow.assessment.overrides", assessment.overrides.as_ref().map(|id| id.as_str()));
    add("mlflow.assessment.valid", (!assessment.valid).then_some("false"));
    entries
}

fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text.to_owned())) }
}

fn entry(key: &str, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn object(values: Vec<KeyValue>) -> AnyValue {
    AnyValue { value: Some(Any::KvlistValue(KeyValueList { values })) }
}
