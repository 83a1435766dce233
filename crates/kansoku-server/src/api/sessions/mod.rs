//! Sessions: conversations that consist of several traces.
mod detail;
mod list;
mod turn_text;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    detail::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list::list_sessions, detail::get_session,))]
pub(crate) struct Document;
