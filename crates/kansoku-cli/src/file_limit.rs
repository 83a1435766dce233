//! Turns the limit on file sizes (`ulimit -f`) into an error of the write.
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// Handles SIGXFSZ, which otherwise ends the process at that limit. With any handler, the write
/// that exceeds the limit fails, like one on a full disk.
pub(crate) fn make_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let handled = runtime.and_then(|runtime| {
        // The handler remains installed after the stream and the runtime are dropped.
        runtime.block_on(async { signal(SignalKind::from_raw(Signal::XFSZ.as_raw())) }).map(drop)
    });
    if let Err(error) = handled {
        eprintln!("a limit on the size of files would end this process: {error}");
    }
}
