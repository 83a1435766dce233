//! Assessments of a trace: feedback, expectations and issues.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    assessment::{AssessmentJson, read_assessment, read_name, read_value},
    ids::trace_id,
};
use kansoku_model::{AssessmentId, AssessmentValue, Scope, TimestampMs};
use kansoku_store::AssessmentUpdate;
use serde_json::{Value, json};

use crate::{ApiError, App, http::extract::PathFields, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    let all = "3.0/mlflow/traces/{trace_id}/assessments";
    let one = "3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}";
    routes.api(Scope::Feedback, Method::POST, all, create_assessment);
    routes.api(Scope::Read, Method::GET, one, get_assessment);
    routes.api(Scope::Feedback, Method::PATCH, one, update_assessment);
    routes.api(Scope::Write, Method::DELETE, one, delete_assessment);
}

/// `POST /api/3.0/mlflow/traces/{trace_id}/assessments`
async fn create_assessment(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let given = fields.required_object("assessment")?;
    let mut assessment = read_assessment(&given, trace_id(&fields)?, app.clock.now())?;
    assessment.valid = true;
    let stored = app.traces.create_assessment(assessment).await?;
    Ok(Json(json!({ "assessment": AssessmentJson::new(&stored) })))
}

/// `GET /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}`
async fn get_assessment(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let stored = app.traces.assessment(&trace_id(&fields)?, &assessment_id(&fields)?).await?;
    Ok(Json(json!({ "assessment": AssessmentJson::new(&stored) })))
}

/// `PATCH /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}`
async fn update_assessment(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (trace_id, assessment_id) = (trace_id(&fields)?, assessment_id(&fields)?);
    let update = read_update(&fields, app.clock.now())?;
    let stored = app.traces.update_assessment(&trace_id, &assessment_id, update).await?;
    Ok(Json(json!({ "assessment": AssessmentJson::new(&stored) })))
}

/// `DELETE /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}`
async fn delete_assessment(
    app: App,
    PathFields(fields): PathFields,
) -> Result<Json<Value>, ApiError> {
    app.traces.delete_assessment(&trace_id(&fields)?, &assessment_id(&fields)?).await?;
    Ok(Json(json!({})))
}

fn assessment_id(fields: &Fields) -> Result<AssessmentId, ApiError> {
    Ok(AssessmentId(fields.required_str("assessment_id")?))
}

/// Reads the fields that the mask names, and no others.
fn read_update(fields: &Fields, at: TimestampMs) -> Result<AssessmentUpdate, ApiError> {
    let given = fields.required_object("assessment")?;
    let mask = fields.required_str("update_mask")?;
    let mut update = AssessmentUpdate { at, ..AssessmentUpdate::default() };
    for path in mask.split(',').map(str::trim) {
        match path.split('.').next().unwrap_or(path) {
            "assessmentName" | "assessment_name" => update.name = Some(read_name(&given)?),
            kind @ ("feedback" | "expectation" | "issue") => {
                update.value = Some(value_of_kind(&given, kind)?);
            }
            "rationale" => update.rationale = Some(given.str("rationale")?),
            "metadata" => update.metadata = Some(given.map("metadata")?),
            "valid" => {
                return Err(ApiError::invalid(
                    "`valid` cannot be updated; override or delete the assessment instead",
                ));
            }
            // Immutable and unknown fields are ignored, as MLflow does.
            _ => {}
        }
    }
    Ok(update)
}

fn value_of_kind(given: &Fields, kind: &str) -> Result<AssessmentValue, ApiError> {
    match read_value(given)? {
        Some(value) if value.kind() == kind => Ok(value),
        _ => Err(given.missing(kind).into()),
    }
}
