//! The definition of a new table, and its first commit.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::{Action, DomainMetadata, Format, Metadata};
use super::commit::commit_info;
use super::error::Rejection;
use super::protocol::{self, CLUSTERING};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    /// A struct of Delta's types as JSON, as `schemaString` of the log has it.
    pub schema: String,
    pub properties: BTreeMap<String, String>,
    /// Each is the path of a column: several names for a field of a struct. Empty means that the
    /// table is not clustered.
    pub clustering_columns: Vec<Vec<String>>,
}

impl TableDefinition {
    /// The actions of version 0.
    pub(super) fn actions(&self, now_ms: i64) -> Result<Vec<Action>, Rejection> {
        let schema: Value = serde_json::from_str(&self.schema)
            .map_err(|error| Rejection::Malformed(format!("the schema is not JSON: {error}")))?;
        if schema["type"] != "struct" || !schema["fields"].is_array() {
            return Err(Rejection::Malformed("the schema is no struct".to_owned()));
        }
        if has_type(&schema, "timestamp_ntz") {
            return Err(Rejection::Unsupported("the type `timestamp_ntz`".to_owned()));
        }
        let is_clustered = !self.clustering_columns.is_empty();
        let metadata = Metadata {
            id: Uuid::new_v4().to_string(),
            name: None,
            description: None,
            format: Format { provider: "parquet".to_owned(), options: BTreeMap::new() },
            schema_string: self.schema.clone(),
            partition_columns: Vec::new(),
            configuration: self.properties.clone(),
            created_time: Some(now_ms),
        };
        let mut actions = vec![
            commit_info("CREATE TABLE", json!({}), now_ms, &Uuid::new_v4().to_string(), true),
            Action::Protocol(protocol::required(has_type(&schema, "variant"), is_clustered)),
            Action::MetaData(Box::new(metadata)),
        ];
        if is_clustered {
            let configuration =
                json!({"clusteringColumns": self.clustering_columns, "domainName": CLUSTERING});
            actions.push(Action::DomainMetadata(DomainMetadata {
                domain: CLUSTERING.to_owned(),
                configuration: configuration.to_string(),
                removed: false,
            }));
        }
        Ok(actions)
    }
}

/// Whether a column, or a part of one, has a type. JSON that was parsed is never deep, so recursion
/// is safe.
fn has_type(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Array(values) => values.iter().any(|value| has_type(value, name)),
        Value::Object(object) => object.iter().any(|(key, value)| match value {
            Value::String(text) => {
                matches!(key.as_str(), "type" | "elementType" | "valueType") && text == name
            }
            // Metadata of a field is free text of its writer.
            _ => key != "metadata" && has_type(value, name),
        }),
        _ => false,
    }
}
