//! What keeps a store safe and small: backups and, in the background, retention.
mod backup;

pub use backup::Backups;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    backup::routes(routes);
}
