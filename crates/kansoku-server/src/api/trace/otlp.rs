//! A trace as OTLP, as it was sent: in protobuf or JSON, one page at a time.
use std::{io, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, future, stream};
use kansoku_model::{Scope, TraceId};
use kansoku_otlp::{Signal, write_json};
use kansoku_store::{OtlpCursor, OtlpPage, StoreError, TraceStore};
use serde::Deserialize;

use super::TracePath;
use crate::{
    ApiError, App,
    http::{
        extract::{Path, Query},
        read_budget::{ChargedBytes, ReadBudget},
        streaming::off_thread,
    },
    ingest::otlp_http::Form,
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/{trace_id}/otlp", read_otlp);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OtlpQuery {
    /// `traces` or `logs`
    #[param(value_type = Option<String>)]
    signal: Option<SignalName>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SignalName {
    #[default]
    Traces,
    Logs,
}

impl From<SignalName> for Signal {
    fn from(name: SignalName) -> Self {
        match name {
            SignalName::Traces => Self::Traces,
            SignalName::Logs => Self::Logs,
        }
    }
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/otlp?signal=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/otlp",
    summary = "The spans or log records of a trace as received, in OTLP",
    params(TracePath, OtlpQuery),
    responses((
        status = 200,
        description = "`TracesData` or `LogsData`, in protobuf or, by `Accept`, JSON",
        content_type = "application/x-protobuf",
    )),
)]
pub(super) async fn read_otlp(
    app: App,
    Path(TracePath { trace_id: trace }): Path<TracePath>,
    Query(OtlpQuery { signal }): Query<OtlpQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let signal = Signal::from(signal.unwrap_or_default());
    let form = accepted(&headers)?;
    let large = app.reads.begin_large().await?;
    // An error of the first page is returned as an error response.
    let _charge = app.reads.charge(PAGE_BYTES).await?;
    let first = app.traces.otlp(&trace, signal, OtlpCursor::default()).await?;
    // `large` is released when the body is dropped, that is, after the client has received it.
    let reads = app.reads.clone();
    let pages = pages(app.traces, trace, signal, first).inspect(move |_| _ = &large);
    let body = match form {
        Form::Protobuf => Body::from_stream(charged(pages, reads)),
        Form::Json => Body::from_stream(charged(as_json(pages, signal), reads)),
    };
    Ok(([(header::CONTENT_TYPE, form.content_type())], body).into_response())
}

/// The approximate memory for creating a page, in bytes, in either form.
const PAGE_BYTES: usize = 8 << 20;

/// Charges each page while it is created, and then until the client has received it.
fn charged(
    pages: impl Stream<Item = Result<Bytes, StoreError>> + Send + 'static,
    reads: ReadBudget,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let pages = Box::pin(pages);
    stream::try_unfold((pages, reads), |(mut pages, reads)| async move {
        let mut charge = reads.charge(PAGE_BYTES).await.map_err(io::Error::other)?;
        let Some(page) = pages.next().await.transpose().map_err(io::Error::other)? else {
            return Ok(None);
        };
        charge.set(page.len());
        Ok(Some((ChargedBytes::into_bytes(page.into(), charge), (pages, reads))))
    })
    // The compression layer polls once more after the end.
    .fuse()
}

/// The accepted form with the highest quality in `Accept`, and the first of equal ones; protobuf
/// without the header.
fn accepted(headers: &HeaderMap) -> Result<Form, ApiError> {
    let given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = given.flat_map(|value| value.split(',')).collect();
    if ranges.is_empty() {
        return Ok(Form::Protobuf);
    }
    let mut best: Option<(f32, Form)> = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/json" => Form::Json,
            "application/x-protobuf" | "application/protobuf" | "application/*" | "*/*" => {
                Form::Protobuf
            }
            _ => continue,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if 0.0 < quality && best.is_none_or(|(best, _)| best < quality) {
            best = Some((quality, form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        let message = "`Accept` names neither `application/x-protobuf` nor `application/json`";
        ApiError::invalid(message)
    })
}

fn pages(
    traces: Arc<dyn TraceStore>,
    trace: TraceId,
    signal: Signal,
    first: Option<OtlpPage>,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let (first, cursor) = match first {
        Some(OtlpPage { otlp, next }) => (Some(Ok(Bytes::from(otlp))), Some(next)),
        None => (None, None),
    };
    let rest = stream::try_unfold(cursor, move |cursor| {
        let (traces, trace) = (traces.clone(), trace.clone());
        async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let page = traces.otlp(&trace, signal, cursor).await.inspect_err(|error| {
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, trace.id = %trace, "reading trace `{trace}` was aborted");
            })?;
            Ok(page.map(|OtlpPage { otlp, next }| (Bytes::from(otlp), Some(next))))
        }
    });
    // The compression layer polls once more after the end.
    stream::iter(first).chain(rest).fuse()
}

/// Converts the pages to one JSON object.
fn as_json(
    pages: impl Stream<Item = Result<Bytes, StoreError>>,
    signal: Signal,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let before: &[u8] = match signal {
        Signal::Traces => b"{\"resourceSpans\":[",
        Signal::Logs => b"{\"resourceLogs\":[",
    };
    let around = |bytes| stream::once(future::ready(Ok(Bytes::from_static(bytes))));
    let written = pages.enumerate().map(|(n, page)| Ok((n, page?))).and_then(
        move |(n, otlp): (usize, Bytes)| async move {
            let written = off_thread(move || {
                let mut json = Vec::with_capacity(2 * otlp.len());
                if 0 < n {
                    json.push(b',');
                }
                write_json(&mut json, signal, &otlp).map(|()| Bytes::from(json))
            });
            let damaged = |error| StoreError::backend("read the spans of a trace", error);
            written.await.map_err(damaged)
        },
    );
    around(before).chain(written).chain(around(b"]}"))
}
