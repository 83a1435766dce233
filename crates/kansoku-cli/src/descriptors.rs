//! File descriptors: the limit of this process, and how many of them connections may use.
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Number of descriptors reserved for the database, artifacts, backups and libraries.
const RESERVED: u64 = 128;

/// Raises the soft limit of open files to the hard limit; returns the resulting limit.
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

/// Maximum number of connections that leaves enough descriptors for everything else.
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
