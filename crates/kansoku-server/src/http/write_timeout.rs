//! A timeout for clients that do not receive their response.
//!
//! A peer that stops reading would keep its response in memory indefinitely. The timeout wraps the
//! socket, so that it applies to all responses: while there is something to write, some bytes must
//! be accepted within a time, and a minimum number within a longer one.
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Limits on how slowly a client may receive a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteLimits {
    /// Some bytes must be accepted within this time.
    pub stall_max: Duration,
    /// In this much waiting time, [`WriteLimits::bytes_min`] must be accepted.
    pub window: Duration,
    pub bytes_min: u64,
}

impl Default for WriteLimits {
    fn default() -> Self {
        Self {
            stall_max: Duration::from_secs(30),
            window: Duration::from_secs(60),
            bytes_min: 60 << 10,
        }
    }
}

/// A socket that fails with `TimedOut` if its peer accepts too few bytes for too long.
pub struct WriteTimeout<IO> {
    io: IO,
    limits: WriteLimits,
    /// Set while a write waits for the peer.
    backlog: Option<Backlog>,
}

struct Backlog {
    alarm: Pin<Box<Sleep>>,
    /// The start of the current wait, in which no bytes were accepted yet.
    waiting_since: Option<Instant>,
    /// The previous waiting time, and (below) the bytes accepted since its beginning. Time with
    /// nothing to write does not count.
    waited: Duration,
    taken_bytes: u64,
}

impl<IO> WriteTimeout<IO> {
    pub fn new(io: IO, limits: WriteLimits) -> Self {
        Self { io, limits, backlog: None }
    }

    /// The wrapped socket.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// Counts accepted bytes, and fails if they are too few.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(result) => {
                if let (Ok(written), Some(backlog)) = (&result, &mut self.backlog) {
                    let waiting = backlog.waiting_since.take();
                    backlog.waited += waiting.map_or(Duration::ZERO, |since| since.elapsed());
                    backlog.taken_bytes += *written as u64;
                    if self.limits.bytes_min <= backlog.taken_bytes {
                        // Fast enough: the next wait starts a new window.
                        self.backlog = None;
                    }
                }
                Poll::Ready(result)
            }
            Poll::Pending => {
                ready!(self.poll_late(cx));
                let slow = "the client takes its answer too slowly";
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, slow)))
            }
        }
    }

    /// Ready when the peer has been too slow.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let WriteLimits { stall_max, window, .. } = self.limits;
        let backlog = self.backlog.get_or_insert_with(|| Backlog {
            alarm: Box::pin(sleep_until(now)),
            waiting_since: None,
            waited: Duration::ZERO,
            taken_bytes: 0,
        });
        let since = *backlog.waiting_since.get_or_insert(now);
        // If enough bytes had been accepted, the window would have ended.
        let due = since + stall_max.min(window.saturating_sub(backlog.waited));
        backlog.alarm.as_mut().reset(due);
        backlog.alarm.as_mut().poll(cx)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for WriteTimeout<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.watch(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.watch(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::sleep,
    };

    use super::*;

    const LIMITS: WriteLimits = WriteLimits {
        stall_max: Duration::from_secs(30),
        window: Duration::from_secs(60),
        bytes_min: 600,
    };

    /// The result of a long write to a peer that reads some bytes at intervals.
    async fn write_to(bytes_at_once: usize, every: Duration) -> io::Result<()> {
        let (ours, mut theirs) = duplex(64);
        let reading = tokio::spawn(async move {
            let mut some = vec![0; bytes_at_once.max(1)];
            loop {
                sleep(every).await;
                if bytes_at_once == 0 {
                    continue;
                }
                if matches!(theirs.read(&mut some).await, Ok(0) | Err(_)) {
                    return;
                }
            }
        });
        let written = WriteTimeout::new(ours, LIMITS).write_all(&[7; 6400]).await;
        reading.abort();
        written
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_cut_off() {
        let began = Instant::now();
        let error = write_to(0, Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_byte_a_second_is_cut_off() {
        let began = Instant::now();
        let error = write_to(1, Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_that_goes_on_gets_all() {
        let began = Instant::now();
        write_to(20, Duration::from_secs(1)).await.unwrap();
        assert!(Duration::from_secs(300) < began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_nothing_to_write_may_rest() {
        let (ours, mut theirs) = duplex(64);
        let mut ours = WriteTimeout::new(ours, LIMITS);
        ours.write_all(&[1; 64]).await.unwrap();
        for _ in 0..3 {
            let take_some = async {
                sleep(Duration::from_secs(1)).await;
                theirs.read_exact(&mut [0; 10]).await
            };
            let (written, taken) = tokio::join!(ours.write_all(&[1; 10]), take_some);
            written.unwrap();
            taken.unwrap();
            sleep(Duration::from_secs(3600)).await;
        }
    }
}
