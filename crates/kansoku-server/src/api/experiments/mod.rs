//! Experiments: the list, figures over time, distributions, steps, storage, retention and feedback
//! settings.
mod distributions;
mod feedback_settings;
mod list;
mod overview;
mod retention_preview;
mod steps;
mod storage;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    overview::routes(routes);
    distributions::routes(routes);
    steps::routes(routes);
    storage::routes(routes);
    retention_preview::routes(routes);
    feedback_settings::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list_experiments,
    overview::get_overview,
    distributions::get_distributions,
    steps::list_steps,
    steps::get_step_graph,
    storage::get_storage,
    retention_preview::preview_retention,
    feedback_settings::get_feedback_settings,
    feedback_settings::update_feedback_settings,
))]
pub(crate) struct Document;
