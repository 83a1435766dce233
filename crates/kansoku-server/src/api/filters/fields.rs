//! The fields that traces can be filtered by: those of the filter language, and the keys found in
//! the data.
use axum::{Json, http::Method};
use kansoku_filter::{
    FIELDS, Field, FieldDef, FieldGroup, FieldKind, Projection, print::field_name,
};
use kansoku_model::{Scope, metadata_key};
use kansoku_store::{KeyCount, TraceKeys};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::root_values::{self, Leaf};
use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/fields",
        list_fields,
    );
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FieldQuery {
    /// the rows that the fields in `inputs`, `outputs` and `span.attributes` are values of:
    /// `traces` (the values of root spans; default) or `spans`
    #[serde(default)]
    #[param(value_type = Option<String>)]
    rows: Rows,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rows {
    #[default]
    Traces,
    Spans,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldList {
    fields: Vec<FilterField>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilterField {
    /// The field as written in a filter.
    field: String,
    /// `text`, `number`, `time` or `choice`.
    kind: &'static str,
    /// `trace`, `span`, `tag`, `metadata`, `feedback`, `expectation`, `inputs` or `outputs`.
    group: &'static str,
    comparators: Vec<&'static str>,
    /// The number of entries among the newest traces or spans; `null` if it is not counted.
    traces: Option<u64>,
    help: &'static str,
    /// The value for `by=` that groups traces by this field; `null` if they cannot be grouped by
    /// it.
    group_by: Option<String>,
    /// Whether `order_by` accepts it.
    sortable: bool,
    /// Whether rows of lists contain it in `numbers`.
    listed: bool,
    /// Whether `columns` of lists accepts it, because it is a value of a span.
    column: bool,
    /// A value of one of the traces or spans.
    example: Option<String>,
    /// Whether MLflow's server has a field of this name.
    mlflow: bool,
}

/// Metadata that has a shorter field name, or is not useful to a person.
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
    summary = "Fields of trace filters, including tag, metadata and feedback names in the data",
    params(ExperimentPath, FieldQuery),
    responses((status = 200, body = FieldList)),
)]
pub(super) async fn list_fields(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(FieldQuery { rows }): Query<FieldQuery>,
) -> Result<Json<FieldList>, ApiError> {
    let mut keys = app.traces.keys(experiment.experiment_id).await?;
    keys.metadata.retain(|key| !LEFT_OUT.contains(&key.key.as_str()));
    let mut fields: Vec<_> = FIELDS.iter().flat_map(|def| known_fields(def, &keys)).collect();
    let leaves = match rows {
        Rows::Traces => root_values::leaves(&app, experiment.experiment_id).await?,
        Rows::Spans => root_values::span_leaves(&app, experiment.experiment_id).await?,
    };
    fields.extend(leaves.into_iter().filter_map(value_field));
    Ok(Json(FieldList { fields }))
}

/// The field itself, or one field for each of its keys.
fn known_fields(def: &'static FieldDef, keys: &TraceKeys) -> Vec<FilterField> {
    let (prefix, keys) = match def.group {
        FieldGroup::Trace | FieldGroup::Span => {
            // Keys of span attributes are not counted, so they are not listed.
            let is_known = !def.is_keyed();
            return is_known.then(|| field(def, def.name.to_owned(), None)).into_iter().collect();
        }
        FieldGroup::Tag => ("tags", &keys.tags),
        FieldGroup::Metadata => ("metadata", &keys.metadata),
        FieldGroup::Feedback => ("feedback", &keys.feedback),
        FieldGroup::Expectation => ("expectation", &keys.expectations),
        FieldGroup::Issue | FieldGroup::Inputs | FieldGroup::Outputs => return Vec::new(),
    };
    // An empty key cannot be written in a filter, so it is not a field.
    let named = keys.iter().filter_map(|key| Some((field_name(prefix, &key.key)?, key)));
    named.map(|(name, key)| field(def, name, Some(key))).collect()
}

fn field(def: &'static FieldDef, name: String, key: Option<&KeyCount>) -> FilterField {
    let kind = match (def.kind, key) {
        (_, Some(KeyCount { is_number: true, .. })) => "number",
        (FieldKind::Text | FieldKind::Json, _) => "text",
        (FieldKind::Choice, _) => "choice",
        (FieldKind::Time, _) => "time",
        (FieldKind::Duration | FieldKind::Count | FieldKind::Dollars, _) => "number",
    };
    FilterField {
        field: name,
        kind,
        group: def.group.as_str(),
        comparators: def.comparators().collect(),
        traces: key.map(|key| key.count),
        help: def.help,
        group_by: Field { def, key: key.map(|key| key.key.clone()).unwrap_or_default() }
            .group_word(),
        sortable: def.sortable,
        listed: matches!(def.projection, Projection::Number(_)),
        column: false,
        example: None,
        mlflow: def.mlflow_names().any(|name| name == def.name),
    }
}

/// A field for a value of spans; `None` if it cannot be written in a filter.
fn value_field(leaf: Leaf) -> Option<FilterField> {
    let known = Field::of_root(&leaf.field)?;
    let kind = if leaf.is_number { "number" } else { "text" };
    Some(FilterField {
        kind,
        traces: Some(leaf.rows),
        column: true,
        example: Some(leaf.example),
        ..field(known.def, known.name()?, None)
    })
}
