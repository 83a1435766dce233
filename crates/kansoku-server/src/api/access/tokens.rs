//! The tokens there are: what they may do, new ones, new secrets, and taking one back.
use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::Fields;
use kansoku_model::{
    DurationMs, ExperimentBinding, ExperimentId, ExperimentRights, Scope, Scopes, TimestampMs,
};
use kansoku_store::{StoreError, StoredToken, TokenId};
use serde::Serialize;

use super::sign_in;
use crate::{
    ApiError, App,
    auth::{
        audit::AuditEvent,
        token::{NewSecret, TokenRequest},
    },
    route_table::Routes,
};

/// How long the secret before stays valid where a rotation says nothing else.
const GRACE_S: i64 = 24 * 3600;
const GRACE_S_MAX: i64 = 365 * 24 * 3600;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/tokens", list_tokens);
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/tokens", create_token);
    routes.api(Scope::Admin, Method::DELETE, "3.0/kansoku/tokens/{token_id}", delete_token);
    let rotate = "3.0/kansoku/tokens/{token_id}/rotate";
    routes.api(Scope::Admin, Method::POST, rotate, rotate_token);
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
    /// `ingest`, `feedback`, `read`, `write` (which includes these) and `admin` (which includes all).
    scopes: Vec<&'static str>,
    /// Else those below.
    all_experiments: bool,
    experiment_ids: Vec<String>,
    /// Their exact names.
    experiments: Vec<String>,
    /// How their names begin.
    experiment_prefixes: Vec<String>,
    created_ms: i64,
    /// The name of the token that made it; none: the command line, or a server without tokens.
    created_by: Option<String>,
    expires_ms: Option<i64>,
    /// To the minute.
    last_used_ms: Option<i64>,
    /// Those that are valid, the oldest first: two after a rotation.
    secrets: Vec<SecretRow>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SecretRow {
    created_ms: i64,
    /// When it ends, where a newer one has taken its place.
    expires_ms: Option<i64>,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "requests are read field by field; it says which there are")]
pub(super) struct CreateToken {
    name: String,
    /// `admin` where there are none.
    scopes: Option<Vec<String>>,
    /// All experiments, where none of the three is given.
    experiment_ids: Option<Vec<String>>,
    experiments: Option<Vec<String>>,
    experiment_prefixes: Option<Vec<String>>,
    expires_ms: Option<i64>,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "requests are read field by field; it says which there are")]
pub(super) struct RotateToken {
    /// How long the secret before stays valid, in seconds; a day where it is not given.
    grace_s: Option<i64>,
    /// A new expiry; else the token keeps its own.
    expires_ms: Option<i64>,
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
    summary = "All tokens, by name, and what they may do",
    responses((status = 200, body = TokenList)),
)]
pub(super) async fn list_tokens(app: App) -> Result<Json<TokenList>, ApiError> {
    let tokens = app.access.store.tokens().await?;
    Ok(Json(TokenList { tokens: tokens.into_iter().map(token_row).collect() }))
}

fn token_row(token: StoredToken) -> TokenRow {
    let (all_experiments, binding) = match token.experiments {
        ExperimentRights::All => (true, ExperimentBinding::default()),
        ExperimentRights::Bound(binding) => (false, binding),
    };
    let secret = |secret: kansoku_store::StoredSecret| SecretRow {
        created_ms: secret.created.0,
        expires_ms: secret.ends.map(|at| at.0),
    };
    TokenRow {
        token_id: token.id.0.to_string(),
        name: token.name,
        scopes: token.scopes.iter().map(Scope::as_str).collect(),
        all_experiments,
        experiment_ids: binding.ids.iter().map(ToString::to_string).collect(),
        experiments: binding.names.into_iter().collect(),
        experiment_prefixes: binding.prefixes.into_iter().collect(),
        created_ms: token.created.0,
        created_by: token.created_by,
        expires_ms: token.expires.map(|at| at.0),
        last_used_ms: token.last_used.map(|at| at.0),
        secrets: token.secrets.into_iter().map(secret).collect(),
    }
}

/// `POST /api/3.0/kansoku/tokens`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/tokens",
    operation_id = "create_token",
    summary = "Make a token; from the first one on, every request needs one",
    request_body(content = CreateToken),
    responses((status = 200, body = CreatedToken)),
)]
pub(super) async fn create_token(
    app: App,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    let request = token_request(&fields)?;
    let caller = app.access.caller();
    let created_by = caller.token.map(|_| caller.token_name.clone());
    let is_first = app.access.makes_first_token();
    let NewSecret { secret, hash } = NewSecret::random();
    let spec = request.check(hash, app.clock.now(), created_by, is_first)?;
    let (name, scopes) = (spec.name.clone(), spec.scopes);
    let id = app.access.store.add_token(spec).await?;
    app.access.record(AuditEvent::TokenCreated, format!("token `{name}` with scopes {scopes}"));
    let created = CreatedToken { token_id: id.0.to_string(), name, token: secret };
    let mut response = Json(created).into_response();
    if is_first {
        // Who makes the first token in a browser is not shut out by it.
        let cookie = sign_in::begin(&app, id, hash, &headers).await?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn token_request(fields: &Fields) -> Result<TokenRequest, ApiError> {
    let scopes = fields.list_str("scopes")?;
    let scopes: Scopes =
        scopes.iter().map(|scope| scope.parse::<Scope>()).collect::<Result<_, _>>()?;
    let mut experiments = ExperimentBinding::default();
    for id in fields.list_str("experiment_ids")? {
        let id: ExperimentId = id.parse().map_err(ApiError::invalid)?;
        experiments.ids.insert(id);
    }
    experiments.names.extend(fields.list_str("experiments")?);
    for prefix in fields.list_str("experiment_prefixes")? {
        experiments.add_prefix(&prefix);
    }
    let expires = fields.i64("expires_ms")?.map(TimestampMs);
    Ok(TokenRequest { name: fields.required_str("name")?, scopes, experiments, expires })
}

/// `POST /api/3.0/kansoku/tokens/{token_id}/rotate`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/tokens/{token_id}/rotate",
    operation_id = "rotate_token",
    summary = "Give a token a new secret; the one before stays valid for a while",
    params(("token_id" = String, Path)),
    request_body(content = RotateToken),
    responses((status = 200, body = CreatedToken)),
)]
pub(super) async fn rotate_token(
    app: App,
    id: TokenPath,
    fields: Fields,
) -> Result<Json<CreatedToken>, ApiError> {
    let token = known_token(&app, id).await?;
    let grace_s = fields.i64("grace_s")?.unwrap_or(GRACE_S);
    if !(0..=GRACE_S_MAX).contains(&grace_s) {
        let message = format!("`grace_s` must be 0 to {GRACE_S_MAX}, not {grace_s}");
        return Err(ApiError::invalid(message));
    }
    let expires = fields.i64("expires_ms")?.map(TimestampMs);
    if expires.is_some_and(|expires| expires <= app.clock.now()) {
        return Err(crate::auth::token::InvalidToken::Expired.into());
    }
    let NewSecret { secret, hash } = NewSecret::random();
    let grace = DurationMs(grace_s * 1000);
    app.access.store.rotate_token(token.id, hash, grace, expires).await?;
    app.access.record(AuditEvent::TokenRotated, format!("token `{}`", token.name));
    let token_id = token.id.0.to_string();
    Ok(Json(CreatedToken { token_id, name: token.name, token: secret }))
}

/// `DELETE /api/3.0/kansoku/tokens/{token_id}`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/tokens/{token_id}",
    operation_id = "delete_token",
    summary = "Take a token back, and all sign-ins by it; refused for the last that can manage tokens",
    params(("token_id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete_token(app: App, id: TokenPath) -> Result<StatusCode, ApiError> {
    let token = known_token(&app, id).await?;
    if !app.access.store.delete_token(token.id).await? {
        return Err(StoreError::TokenNotFound(token.id).into());
    }
    app.access.record(AuditEvent::TokenDeleted, format!("token `{}`", token.name));
    Ok(StatusCode::NO_CONTENT)
}

pub(super) type TokenPath = Result<Path<String>, PathRejection>;

/// The token that a path names.
pub(super) async fn known_token(app: &App, id: TokenPath) -> Result<StoredToken, ApiError> {
    let Path(id) = id.map_err(|error| ApiError::invalid(error.body_text()))?;
    let id = id.parse().map(TokenId).map_err(|_| ApiError::invalid("`token_id` is a number"))?;
    let tokens = app.access.store.tokens().await?;
    let found = tokens.into_iter().find(|token| token.id == id);
    found.ok_or_else(|| StoreError::TokenNotFound(id).into())
}
