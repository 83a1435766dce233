//! What keeps a store safe and small: backups and, in the background, retention.
mod backup;
mod steady_clock;
mod storage;
mod upkeep;

pub use backup::Backups;
pub use upkeep::keep_up;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    backup::routes(routes);
    storage::routes(routes);
}
