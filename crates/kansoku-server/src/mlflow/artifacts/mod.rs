//! MLflow's routes for artifacts: files, multipart uploads, and signed URLs.
mod logged_models;
mod multipart;
mod proxy;
mod runs;
mod signed;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    proxy::routes(routes);
    multipart::routes(routes);
    runs::routes(routes);
    logged_models::routes(routes);
    signed::routes(routes);
}
