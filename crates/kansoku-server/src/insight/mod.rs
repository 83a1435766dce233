//! What many traces say together: experiments at a glance, sessions, figures over time, and what
//! goes along with bad feedback. Kansoku's own routes; each file is one of them.
mod experiments;
mod feedback;
mod session;
mod session_row;
mod sessions;
mod turn_text;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    experiments::routes(routes);
    sessions::routes(routes);
    session::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(experiments::list_experiments, sessions::list_sessions, session::get_session))]
pub(crate) struct Document;
