//! Documents that a retriever returned, in the forms of several frameworks.
use serde_json::{Map, Value};

use super::messages::text;
use super::normalized_span::Document;
use super::parts::decoded;

/// The documents in a list, or in the first list inside an object.
pub(super) fn read(found: &Value) -> Vec<Document> {
    match &*decoded(found) {
        Value::Array(items) => items.iter().filter_map(one).collect(),
        Value::Object(object) => {
            let keys = ["documents", "docs", "results", "matches", "nodes", "data"];
            let list = keys.iter().find_map(|key| object.get(*key).filter(|it| it.is_array()));
            list.map(read).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn one(document: &Value) -> Option<Document> {
    let document = decoded(document);
    let object = match &*document {
        Value::String(text) => return Some(Document { text: text.clone(), ..Document::default() }),
        Value::Object(object) => object,
        _ => return None,
    };
    // Wrappers: LangChain's serialized form, LlamaIndex's node with a score, OpenInference's
    // `document`.
    for wrapper in ["kwargs", "node", "document"] {
        if let Some(inner @ Value::Object(_)) = object.get(wrapper) {
            let inner = one(inner)?;
            return Some(Document { score: inner.score.or_else(|| score(object)), ..inner });
        }
    }
    let content = text(object, &["page_content", "pageContent", "content", "text", "chunk"]);
    let metadata = object.get("metadata").map(|metadata| decoded(metadata).into_owned());
    let (id, score) = (id(object).or_else(|| id(metadata.as_ref()?.as_object()?)), score(object));
    // The text may have been left out of the trace; an id with a score still identifies the
    // document.
    content.or(id.as_ref().and(score).map(|_| ""))?;
    Some(Document { id, text: content.unwrap_or_default().to_owned(), score, metadata })
}

fn id(object: &Map<String, Value>) -> Option<String> {
    let id = ["id", "id_", "doc_id", "doc_uri", "document_id"];
    match id.iter().find_map(|key| object.get(*key).filter(|id| !id.is_null()))? {
        Value::String(id) => Some(id.clone()),
        id => Some(id.to_string()),
    }
}

fn score(object: &Map<String, Value>) -> Option<f64> {
    let keys = ["score", "relevance_score", "similarity"];
    keys.iter().find_map(|key| match object.get(*key)? {
        Value::String(text) => text.parse().ok(),
        score => score.as_f64(),
    })
}
