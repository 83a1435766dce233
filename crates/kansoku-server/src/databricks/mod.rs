//! Routes that Databricks clients need beyond MLflow's own API.
//!
//! They ask for credentials, get a signed URL of ours, and put the spans of a
//! trace there. Traces, tags and assessments are the same rows for both forms;
//! only the locations shown to the caller differ.
mod credentials;
mod dbfs;
mod well_known;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    well_known::routes(routes);
    credentials::routes(routes);
    dbfs::routes(routes);
}
