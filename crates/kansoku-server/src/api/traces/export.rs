//! Export of any number of traces as a file: all traces of a list, or those with given ids.
//!
//! The file is created while it is sent, one page of the list at a time.
mod csv;
mod lines;

use std::{collections::VecDeque, time::Duration};

use axum::{http::Method, response::Response};
use bytes::Bytes;
use kansoku_mlflow::ClientFlavor;
use kansoku_model::{ExperimentId, Scope, TraceId, TraceInfo};
use kansoku_store::{TraceListItem, TraceSearch};
use serde::Deserialize;

use super::rows::parse_ids;
use crate::{
    ApiError, App,
    auth::audit::AuditEvent,
    http::{
        extract::Query,
        read_budget::LargeRead,
        streaming::{self, ChunkedBody},
    },
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    rendering::value_columns::ValueColumns,
    route_table::Routes,
};
use lines::{Mlflow, Otlp};

/// The number of traces that are read at once.
const PAGE_TRACES: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/traces/export",
        export_traces,
    );
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `jsonl`, `csv` or `otlp`
    #[param(value_type = String)]
    format: Format,
    /// trace ids, 500 at most; without them, the traces that match `q`
    #[param(value_type = Option<String>)]
    ids: Option<Vec<String>>,
    /// columns of `csv` with values of the root span, with commas between them:
    /// `inputs.customer.id`; 20 at most
    #[serde(default)]
    columns: Vec<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces/export?format=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/traces/export",
    summary = "Exports the matching traces as CSV or JSON lines",
    params(ExperimentPath, ExportQuery, ScopeQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
)]
pub(super) async fn export_traces(
    app: App,
    flavor: ClientFlavor,
    Query(ExportQuery { format, ids, columns }): Query<ExportQuery>,
    scope: TraceScope,
) -> Result<Response, ApiError> {
    let columns = ValueColumns::parse(&columns)?;
    let rest = match ids {
        Some(ids) => Rest::Named(parse_ids(&ids)?),
        None => Rest::List(Box::new(scope.search(&app, PAGE_TRACES))),
    };
    let experiment = scope.experiment;
    let large = app.reads.begin_large().await?;
    app.access.record(AuditEvent::TracesExported, format!("experiment {experiment}"));
    let export = Export::new(app, flavor, experiment, format, columns, rest, large);
    let name = format!("traces-{experiment}.{}", format.extension());
    streaming::file(&name, format.content_type(), export).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One trace per line, as in MLflow's API.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// The rows of the list.
    Csv,
    /// One `TracesData` per line, in OTLP's JSON.
    Otlp,
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Self::JsonLines | Self::Otlp => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Otlp => "otlp.jsonl",
        }
    }
}

/// The traces that are still to be read.
enum Rest {
    List(Box<TraceSearch>),
    Named(Vec<TraceId>),
    Nothing,
}

/// The state of an export.
struct Export {
    app: App,
    flavor: ClientFlavor,
    experiment: ExperimentId,
    format: Format,
    /// The columns of a table that contain values of root spans.
    columns: ValueColumns,
    rest: Rest,
    /// Bytes that are ready to be sent.
    ready: VecDeque<Bytes>,
    /// Traces of the current page that are still to be written.
    page: VecDeque<TraceInfo>,
    /// The trace that is being sent chunk by chunk, as OTLP or (below) as MLflow's JSON.
    otlp: Option<Otlp>,
    line: Option<Mlflow>,
    _large: LargeRead,
}

impl Export {
    fn new(
        app: App,
        flavor: ClientFlavor,
        experiment: ExperimentId,
        format: Format,
        columns: ValueColumns,
        rest: Rest,
        large: LargeRead,
    ) -> Self {
        let mut ready = VecDeque::new();
        if format == Format::Csv {
            ready.push_back(csv::header(&columns));
        }
        let page = VecDeque::new();
        Self {
            app,
            flavor,
            experiment,
            format,
            columns,
            rest,
            ready,
            page,
            otlp: None,
            line: None,
            _large: large,
        }
    }

    /// Reads the next page of the list.
    async fn turn_page(&mut self) -> Result<(), ApiError> {
        let store = self.app.traces.clone();
        let rest = std::mem::replace(&mut self.rest, Rest::Nothing);
        match (rest, self.format) {
            (Rest::Nothing, _) => {}
            (Rest::Named(ids), Format::Csv) => {
                let mut traces = store.list_items(&ids).await?;
                traces.retain(|trace| trace.info.experiment_id == self.experiment);
                self.push_rows(traces).await?;
            }
            (Rest::Named(ids), _) => {
                let infos = store.infos(&ids).await?.into_iter();
                self.page.extend(infos.filter(|info| info.experiment_id == self.experiment));
            }
            (Rest::List(mut search), format) => {
                search.page_token = match format {
                    Format::Csv => {
                        let page = store.search_list((*search).clone()).await?;
                        self.push_rows(page.traces).await?;
                        page.next_page_token
                    }
                    Format::JsonLines | Format::Otlp => {
                        let page = store.search((*search).clone()).await?;
                        self.page.extend(page.traces);
                        page.next_page_token
                    }
                };
                if search.page_token.is_some() {
                    self.rest = Rest::List(search);
                }
            }
        }
        Ok(())
    }

    /// Adds rows of the table. Values are read however long it takes, so that none are missing.
    async fn push_rows(&mut self, traces: Vec<TraceListItem>) -> Result<(), ApiError> {
        let rows = self.columns.trace_rows(&self.app, traces, Duration::MAX).await?;
        self.ready.push_back(csv::rows(&rows, &self.columns));
        Ok(())
    }
}

impl ChunkedBody for Export {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            if let Some(otlp) = &mut self.otlp {
                match otlp.next(&self.app).await? {
                    Some(bytes) => return Ok(Some(bytes)),
                    None => self.otlp = None,
                }
                continue;
            }
            if let Some(line) = &mut self.line {
                match line.next().await? {
                    Some(bytes) => return Ok(Some(bytes)),
                    None => self.line = None,
                }
                continue;
            }
            match (self.page.pop_front(), self.format) {
                (Some(info), Format::Otlp) => self.otlp = Some(Otlp::new(info.trace_id)),
                (Some(info), _) => {
                    self.line = Some(Mlflow::open(&self.app, self.flavor, info).await?);
                }
                (None, _) if matches!(self.rest, Rest::Nothing) => return Ok(None),
                (None, _) => self.turn_page().await?,
            }
        }
    }
}
