//! The tokens there are: their names, new ones, and taking one back.
use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_store::{StoredToken, TokenId};
use serde::Serialize;

use super::{NewToken, check_token_name, cookie};
use crate::{ApiError, App, Fields, routes::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Method::GET, "3.0/kansoku/tokens", list_tokens);
    routes.api(Method::POST, "3.0/kansoku/tokens", create_token);
    routes.api(Method::DELETE, "3.0/kansoku/tokens/{token_id}", delete_token);
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenList {
    tokens: Vec<TokenRow>,
}

/// A token without its secret, which is nowhere.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenRow {
    token_id: String,
    name: String,
    created_ms: i64,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "requests are read field by field; it says which there are")]
pub(super) struct TokenName {
    name: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CreatedToken {
    token_id: String,
    name: String,
    /// Shown only now.
    token: String,
}

/// `GET /api/3.0/kansoku/tokens`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/tokens",
    operation_id = "list_tokens",
    summary = "The names of all tokens",
    responses((status = 200, body = TokenList)),
)]
pub(super) async fn list_tokens(app: App) -> Result<Json<TokenList>, ApiError> {
    let row = |StoredToken { id, name, created }| TokenRow {
        token_id: id.0.to_string(),
        name,
        created_ms: created.0,
    };
    Ok(Json(TokenList { tokens: app.meta.tokens().await?.into_iter().map(row).collect() }))
}

/// `POST /api/3.0/kansoku/tokens`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/tokens",
    operation_id = "create_token",
    summary = "Make a token; from the first one on, everyone needs one",
    request_body(content = TokenName),
    responses((status = 200, body = CreatedToken)),
)]
pub(super) async fn create_token(
    app: App,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    let name = fields.required_str("name")?;
    check_token_name(&name)?;
    let is_first = app.meta.tokens().await?.is_empty();
    let NewToken { token, hash } = NewToken::random();
    let id = app.meta.add_token(&name, hash).await?;
    // Who makes the first token in a browser is not shut out by it.
    let cookie = is_first.then(|| [(header::SET_COOKIE, cookie::keep(&token, &headers))]);
    let created = CreatedToken { token_id: id.0.to_string(), name, token };
    Ok((cookie, Json(created)).into_response())
}

/// `DELETE /api/3.0/kansoku/tokens/{token_id}`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/tokens/{token_id}",
    operation_id = "delete_token",
    summary = "Take a token back, and all sign-ins by it; without any, nobody needs one",
    params(("token_id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete_token(
    app: App,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|error| ApiError::invalid(error.body_text()))?;
    let number = id.parse().map(TokenId);
    let number = number.map_err(|_| ApiError::invalid("`token_id` is a number"))?;
    match app.meta.delete_token(number).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::missing(format!("there is no token with id `{id}`"))),
    }
}
