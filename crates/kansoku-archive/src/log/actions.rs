//! The actions of Delta's protocol as they are written, one JSON object a line.
//!
//! The rows of a checkpoint are the same objects. Fields that are not named here are ignored, as the
//! protocol demands; an action that is not named here is rejected.
use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Rejection;

/// How much of a name that another writer chose is repeated in an error.
const NAME_CHARS_MAX: usize = 60;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Action {
    /// Free text of the writer: only its `txnId` is ever read.
    CommitInfo(Value),
    Protocol(Protocol),
    MetaData(Box<Metadata>),
    DomainMetadata(DomainMetadata),
    Txn(Txn),
    Add(Add),
    Remove(Remove),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Protocol {
    pub min_reader_version: u32,
    pub min_writer_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_features: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_features: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub format: Format,
    pub schema_string: String,
    #[serde(default)]
    pub partition_columns: Vec<String>,
    #[serde(default)]
    pub configuration: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_time: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Format {
    pub provider: String,
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct DomainMetadata {
    pub domain: String,
    pub configuration: String,
    #[serde(default)]
    pub removed: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Txn {
    pub app_id: String,
    pub version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated: Option<i64>,
}

/// Null for a partition without a value.
pub(super) type PartitionValues = BTreeMap<String, Option<String>>;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Add {
    pub path: String,
    #[serde(default)]
    pub partition_values: PartitionValues,
    pub size: u64,
    #[serde(default)]
    pub modification_time: i64,
    #[serde(default)]
    pub data_change: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<String>,
    #[serde(default, skip_serializing)]
    pub deletion_vector: Option<IgnoredAny>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Remove {
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<i64>,
    #[serde(default)]
    pub data_change: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_file_metadata: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_values: Option<PartitionValues>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// The content of a commit file.
pub(super) fn to_lines(actions: &[Action]) -> Vec<u8> {
    let mut lines = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut lines, action)
            .expect("actions are maps with text keys, and memory does not refuse bytes");
        lines.push(b'\n');
    }
    lines
}

/// The actions of a commit file, or of rows of a checkpoint that were converted to JSON.
pub(super) fn parse_lines(text: &[u8]) -> Result<Vec<Action>, Rejection> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| {
            serde_json::from_slice(line).map_err(|error| rejection(line, at + 1, &error))
        })
        .collect()
}

fn rejection(line: &[u8], number: usize, error: &serde_json::Error) -> Rejection {
    if error.is_eof() {
        return Rejection::Malformed(format!("it ends in the middle of line {number}"));
    }
    match unknown_action(line) {
        Some(name) => Rejection::Unsupported(format!("the action `{name}`")),
        None => {
            // The text of an error of serde can repeat the value that it met, which may be
            // statistics, and these are other people's words.
            let column = error.column();
            Rejection::Malformed(format!("line {number} is no valid action (column {column})"))
        }
    }
}

fn unknown_action(line: &[u8]) -> Option<String> {
    const KNOWN: [&str; 7] =
        ["commitInfo", "protocol", "metaData", "domainMetadata", "txn", "add", "remove"];
    let object: BTreeMap<String, IgnoredAny> = serde_json::from_slice(line).ok()?;
    let name = object.into_keys().find(|name| !KNOWN.contains(&name.as_str()))?;
    Some(name.chars().take(NAME_CHARS_MAX).collect())
}
