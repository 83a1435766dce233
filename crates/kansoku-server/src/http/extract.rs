//! Extractors of request data: typed from the path, query or JSON body, or as [`Fields`] of all of
//! them.
use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use bytes::Bytes;
use kansoku_mlflow::{
    RequestError,
    fields::{Fields, type_name},
};
use kansoku_model::{Coded, ErrorCode};
use kansoku_otlp::tree_bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    admission_error::AdmissionError,
    body,
    body_budget::{BudgetExceeded, Reservation},
    streaming::off_thread,
};
use crate::{ApiError, App, Limits};

/// Limits of a parsed body: this many times its size, or `PARSED_BYTES_MIN` if that is more.
const PARSED_TIMES: usize = 6;
const PARSED_BYTES_MIN: usize = 8 << 20;
/// The latter for a bulk body, whose many small records take many times their size.
const BULK_PARSED_BYTES_MIN: usize = 128 << 20;
/// Larger bodies, in bytes, are parsed on a separate thread.
const INLINE_BYTES_MAX: usize = 64 << 10;

impl FromRequest<App> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let path = path_params(&mut parts, app).await?;
        let values = if parts.method == Method::GET || parts.method == Method::HEAD {
            query_values(parts.uri.query().unwrap_or_default())
        } else {
            read_body_values(app, &parts, body, app.limits.json_bytes_max).await?
        };
        let mut fields = Self::new(values);
        for (name, value) in &path {
            fields.set(name, value);
        }
        Ok(fields)
    }
}

/// A struct that is deserialized from the parameters in the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let PathFields(fields) = PathFields::from_request_parts(parts, app).await?;
        Ok(Self(fields.read()?))
    }
}

/// A struct that is deserialized from the query; unknown parameters are ignored.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let values = query_values(parts.uri.query().unwrap_or_default());
        Ok(Self(Fields::new(values).read()?))
    }
}

/// A struct that is deserialized from a JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let values = read_body_values(app, &parts, body, app.limits.json_bytes_max).await?;
        Ok(Self(Fields::new(values).read()?))
    }
}

/// The fields of a request whose body is as large as spans may be, most of it JSON in one text field.
pub(crate) struct BulkFields {
    pub(crate) fields: Fields,
    reserved: Reservation,
}

impl FromRequest<App> for BulkFields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let path = path_params(&mut parts, app).await?;
        let reserved = Reservation::from_extensions(&parts.extensions);
        let values = read_body_values(app, &parts, body, usize::MAX).await?;
        let mut fields = Fields::new(values);
        for (name, value) in &path {
            fields.set(name, value);
        }
        Ok(Self { fields, reserved })
    }
}

impl BulkFields {
    /// Reads the JSON in a text field.
    pub(crate) async fn read_json_text<T: Send + 'static>(
        self,
        app: &App,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, RequestError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let text = self.fields.required_str(name)?;
        let held_bytes = 2 * text.len();
        let bytes_max = (PARSED_TIMES * text.len()).max(BULK_PARSED_BYTES_MIN);
        reserve_parsed(text.as_bytes(), held_bytes, bytes_max, &self.reserved)?;
        if text.len() <= INLINE_BYTES_MAX {
            return Ok(read(&text)?);
        }
        Ok(app.bodies.run_limited(off_thread(move || read(&text))).await?)
    }
}

/// The fields in the path only, for requests whose body MLflow does not read; it may be empty.
pub(crate) struct PathFields(pub(crate) Fields);

impl FromRequestParts<App> for PathFields {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let mut fields = Fields::new(Map::new());
        for (name, value) in &path_params(parts, app).await? {
            fields.set(name, value);
        }
        Ok(Self(fields))
    }
}

async fn path_params(parts: &mut Parts, app: &App) -> Result<RawPathParams, ApiError> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    params.map_err(|error| ApiError::invalid(error.body_text()))
}

async fn read_body_values(
    app: &App,
    parts: &Parts,
    body: Body,
    json_bytes_max: usize,
) -> Result<Map<String, Value>, ApiError> {
    check_content_type(&parts.headers)?;
    let reserved = Reservation::from_extensions(&parts.extensions);
    let body = read_json(app, &parts.headers, body, json_bytes_max, &reserved).await?;
    if body.len() <= INLINE_BYTES_MAX {
        return Ok(body_values(&body, &reserved)?);
    }
    Ok(app.bodies.run_limited(off_thread(move || body_values(&body, &reserved))).await?)
}

async fn read_json(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    json_bytes_max: usize,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
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

/// The parameters of a query; a key that occurs more than once has a list of values.
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
    let bytes_max = |json: &[u8]| (PARSED_TIMES * json.len()).max(PARSED_BYTES_MIN);
    let bytes = body.len() + reserve_parsed(body, 0, bytes_max(body), reserved)?;
    let mut value: Value = serde_json::from_slice(body)?;
    // Old clients encode the body twice.
    if let Value::String(text) = &value {
        let text = text.as_bytes();
        reserve_parsed(text, bytes, bytes_max(text), reserved)?;
        value = serde_json::from_slice(text)?;
    }
    match value {
        Value::Object(values) => Ok(values),
        Value::Null => Ok(Map::new()),
        value => Err(BodyError::NotAnObject(type_name(&value))),
    }
}

/// Reserves the memory that parsed `json` takes, at most `bytes_max`, in addition to `held_bytes`;
/// returns that memory in bytes.
fn reserve_parsed(
    json: &[u8],
    held_bytes: usize,
    bytes_max: usize,
    reserved: &Reservation,
) -> Result<usize, BodyError> {
    let bytes = tree_bytes(json);
    if bytes_max < bytes {
        return Err(BodyError::TooDense(bytes_max));
    }
    reserved.grow_to(held_bytes + json.len() + bytes)?;
    Ok(bytes)
}

/// The reason why a body was rejected before its fields were read.
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

#[cfg(test)]
mod tests;
