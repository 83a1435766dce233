//! File descriptors: how many the system gives this process, and how many of them connections
//! may take.
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Descriptors for the database, artifacts, backups and whatever is opened by libraries.
const RESERVED: u64 = 128;

/// Raises the limit of open files as far as this user may, and returns it.
pub(crate) fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            warn!(%error, "could not raise the limit of open files");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How many connections fit beside everything else that needs a descriptor.
pub(crate) fn connections_max(wanted: u32, descriptors: u64) -> usize {
    let room = descriptors - RESERVED.min(descriptors / 2);
    let fits = u64::from(wanted).min(room);
    if fits < u64::from(wanted) {
        warn!(
            connections_max = fits,
            "only {descriptors} files may be open: {fits} connections instead of {wanted}; raise \
             the limit (`ulimit -n`) or lower `connections_max`"
        );
    }
    usize::try_from(fits).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::connections_max;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        assert_eq!(connections_max(1024, 1_048_576), 1024);
        assert_eq!(connections_max(1024, 1024), 896);
        assert_eq!(connections_max(1024, 256), 128);
        assert_eq!(connections_max(1024, 64), 32);
        assert_eq!(connections_max(10, 256), 10);
    }
}
