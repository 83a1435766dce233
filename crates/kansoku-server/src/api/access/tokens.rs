//! The management of tokens: listing, creation, rotation and deletion.
use axum::{
    Json,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_model::{
    DurationMs, ExperimentBinding, ExperimentId, ExperimentRights, Scope, Scopes, TimestampMs,
};
use kansoku_store::{StoreError, StoredToken, TokenId};
use serde::{Deserialize, Serialize};

use super::sign_in;
use crate::{
    ApiError, App,
    auth::{
        audit::AuditEvent,
        token::{NewSecret, TokenRequest},
    },
    http::extract::{JsonBody, Path},
    route_table::Routes,
};

/// How long the previous secret stays valid after a rotation by default, in seconds.
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

/// A token. Its secret is not stored, so it is not included.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenRow {
    token_id: String,
    name: String,
    /// Some of `ingest`, `feedback`, `read`, `write` (which includes these three), `worker` and
    /// `admin` (which includes all).
    scopes: Vec<&'static str>,
    /// Whether the token is valid for all experiments. If not, it is valid for those in the next
    /// three fields.
    all_experiments: bool,
    experiment_ids: Vec<String>,
    /// The exact names of experiments.
    experiments: Vec<String>,
    /// The prefixes of names of experiments.
    experiment_prefixes: Vec<String>,
    created_ms: i64,
    /// The name of the token that created it; `null` if it was created on the command line, or by a
    /// request without a token.
    created_by: Option<String>,
    expires_ms: Option<i64>,
    /// Accurate to the minute.
    last_used_ms: Option<i64>,
    /// The valid secrets, oldest first; there are two after a rotation.
    secrets: Vec<SecretRow>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SecretRow {
    created_ms: i64,
    /// The time when the secret ends, if it was replaced by a rotation.
    expires_ms: Option<i64>,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct CreateToken {
    name: String,
    /// `admin` if empty; required for a token that is bound to experiments.
    #[serde(default)]
    scopes: Vec<String>,
    /// If this and the next two fields are empty, the token is valid for all experiments.
    #[serde(default)]
    experiment_ids: Vec<String>,
    #[serde(default)]
    experiments: Vec<String>,
    #[serde(default)]
    experiment_prefixes: Vec<String>,
    expires_ms: Option<i64>,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct RotateToken {
    /// How long the previous secret stays valid, in seconds; one day if absent.
    grace_s: Option<i64>,
    /// A new expiry; if absent, the token keeps its expiry.
    expires_ms: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CreatedToken {
    token_id: String,
    name: String,
    /// The secret. It is not stored, and cannot be shown again.
    token: String,
}

/// `GET /api/3.0/kansoku/tokens`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/tokens",
    summary = "All tokens with their permissions, by name",
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
    summary = "Creates a token; once one exists, every request needs one",
    request_body(content = CreateToken),
    responses((status = 200, body = CreatedToken)),
)]
pub(super) async fn create_token(
    app: App,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CreateToken>,
) -> Result<Response, ApiError> {
    let request = TokenRequest::try_from(request)?;
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
        // The browser that creates the first token stays signed in.
        let cookie = sign_in::begin(&app, id, hash, &headers).await?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

impl TryFrom<CreateToken> for TokenRequest {
    type Error = ApiError;

    fn try_from(token: CreateToken) -> Result<Self, ApiError> {
        let scopes = token.scopes.iter().map(|scope| scope.parse::<Scope>());
        let scopes: Scopes = scopes.collect::<Result<_, _>>()?;
        let mut experiments = ExperimentBinding::default();
        for id in token.experiment_ids {
            let id: ExperimentId = id.parse().map_err(ApiError::invalid)?;
            experiments.ids.insert(id);
        }
        experiments.names.extend(token.experiments);
        for prefix in token.experiment_prefixes {
            experiments.add_prefix(&prefix);
        }
        let expires = token.expires_ms.map(TimestampMs);
        Ok(Self { name: token.name, scopes, experiments, expires })
    }
}

/// `POST /api/3.0/kansoku/tokens/{token_id}/rotate`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/tokens/{token_id}/rotate",
    summary = "Gives a token a new secret; the previous one stays valid for `grace_s`",
    params(TokenPath),
    request_body(content = RotateToken),
    responses((status = 200, body = CreatedToken)),
)]
pub(super) async fn rotate_token(
    app: App,
    Path(path): Path<TokenPath>,
    JsonBody(rotation): JsonBody<RotateToken>,
) -> Result<Json<CreatedToken>, ApiError> {
    let token = known_token(&app, &path).await?;
    let grace_s = rotation.grace_s.unwrap_or(GRACE_S);
    if !(0..=GRACE_S_MAX).contains(&grace_s) {
        let message = format!("`grace_s` must be 0 to {GRACE_S_MAX}, not {grace_s}");
        return Err(ApiError::invalid(message));
    }
    let expires = rotation.expires_ms.map(TimestampMs);
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
    summary = "Revokes a token and its browser sessions; refused for the last administrator",
    params(TokenPath),
    responses((status = 204)),
)]
pub(super) async fn delete_token(
    app: App,
    Path(path): Path<TokenPath>,
) -> Result<StatusCode, ApiError> {
    let token = known_token(&app, &path).await?;
    if !app.access.store.delete_token(token.id).await? {
        return Err(StoreError::TokenNotFound(token.id).into());
    }
    app.access.record(AuditEvent::TokenDeleted, format!("token `{}`", token.name));
    Ok(StatusCode::NO_CONTENT)
}

/// The path of a route about one token.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TokenPath {
    token_id: String,
}

/// Looks up the token in a path.
pub(super) async fn known_token(app: &App, path: &TokenPath) -> Result<StoredToken, ApiError> {
    let id = path.token_id.parse().map(TokenId);
    let id = id.map_err(|_| ApiError::invalid("`token_id` is a number"))?;
    let tokens = app.access.store.tokens().await?;
    let found = tokens.into_iter().find(|token| token.id == id);
    found.ok_or_else(|| StoreError::TokenNotFound(id).into())
}
