//! Signed URLs as Databricks' responses have them.
use serde_json::{Value, json};

pub fn credential(url: &str) -> Value {
    json!({
        "signed_uri": url,
        // A plain PUT or GET; with the Azure types, clients would use another protocol.
        "type": "AWS_PRESIGNED_URL",
        "headers": [],
    })
}

/// A signed URL for a file of a run or logged model.
pub fn credential_of_file(url: &str, path: &str) -> Value {
    let mut credential = credential(url);
    credential["path"] = json!(path);
    credential
}
