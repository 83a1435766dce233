//! MLflow's REST API. A handler reads its [`Fields`](kansoku_mlflow::Fields), calls a store, and
//! returns a type of `kansoku_mlflow` as JSON.
mod artifacts;
mod assessments;
mod correlation;
mod datasets;
mod delete;
mod experiments;
mod gateway;
mod graphql;
mod issues;
mod label_schemas;
mod links;
mod logged_models;
mod metric_history;
mod model_versions;
mod registered_models;
mod review_queues;
mod run_inputs;
mod runs;
mod scorers;
mod search;
mod tags;
mod trace_artifact;
mod trace_batch;
mod trace_metrics;
mod traces;
mod traces_v2;
mod unsupported;
mod web_ui;
pub(crate) mod webhooks;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    experiments::routes(routes);
    runs::routes(routes);
    run_inputs::routes(routes);
    metric_history::routes(routes);
    scorers::routes(routes);
    gateway::routes(routes);
    datasets::routes(routes);
    label_schemas::routes(routes);
    review_queues::routes(routes);
    traces::routes(routes);
    traces_v2::routes(routes);
    search::routes(routes);
    tags::routes(routes);
    assessments::routes(routes);
    delete::routes(routes);
    links::routes(routes);
    logged_models::routes(routes);
    issues::routes(routes);
    registered_models::routes(routes);
    model_versions::routes(routes);
    webhooks::routes(routes);
    trace_artifact::routes(routes);
    trace_metrics::routes(routes);
    correlation::routes(routes);
    graphql::routes(routes);
    web_ui::routes(routes);
    unsupported::routes(routes);
    artifacts::routes(routes);
}
