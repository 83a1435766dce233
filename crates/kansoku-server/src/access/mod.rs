//! Signing in from a browser, and the tokens that let people and programs in.
mod cookie;
mod session;
mod sessions;
mod signing_key;
mod token;
mod tokens;

pub(crate) use cookie::{forget_old_cookie, has_old_cookie, session_in_cookie};
pub use token::{InvalidToken, NewSecret, TokenRequest};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    session::routes(routes);
    tokens::routes(routes);
    sessions::routes(routes);
    signing_key::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    session::sign_in,
    session::sign_out,
    tokens::list_tokens,
    tokens::create_token,
    tokens::rotate_token,
    tokens::delete_token,
    sessions::list_sessions,
    sessions::end_sessions,
    signing_key::rotate_signing_key
))]
pub(crate) struct Document;
