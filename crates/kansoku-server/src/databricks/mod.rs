//! Routes that Databricks clients need in addition to MLflow's own API.
//!
//! Such clients request credentials, get a signed URL of this server, and upload the spans of a
//! trace to it. Traces, tags and assessments are the same for both client flavors; only the
//! locations in responses differ.
mod backfills;
mod credentials;
mod dbfs;
mod scheduled_scorers;
mod well_known;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    well_known::routes(routes);
    credentials::routes(routes);
    dbfs::routes(routes);
    scheduled_scorers::routes(routes);
    backfills::routes(routes);
}
