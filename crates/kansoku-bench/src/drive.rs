//! Keeps a number of connections busy until a time or count is reached.
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::latency::percentile_ms;

/// The limits of a run; the one that is reached first ends it.
pub(crate) struct Bound {
    pub seconds: f64,
    pub count: u64,
}

/// The outcome of a run, with the duration of each successful task.
#[derive(Default)]
pub(crate) struct Run {
    pub times: Vec<Duration>,
    pub errors: u64,
    pub first_error: Option<String>,
    pub elapsed: Duration,
    /// The duration of the first call of [`sample`].
    pub first: Option<Duration>,
}

impl Run {
    pub(crate) fn done(&self) -> u64 {
        self.times.len() as u64
    }

    pub(crate) fn per_second(&self, count: u64) -> f64 {
        (count as f64 / self.elapsed.as_secs_f64().max(1e-9) * 10.0).round() / 10.0
    }

    /// The fields that every measurement has.
    pub(crate) fn report(&self, measure: &str) -> Value {
        json!({
            "measure": measure,
            "calls": self.done(),
            "errors": self.errors,
            "first_error": self.first_error,
            "seconds": self.elapsed.as_secs_f64(),
            "first_ms": self.first.map(|first| percentile_ms(&[first], 1.0)),
            "p50_ms": percentile_ms(&self.times, 0.50),
            "p99_ms": percentile_ms(&self.times, 0.99),
            "max_ms": percentile_ms(&self.times, 1.0),
        })
    }
}

/// Calls `work(worker, n)` for n = 0, 1, 2, … on `connections` threads.
///
/// `start` creates the state of a thread, such as its connection. A task that began before the end
/// of the time is completed and counted, and the elapsed time includes it.
pub(crate) fn drive<W>(
    connections: usize,
    bound: &Bound,
    start: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, u64) -> anyhow::Result<()> + Sync,
) -> Run {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Run::default());
    let begin = Instant::now();
    let until = begin + Duration::from_secs_f64(bound.seconds);
    thread::scope(|scope| {
        for _ in 0..connections.max(1) {
            scope.spawn(|| {
                let mut worker = start();
                let mut own = Run::default();
                while Instant::now() < until {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if bound.count <= n {
                        break;
                    }
                    let began = Instant::now();
                    match work(&mut worker, n) {
                        Ok(()) => own.times.push(began.elapsed()),
                        Err(error) => {
                            own.errors += 1;
                            own.first_error.get_or_insert_with(|| format!("{error:#}"));
                        }
                    }
                }
                let mut total = total.lock().expect("no thread panics while it holds this lock");
                total.times.append(&mut own.times);
                total.errors += own.errors;
                total.first_error = total.first_error.take().or(own.first_error);
            });
        }
    });
    let mut run = total.into_inner().expect("no thread panics while it holds this lock");
    run.elapsed = begin.elapsed();
    run.times.sort_unstable();
    run
}

/// Calls `read(0)` once for its result, then `read(n)` for n = 0, 1, 2, … sequentially.
///
/// The first call is a warm-up and is not counted, unless it takes all the time. If it fails, no
/// further call follows, because it may keep the server busy for long.
pub(crate) fn sample(
    bound: &Bound,
    read: impl Fn(u64) -> anyhow::Result<Vec<u8>> + Sync,
) -> (Option<Vec<u8>>, Run) {
    let began = Instant::now();
    let first = read(0);
    let elapsed = began.elapsed();
    match first {
        Err(error) => {
            let first_error = Some(format!("{error:#}"));
            let first = Some(elapsed);
            (None, Run { errors: 1, first_error, elapsed, first, ..Run::default() })
        }
        Ok(answer) if bound.seconds <= elapsed.as_secs_f64() => {
            let (times, first) = (vec![elapsed], Some(elapsed));
            (Some(answer), Run { times, elapsed, first, ..Run::default() })
        }
        Ok(answer) => {
            let run = drive(1, bound, || (), |(), n| read(n).map(drop));
            (Some(answer), Run { first: Some(elapsed), ..run })
        }
    }
}
