//! A request of the demonstration, and the values of responses that later requests contain.
use std::collections::BTreeMap;

use serde_json::Value;

/// A request to a server. `${NAME}` in the path and in texts of the body stands for a value of an
/// earlier response.
#[derive(Clone, Debug)]
pub struct DemoRequest {
    pub method: &'static str,
    /// Begins with a slash.
    pub path: String,
    pub body: DemoBody,
    /// The name of a value of the response, and the JSON pointer to it.
    keep: Option<(String, &'static str)>,
}

#[derive(Clone, Debug)]
pub enum DemoBody {
    None,
    Json(Value),
    /// `TracesData` in protobuf, for the experiment of the demonstration.
    Otlp(Vec<u8>),
}

impl DemoRequest {
    pub(super) fn post(path: &str, body: Value) -> Self {
        Self { method: "POST", path: path.to_owned(), body: DemoBody::Json(body), keep: None }
    }

    pub(super) fn patch(path: &str, body: Value) -> Self {
        Self { method: "PATCH", ..Self::post(path, body) }
    }

    pub(super) fn get(path: &str) -> Self {
        Self { method: "GET", path: path.to_owned(), body: DemoBody::None, keep: None }
    }

    pub(super) fn otlp(bytes: Vec<u8>) -> Self {
        let path = "/v1/traces".to_owned();
        Self { method: "POST", path, body: DemoBody::Otlp(bytes), keep: None }
    }

    /// Keeps a value of the response as `name`.
    pub(super) fn keep(self, name: impl Into<String>, pointer: &'static str) -> Self {
        Self { keep: Some((name.into(), pointer)), ..self }
    }
}

/// Values of responses by name.
#[derive(Debug, Default)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// The request with the values of earlier responses.
    pub fn fill(&self, request: DemoRequest) -> DemoRequest {
        let body = match request.body {
            DemoBody::Json(json) => DemoBody::Json(self.fill_json(json)),
            body => body,
        };
        DemoRequest { path: self.fill_text(request.path), body, ..request }
    }

    /// Keeps the value that later requests need. `Err` has the JSON pointer if the response has no
    /// such text.
    pub fn read(&mut self, request: &DemoRequest, response: &Value) -> Result<(), &'static str> {
        let Some((name, pointer)) = &request.keep else { return Ok(()) };
        let value = response.pointer(pointer).and_then(Value::as_str).ok_or(*pointer)?;
        self.0.insert(name.clone(), value.to_owned());
        Ok(())
    }

    fn fill_json(&self, json: Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(fields) => {
                let filled = fields.into_iter().map(|(key, value)| (key, self.fill_json(value)));
                Value::Object(filled.collect())
            }
            other => other,
        }
    }

    fn fill_text(&self, text: String) -> String {
        if !text.contains("${") {
            return text;
        }
        let replace = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("${{{name}}}"), value)
        };
        self.0.iter().fold(text, replace)
    }
}
