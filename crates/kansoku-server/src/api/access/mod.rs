//! Signing in from a browser, and the management of tokens.
mod browser_sessions;
mod sign_in;
mod signing_key;
mod tokens;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    sign_in::routes(routes);
    tokens::routes(routes);
    browser_sessions::routes(routes);
    signing_key::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    sign_in::sign_in,
    sign_in::sign_out,
    tokens::list_tokens,
    tokens::create_token,
    tokens::rotate_token,
    tokens::delete_token,
    browser_sessions::list_browser_sessions,
    browser_sessions::end_browser_sessions,
    signing_key::rotate_signing_key,
))]
pub(crate) struct Document;
