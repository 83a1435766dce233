//! What many traces say together: experiments at a glance, sessions, figures over time, and what
//! goes along with bad feedback. Kansoku's own routes; each file is one of them.
mod bad;
mod distributions;
mod error_text;
mod experiments;
mod factors;
mod feedback;
mod figures;
mod filter_text;
mod overview;
mod quality;
mod series;
mod session;
mod session_row;
mod sessions;
mod span_stats;
mod split;
mod turn_text;

pub(crate) use error_text::{normalised as alike, pattern as alike_pattern};
pub(crate) use feedback::{FacetValue, FeedbackFold, FeedbackStat};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    experiments::routes(routes);
    sessions::routes(routes);
    session::routes(routes);
    overview::routes(routes);
    distributions::routes(routes);
    quality::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    experiments::list_experiments,
    sessions::list_sessions,
    session::get_session,
    overview::get_overview,
    distributions::get_distributions,
    quality::get_quality,
))]
pub(crate) struct Document;
