//! What keeps a store safe, small and accounted for: backups, the ledger, costs computed anew and,
//! in the background, retention.
mod backup;
mod ledger;
mod reprice;
mod retention;
mod server;
mod steady_clock;
mod storage;
mod upkeep;

pub use backup::Backups;
pub use server::Started;
pub use upkeep::keep_up;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    backup::routes(routes);
    ledger::routes(routes);
    reprice::routes(routes);
    retention::routes(routes);
    server::routes(routes);
    storage::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    backup::take_backup,
    ledger::ingest,
    ledger::audit,
    reprice::reprice,
    retention::confirm,
    server::server,
    storage::storage
))]
pub(crate) struct Document;
