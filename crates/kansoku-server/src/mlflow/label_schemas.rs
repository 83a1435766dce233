//! Label schemas: what `mlflow.genai.label_schemas` asks for.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    ids::experiment_id,
    label_schema::{LabelSchemaFields, LabelSchemaJson, input, instruction, new_name, schema_id},
    page::Page,
};
use kansoku_model::{
    Coded, ErrorCode, FeedbackRule, FeedbackSettings, LabelSchema, LabelType, Scope,
};
use kansoku_store::{
    LabelSchemaEdit, LabelSchemaQuery, LabelSchemaUpdate, NewLabelSchema, WhichLabelSchemas,
};
use serde_json::{Value, json};

use super::experiments::active_experiment;
use crate::{ApiError, App, route_table::Routes};

/// Most label schemas in one page, and how many without being told.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "3.0/mlflow/label-schemas/create", create);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/label-schemas/get", get);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/label-schemas/get-by-name", get_by_name);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/label-schemas/list", list);
    routes.api(Scope::Write, Method::PATCH, "3.0/mlflow/label-schemas/update", update);
    routes.api(Scope::Write, Method::DELETE, "3.0/mlflow/label-schemas/delete", delete);
}

fn answer(schema: &LabelSchema) -> Json<Value> {
    Json(json!({ "label_schema": LabelSchemaJson::new(schema) }))
}

/// `POST label-schemas/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let fields = LabelSchemaFields::from_fields(&fields)?;
    active_experiment(&app, fields.experiment).await?;
    let new = NewLabelSchema {
        experiment: fields.experiment,
        name: fields.name,
        label_type: fields.label_type,
        input: fields.input,
        instruction: fields.instruction,
        enable_comment: fields.enable_comment,
        is_default: false,
    };
    let schema = app.meta.create_label_schema(new).await?;
    note_polarity(&app, &schema).await?;
    Ok(answer(&schema))
}

/// Where the labels of a feedback say which answer is bad, and its name says otherwise, the labels
/// become the experiment's rule for it; a rule that somebody chose stays.
async fn note_polarity(app: &App, schema: &LabelSchema) -> Result<(), ApiError> {
    let Some(polarity) = schema.input.polarity() else { return Ok(()) };
    let is_guessed_right = FeedbackRule::guess(&schema.name).polarity == polarity;
    if schema.label_type != LabelType::Feedback || is_guessed_right {
        return Ok(());
    }
    let experiment = app.meta.experiment(schema.experiment).await?;
    if FeedbackSettings::from_tags(&experiment.tags).rules.contains_key(&schema.name) {
        return Ok(());
    }
    let key = format!("{}{}", FeedbackSettings::RULE_TAG_PREFIX, schema.name);
    let rule = json!(FeedbackRule { polarity, ..FeedbackRule::default() }).to_string();
    Ok(app.meta.set_experiment_tag(schema.experiment, &key, &rule).await?)
}

/// `GET label-schemas/get`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    Ok(answer(&app.meta.label_schema(&schema_id(&fields)?).await?))
}

/// `GET label-schemas/get-by-name`
async fn get_by_name(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, fields.required_str("name")?);
    active_experiment(&app, experiment).await?;
    Ok(answer(&app.meta.label_schema_by_name(experiment, &name).await?))
}

/// `GET label-schemas/list`; makes the default schema of an experiment that has none.
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = experiment_id(&fields)?;
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    active_experiment(&app, experiment).await?;
    app.meta.ensure_default_label_schema(experiment).await?;
    let query = LabelSchemaQuery {
        experiment,
        which: WhichLabelSchemas::All,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (schemas, more) = app.meta.label_schemas(query).await?;
    let token = if more { page.next_token(schemas.len()) } else { String::new() };
    let list = schemas.iter().map(LabelSchemaJson::new).collect::<Vec<_>>();
    Ok(Json(json!({ "label_schemas": list, "next_page_token": token })))
}

/// `PATCH label-schemas/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = schema_id(&fields)?;
    let update = LabelSchemaUpdate {
        name: new_name(&fields)?,
        input: input(&fields)?,
        instruction: instruction(&fields)?,
        enable_comment: fields.bool("enable_comment")?,
    };
    app.meta.edit_label_schema(&id, LabelSchemaEdit::Update(update)).await?;
    Ok(answer(&app.meta.label_schema(&id).await?))
}

/// `DELETE label-schemas/delete`; nothing where there is none.
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let deleted = app.meta.edit_label_schema(&schema_id(&fields)?, LabelSchemaEdit::Delete).await;
    match deleted {
        Err(error) if error.code() != ErrorCode::ResourceDoesNotExist => Err(error.into()),
        _ => Ok(Json(json!({}))),
    }
}
