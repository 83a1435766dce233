//! The one way to read a request: MLflow's JSON rules for query, body and path.
//!
//! Names come in snake_case or lowerCamelCase, `null` is absence, whole numbers
//! may be text, unknown fields are ignored. Every getter names the field it refuses.
use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use bytes::Bytes;
use kansoku_model::{Coded, ErrorCode, KeyValue};
use kansoku_otlp::tree_bytes;
use serde_json::{Map, Value};

use super::{
    body::{self, AdmissionError},
    body_budget::{BudgetExceeded, Reservation},
    streaming::off_thread,
};
use crate::{ApiError, App, Limits};

/// A body may become so many times its size once it is parsed, and at least so much.
const PARSED_TIMES: usize = 6;
const PARSED_BYTES_MIN: usize = 8 << 20;
/// Larger bodies are parsed beside the threads that serve requests.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// The fields of a request, or of an object inside one.
///
/// Those of an inner object share the request's tree: it is never copied.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Where in the request this object stands; `""` or `trace.trace_info.`.
    at: String,
    root: Arc<Map<String, Value>>,
    /// The way from the root to this object.
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Item(usize),
}

impl Fields {
    pub fn new(values: Map<String, Value>) -> Self {
        Self { at: String::new(), root: Arc::new(values), steps: Vec::new() }
    }

    fn values(&self) -> &Map<String, Value> {
        let mut steps = self.steps.iter();
        let Some(Step::Field(first)) = steps.next() else { return &self.root };
        let place = steps.try_fold(self.root.get(first), |value, step| {
            Some(match step {
                Step::Field(name) => value?.get(name),
                Step::Item(index) => value?.get(index),
            })
        });
        place.flatten().and_then(Value::as_object).expect("the way was gone when this was made")
    }

    /// What stands below, at the field that has this name in either spelling.
    fn below(&self, name: &str, item: Option<usize>) -> Self {
        let field = match self.values().contains_key(name) {
            true => name.to_owned(),
            false => camel_case(name),
        };
        let mut steps = self.steps.clone();
        steps.push(Step::Field(field));
        steps.extend(item.map(Step::Item));
        let at = match item {
            Some(index) => format!("{}{name}[{index}].", self.at),
            None => format!("{}{name}.", self.at),
        };
        Self { at, root: self.root.clone(), steps }
    }

    /// Whether the field is there, be it empty.
    pub fn has(&self, name: &str) -> Result<bool, FieldError> {
        Ok(self.get(name)?.is_some())
    }

    pub fn str(&self, name: &str) -> Result<Option<String>, FieldError> {
        self.get(name)?.map(|value| self.text_of(name, value)).transpose()
    }

    /// Empty text counts as missing, as in MLflow.
    pub fn required_str(&self, name: &str) -> Result<String, FieldError> {
        self.str(name)?.filter(|text| !text.is_empty()).ok_or_else(|| self.missing(name))
    }

    pub fn i64(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong_type(name, value))
    }

    pub fn required_i64(&self, name: &str) -> Result<i64, FieldError> {
        self.i64(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn f64(&self, name: &str) -> Result<Option<f64>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                text => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            },
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong_type(name, value))
    }

    pub fn bool(&self, name: &str) -> Result<Option<bool>, FieldError> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(Value::String(text)) => Err(FieldError::NotABool(shortened(text))),
            Some(value) => Err(self.wrong_type(name, value)),
        }
    }

    /// An enum by name or number; an unknown name is as good as none.
    pub fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, i64, T)],
    ) -> Result<Option<T>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let is_chosen = |(word, number, _): &&(&str, i64, T)| match value {
            Value::String(text) => text == word,
            Value::Number(n) => n.as_i64() == Some(*number),
            _ => false,
        };
        match value {
            Value::String(_) | Value::Number(_) => {
                Ok(choices.iter().find(is_chosen).map(|(_, _, chosen)| *chosen))
            }
            _ => Err(self.wrong_type(name, value)),
        }
    }

    /// Absent is empty; use [`Fields::has`] or [`Fields::required_list_str`] where that differs.
    pub fn list_str(&self, name: &str) -> Result<Vec<String>, FieldError> {
        let texts = |items: &[Value]| {
            items.iter().map(|item| self.text_of(name, item)).collect::<Result<Vec<_>, _>>()
        };
        match self.get(name)? {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => texts(items),
            // A query that names the key once.
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(value) => Err(self.wrong_type(name, value)),
        }
    }

    pub fn required_list_str(&self, name: &str) -> Result<Vec<String>, FieldError> {
        if self.has(name)? { self.list_str(name) } else { Err(self.missing(name)) }
    }

    /// A list of objects; absent is empty.
    pub fn list(&self, name: &str) -> Result<Vec<Fields>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(Vec::new()) };
        let Value::Array(items) = value else { return Err(self.wrong_type(name, value)) };
        let object = |(index, item): (usize, &Value)| match item {
            Value::Object(_) => Ok(self.below(name, Some(index))),
            item => Err(self.wrong_type(name, item)),
        };
        items.iter().enumerate().map(object).collect()
    }

    pub fn object(&self, name: &str) -> Result<Option<Fields>, FieldError> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Object(_)) => Ok(Some(self.below(name, None))),
            Some(value) => Err(self.wrong_type(name, value)),
        }
    }

    pub fn required_object(&self, name: &str) -> Result<Fields, FieldError> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// A JSON object of texts; absent is empty, `null` values are left out.
    pub fn map(&self, name: &str) -> Result<BTreeMap<String, String>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(BTreeMap::new()) };
        let Value::Object(values) = value else { return Err(self.wrong_type(name, value)) };
        let present = values.iter().filter(|(_, value)| !value.is_null());
        present
            .map(|(key, value)| Ok((key.clone(), self.text_of(&format!("{name}.{key}"), value)?)))
            .collect()
    }

    /// MLflow's other way to write a map: a list of `{"key", "value"}`.
    pub fn key_values(&self, name: &str) -> Result<Vec<KeyValue>, FieldError> {
        let pair = |item: Fields| {
            let value = item.str("value")?.unwrap_or_default();
            Ok(KeyValue { key: item.required_str("key")?, value })
        };
        self.list(name)?.into_iter().map(pair).collect()
    }

    /// Whatever was sent, unless it was `null`.
    pub fn value(&self, name: &str) -> Result<Option<Value>, FieldError> {
        Ok(self.get(name)?.cloned())
    }

    /// All that was sent, as it was sent.
    pub fn into_values(self) -> Map<String, Value> {
        if self.steps.is_empty() {
            return Arc::unwrap_or_clone(self.root);
        }
        self.values().clone()
    }

    pub fn missing(&self, name: &str) -> FieldError {
        FieldError::Missing(format!("{}{name}", self.at))
    }

    /// For a value of the right type that is wrong all the same.
    pub fn wrong_type(&self, name: &str, value: &Value) -> FieldError {
        FieldError::WrongType {
            name: format!("{}{name}", self.at),
            value: shortened(&value.to_string()),
            type_name: type_name(value),
        }
    }

    fn get(&self, name: &str) -> Result<Option<&Value>, FieldError> {
        let values = self.values();
        let snake = values.get(name);
        let camel = name.contains('_').then(|| values.get(&camel_case(name))).flatten();
        match (snake, camel) {
            (Some(_), Some(_)) => Err(FieldError::BothSpellings(format!("{}{name}", self.at))),
            (value, other) => Ok(value.or(other).filter(|value| !value.is_null())),
        }
    }

    fn text_of(&self, name: &str, value: &Value) -> Result<String, FieldError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            value => Err(self.wrong_type(name, value)),
        }
    }

    /// What the path says wins over query and body.
    fn overrule(&mut self, name: &str, value: &str) {
        let values = Arc::make_mut(&mut self.root);
        values.remove(&camel_case(name));
        values.insert(name.to_owned(), Value::String(value.to_owned()));
    }
}

impl FromRequest<App> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let path = path_params(&mut parts, app).await?;
        let values = if parts.method == Method::GET || parts.method == Method::HEAD {
            query_values(parts.uri.query().unwrap_or_default())
        } else {
            check_content_type(&parts.headers)?;
            let reserved = Reservation::of(&parts.extensions);
            let body = read_json(app, &parts.headers, body, &reserved).await?;
            if body.len() <= INLINE_BYTES_MAX {
                body_values(&body, &reserved)?
            } else {
                app.bodies.run_limited(off_thread(move || body_values(&body, &reserved))).await?
            }
        };
        let mut fields = Self::new(values);
        for (name, value) in &path {
            fields.overrule(name, value);
        }
        Ok(fields)
    }
}

/// The fields in the path alone, for requests whose body MLflow never reads: it may be empty.
pub(crate) struct PathFields(pub(crate) Fields);

impl FromRequestParts<App> for PathFields {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let mut fields = Fields::new(Map::new());
        for (name, value) in &path_params(parts, app).await? {
            fields.overrule(name, value);
        }
        Ok(Self(fields))
    }
}

async fn path_params(parts: &mut Parts, app: &App) -> Result<RawPathParams, ApiError> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    params.map_err(|error| ApiError::invalid(error.body_text()))
}

async fn read_json(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    let json_bytes_max = app.limits.json_bytes_max;
    let limits = Limits {
        body_bytes_max: app.limits.body_bytes_max.min(json_bytes_max),
        inflated_bytes_max: app.limits.inflated_bytes_max.min(json_bytes_max),
        ..app.limits.clone()
    };
    body::read_body(headers, body, &limits, reserved).await.map_err(|error| match error {
        AdmissionError::TooLarge(max) | AdmissionError::TooLargeInflated(max)
            if max == json_bytes_max =>
        {
            AdmissionError::TooLargeJson(max)
        }
        error => error,
    })
}

/// A key that comes more than once is a list.
fn query_values(query: &str) -> Map<String, Value> {
    let mut values = Map::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match values.get_mut(&*key) {
            None => {
                values.insert(key.into_owned(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    values
}

pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), BodyError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(BodyError::NoContentType);
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(BodyError::WrongContentType)
}

fn body_values(body: &[u8], reserved: &Reservation) -> Result<Map<String, Value>, BodyError> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let bytes = body.len() + reserve_parsed(body, 0, reserved)?;
    let mut value: Value = serde_json::from_slice(body)?;
    // Old clients encode the body twice.
    if let Value::String(text) = &value {
        reserve_parsed(text.as_bytes(), bytes, reserved)?;
        value = serde_json::from_str(text)?;
    }
    match value {
        Value::Object(values) => Ok(values),
        Value::Null => Ok(Map::new()),
        value => Err(BodyError::NotAnObject(type_name(&value))),
    }
}

/// Reserves what `json` becomes once it is parsed, and answers how much that is. `held_bytes` are
/// held beside it.
fn reserve_parsed(
    json: &[u8],
    held_bytes: usize,
    reserved: &Reservation,
) -> Result<usize, BodyError> {
    let bytes_max = (PARSED_TIMES * json.len()).max(PARSED_BYTES_MIN);
    let bytes = tree_bytes(json);
    if bytes_max < bytes {
        return Err(BodyError::TooDense(bytes_max));
    }
    reserved.grow_to(held_bytes + json.len() + bytes)?;
    Ok(bytes)
}

/// Why a body was refused before any of its fields was looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("Bad Request. Content-Type header is missing.")]
    NoContentType,
    #[error("Bad Request. Content-Type must be one of ['application/json'].")]
    WrongContentType,
    #[error("the body is not valid JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the body must be a JSON object, not a {0}")]
    NotAnObject(&'static str),
    #[error(
        "the body takes more than {0} bytes once parsed, many times its size; \
         send fewer small values at once"
    )]
    TooDense(usize),
    #[error(transparent)]
    BudgetExceeded(#[from] BudgetExceeded),
}

impl Coded for BodyError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoContentType
            | Self::WrongContentType
            | Self::NotJson(_)
            | Self::NotAnObject(_) => ErrorCode::InvalidParameterValue,
            Self::TooDense(_) => ErrorCode::RequestTooLarge,
            Self::BudgetExceeded(_) => ErrorCode::ResourceExhausted,
        }
    }
}

/// Why a field was refused.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    #[error(
        "Missing value for required parameter '{0}'. \
         See the API docs for more information about request parameters."
    )]
    Missing(String),
    #[error(
        "Invalid value {value} for parameter '{name}' supplied:  \
         Hint: Value was of type '{type_name}'. \
         See the API docs for more information about request parameters."
    )]
    WrongType { name: String, value: String, type_name: &'static str },
    #[error("Invalid boolean value: {0}, must be 'true' or 'false'.")]
    NotABool(String),
    #[error("'{0}' is given in snake_case and in lowerCamelCase; send it once")]
    BothSpellings(String),
}

impl Coded for FieldError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing(_)
            | Self::WrongType { .. }
            | Self::NotABool(_)
            | Self::BothSpellings(_) => ErrorCode::InvalidParameterValue,
        }
    }
}

/// The name a Python user knows the type by.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Beyond 2^53 a double no longer says which whole number it means.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

/// Enough of a value to recognise it in an error.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
