//! A limit on the size of files (`ulimit -f`) as an error of whoever writes.
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// The signal of that limit ends a process that does not handle it. Once it is handled, by whatever
/// handler, the write that met the limit fails like one on a full disk.
pub(crate) fn make_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let handled = runtime.and_then(|runtime| {
        // The handler stays when the stream and the runtime are gone.
        runtime.block_on(async { signal(SignalKind::from_raw(Signal::XFSZ.as_raw())) }).map(drop)
    });
    if let Err(error) = handled {
        eprintln!("a limit on the size of files would end this process: {error}");
    }
}
