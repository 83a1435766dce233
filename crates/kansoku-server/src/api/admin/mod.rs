//! Routes for operators: the archive, backups, the ingest ledger and its audit, repricing, the state
//! of the server.
mod archive;
mod backup;
mod ledger;
mod reprice;
mod retention;
mod server;

pub use backup::Backups;
pub use server::Started;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    archive::routes(routes);
    backup::routes(routes);
    ledger::routes(routes);
    reprice::routes(routes);
    retention::routes(routes);
    server::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    archive::get_archive,
    backup::take_backup,
    ledger::get_ingest_ledger,
    ledger::run_audit,
    reprice::reprice_spans,
    retention::confirm_retention,
    server::get_server,
))]
pub(crate) struct Document;
