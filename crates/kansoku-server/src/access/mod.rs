//! Signing in from a browser, and the tokens that let people and programs in.
mod cookie;
mod session;
mod token;
mod tokens;

pub(crate) use cookie::{may_write, token_in_cookie};
pub use token::{InvalidTokenName, NewToken, check_token_name};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    session::routes(routes);
    tokens::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    session::sign_in,
    session::sign_out,
    tokens::list_tokens,
    tokens::create_token,
    tokens::delete_token
))]
pub(crate) struct Document;
