//! What traces can be filtered by: the language's own fields, and the keys that the data has.
use axum::{Json, http::Method};
use kansoku_filter::print::field_name;
use kansoku_model::{Scope, metadata_key};
use kansoku_store::KeyCount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ApiError, App, Fields, params::trace_scope::experiment_in_path, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/fields",
        list_fields,
    );
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldList {
    fields: Vec<FilterField>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilterField {
    /// As it is written in a filter.
    field: String,
    /// `text`, `number`, `time` or `choice`.
    kind: &'static str,
    /// `trace`, `span`, `tag`, `metadata`, `feedback` or `expectation`.
    group: &'static str,
    comparators: Vec<&'static str>,
    /// How often the newest traces have it; `null` where that is not counted.
    traces: Option<u64>,
    help: &'static str,
}

const NUMBER: &[&str] = &["=", "!=", ">", ">=", "<", "<="];
const ID: &[&str] = &["=", "!=", "IN", "NOT IN", "LIKE", "ILIKE", "RLIKE", "CONTAINS"];
const TEXT: &[&str] = &["=", "!=", "LIKE", "ILIKE", "RLIKE", "CONTAINS", "IS NULL", "IS NOT NULL"];
const ANY: &[&str] =
    &["=", "!=", "IN", "NOT IN", "LIKE", "ILIKE", "RLIKE", "CONTAINS", "IS NULL", "IS NOT NULL"];
const ERROR: &[&str] = &["CONTAINS", "=", "LIKE", "ILIKE", "RLIKE", "IS NULL", "IS NOT NULL"];
const PAYLOAD: &[&str] = &["CONTAINS", "LIKE", "ILIKE"];
const JUDGED: &[&str] = &[
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "LIKE",
    "ILIKE",
    "RLIKE",
    "CONTAINS",
    "IS NULL",
    "IS NOT NULL",
];

/// A field, its kind, its comparators, and what it is.
type Known = (&'static str, &'static str, &'static [&'static str], &'static str);

const OF_TRACES: &[Known] = &[
    ("status", "choice", ID, "how it ended: OK, ERROR, IN_PROGRESS"),
    ("name", "text", TEXT, "the trace's name"),
    ("error", "text", ERROR, "why any of its spans failed"),
    ("duration", "number", NUMBER, "how long it took: 500ms, 2s, 1m"),
    ("tokens", "number", NUMBER, "of all its calls, in total: 4k"),
    ("cost", "number", NUMBER, "in US dollars"),
    ("timestamp", "time", NUMBER, "when it began, in milliseconds since 1970"),
    ("end_time", "time", NUMBER, "when it ended, in milliseconds since 1970"),
    ("session", "text", ANY, "the conversation it belongs to"),
    ("user", "text", ANY, "who asked"),
    ("version", "text", ANY, "of the application"),
    ("environment", "text", ANY, "where the application ran"),
    ("text", "text", PAYLOAD, "anything any of its spans says"),
    ("request_id", "text", ID, "the trace's id"),
    ("client_request_id", "text", ID, "the id the application gave it"),
    ("run_id", "text", TEXT, "a run it was made in or is linked to"),
    ("prompt", "text", &["="], "a prompt version it is linked to: name/version"),
];

const OF_SPANS: &[Known] = &[
    ("span.name", "text", ID, "the name of any of its spans"),
    ("span.type", "choice", ID, "LLM, TOOL, RETRIEVER, …"),
    ("span.status", "choice", ID, "OK, ERROR, UNSET"),
    ("span.model", "text", ID, "the model that was called"),
    ("span.provider", "text", ID, "who runs the model"),
    ("span.content", "text", PAYLOAD, "anything one span says"),
];

/// Written shorter, or of no use to a person.
const LEFT_OUT: [&str; 9] = [
    metadata_key::SESSION,
    metadata_key::USER,
    metadata_key::TOKEN_USAGE,
    metadata_key::COST,
    metadata_key::SIZE_STATS,
    metadata_key::SIZE_BYTES,
    metadata_key::INPUTS,
    metadata_key::OUTPUTS,
    "mlflow.trace_schema.version",
];

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/fields`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/fields",
    summary = "What traces can be filtered by, the data's own keys included",
    params(("experiment_id" = String, Path, description = "an id, or a name")),
    responses((status = 200, body = FieldList)),
)]
pub(super) async fn list_fields(app: App, fields: Fields) -> Result<Json<FieldList>, ApiError> {
    let experiment = experiment_in_path(&app, &fields).await?;
    let mut keys = app.traces.keys(experiment).await?;
    keys.metadata.retain(|key| !LEFT_OUT.contains(&key.key.as_str()));
    let mut fields = Vec::new();
    for (group, known) in [("trace", OF_TRACES), ("span", OF_SPANS)] {
        fields.extend(known.iter().map(|(field, kind, comparators, help)| FilterField {
            field: (*field).to_owned(),
            kind,
            group,
            comparators: comparators.to_vec(),
            traces: None,
            help,
        }));
    }
    for (prefix, group, keys, comparators, help) in [
        ("tags", "tag", keys.tags, TEXT, "a tag"),
        ("metadata", "metadata", keys.metadata, TEXT, "an entry of the metadata"),
        ("feedback", "feedback", keys.feedback, JUDGED, "feedback of this name"),
        ("expectation", "expectation", keys.expectations, JUDGED, "an expectation of this name"),
    ] {
        fields.extend(keys.into_iter().filter_map(|KeyCount { key, count, is_number }| {
            Some(FilterField {
                // A key that no filter can name is no field.
                field: field_name(prefix, &key)?,
                kind: if is_number { "number" } else { "text" },
                group,
                comparators: comparators.to_vec(),
                traces: Some(count),
                help,
            })
        }));
    }
    Ok(Json(FieldList { fields }))
}
