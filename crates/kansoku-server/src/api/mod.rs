//! Kansoku's own routes, by resource.
pub(crate) mod access;
pub(crate) mod admin;
pub(crate) mod alerts;
pub(crate) mod datasets;
pub(crate) mod demo;
pub(crate) mod evaluations;
pub(crate) mod experiments;
pub(crate) mod filters;
pub(crate) mod openapi;
pub(crate) mod probes;
pub(crate) mod quality;
pub(crate) mod review_queues;
pub(crate) mod scorers;
pub(crate) mod sessions;
pub(crate) mod spans;
pub(crate) mod trace;
pub(crate) mod traces;
pub(crate) mod views;
pub(crate) mod webhooks;
pub(crate) mod worker;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    probes::routes(routes);
    admin::routes(routes);
    trace::routes(routes);
    access::routes(routes);
    openapi::routes(routes);
    demo::routes(routes);
    experiments::routes(routes);
    sessions::routes(routes);
    quality::routes(routes);
    review_queues::routes(routes);
    scorers::routes(routes);
    alerts::routes(routes);
    traces::routes(routes);
    spans::routes(routes);
    filters::routes(routes);
    views::routes(routes);
    datasets::routes(routes);
    webhooks::routes(routes);
    worker::routes(routes);
    evaluations::routes(routes);
}
