//! Evaluation datasets: records of inputs and of what is expected for them, version by version.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DatasetId, DatasetRecordId, ExperimentId, KeyValue, TimestampMs};

/// A dataset without its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub dataset_id: DatasetId,
    pub name: String,
    pub tags: Vec<KeyValue>,
    /// The experiments it belongs to, by id.
    pub experiments: Vec<ExperimentId>,
    pub schema: Option<DatasetSchema>,
    /// `None` if it never had a record.
    pub record_count: Option<u64>,
    /// The number of the newest version; 0 before the first record.
    pub version: u64,
    /// The digest of the newest version.
    pub digest: String,
    pub created: TimestampMs,
    pub created_by: Option<String>,
    pub last_update: TimestampMs,
    pub last_updated_by: Option<String>,
}

/// The types of the fields that records have had, each as its first value was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetSchema {
    pub inputs: Map<String, Value>,
    /// By field, or one type where outputs are no objects.
    pub outputs: Value,
    pub expectations: Map<String, Value>,
    pub version: String,
}

impl Default for DatasetSchema {
    fn default() -> Self {
        let (inputs, expectations) = (Map::new(), Map::new());
        Self { inputs, outputs: Value::Object(Map::new()), expectations, version: "1.0".to_owned() }
    }
}

/// A state of a dataset's records. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetVersion {
    /// From 1 on.
    pub version: u64,
    pub digest: String,
    pub created: TimestampMs,
    pub created_by: Option<String>,
    /// The numbers of records added, changed and removed since the previous version.
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
    /// The number of its records.
    pub record_count: u64,
}

/// A record as it is in one version.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetRecord {
    pub record_id: DatasetRecordId,
    pub inputs: Map<String, Value>,
    pub content: RecordContent,
    pub source: Option<RecordSource>,
    /// The first version that has it.
    pub added_in: u64,
    pub created: TimestampMs,
    pub created_by: Option<String>,
    pub last_update: TimestampMs,
    pub last_updated_by: Option<String>,
}

/// The part of a record that can differ between versions.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordContent {
    /// `null` stands for none.
    pub outputs: Value,
    pub expectations: Option<Map<String, Value>>,
    pub tags: Map<String, Value>,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordSource {
    pub source_type: RecordSourceType,
    pub source_data: Map<String, Value>,
}

impl RecordSource {
    /// The id of the trace it was made from, or whatever the source calls its id.
    pub fn source_id(&self) -> Option<&str> {
        let field = match self.source_type {
            RecordSourceType::Trace => "trace_id",
            _ => "source_id",
        };
        self.source_data.get(field)?.as_str()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordSourceType {
    Unspecified,
    Trace,
    Human,
    Document,
    Code,
}

impl RecordSourceType {
    pub const ALL: [Self; 5] =
        [Self::Unspecified, Self::Trace, Self::Human, Self::Document, Self::Code];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Trace => "TRACE",
            Self::Human => "HUMAN",
            Self::Document => "DOCUMENT",
            Self::Code => "CODE",
        }
    }

    /// In any case of letters.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

/// A record to be merged into a dataset; the one with the same inputs is updated.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordUpsert {
    pub inputs: Map<String, Value>,
    /// `None` leaves what there is.
    pub outputs: Option<Value>,
    /// These are set, others stay.
    pub expectations: Option<Map<String, Value>>,
    /// These are set, others stay.
    pub tags: Option<Map<String, Value>>,
    /// The source, used only if the record is new.
    pub source: Option<RecordSource>,
}

impl RecordUpsert {
    /// The tag by which MLflow's clients say who their user is.
    pub const USER_TAG: &str = "mlflow.user";

    pub fn user(&self) -> Option<&str> {
        self.tags.as_ref()?.get(Self::USER_TAG)?.as_str()
    }
}
