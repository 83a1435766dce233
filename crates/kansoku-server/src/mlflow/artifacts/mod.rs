//! MLflow's routes for artifacts: files, multipart uploads, and signed URLs.
mod credentials;
mod logged_models;
mod multipart;
mod multipart_credentials;
mod proxy;
pub(super) mod runs;
mod signed;
mod upload;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    proxy::routes(routes);
    multipart::routes(routes);
    runs::routes(routes);
    logged_models::routes(routes);
    credentials::routes(routes);
    multipart_credentials::routes(routes);
    signed::routes(routes);
}
