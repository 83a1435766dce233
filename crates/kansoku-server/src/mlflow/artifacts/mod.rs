//! MLflow's routes for artifacts: files, uploads in parts, and the signed URLs of both.
mod multipart;
pub(crate) mod proxy;
mod runs;
mod signed;

use crate::http::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    proxy::routes(routes);
    multipart::routes(routes);
    runs::routes(routes);
    signed::routes(routes);
}
