//! Long answers, made piece by piece while the client takes them.
//!
//! The next piece is made while one is on its way; a client that reads slowly holds no thread.
use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::task::JoinHandle;

/// What is made at once; a piece that is shorter is the last.
pub(crate) const PIECE_BYTES: usize = 256 << 10;

/// Makes the next piece; lives on a thread for blocking work.
pub(crate) trait Pieces: Send + 'static {
    /// Writes at least [`PIECE_BYTES`], unless the end comes first.
    fn write_next(&mut self, out: &mut Vec<u8>);
}

/// A body of known length if one piece is all, else a stream.
pub(crate) async fn body(pieces: impl Pieces) -> Body {
    let (first, rest) = joined(make(pieces)).await;
    if first.len() < PIECE_BYTES {
        return Body::from(first);
    }
    // The compression layer asks once more after the end, which `unfold` does not allow.
    Body::from_stream(after(first, rest).fuse())
}

fn after<P: Pieces>(first: Vec<u8>, rest: P) -> impl Stream<Item = std::io::Result<Bytes>> {
    let begun = (Some(first), Some(make(rest)));
    stream::unfold(begun, |(ready, next): (Option<Vec<u8>>, Option<JoinHandle<_>>)| async {
        if let Some(piece) = ready {
            return Some((Ok(Bytes::from(piece)), (None, next)));
        }
        let (piece, rest) = joined(next?).await;
        let next = (PIECE_BYTES <= piece.len()).then(|| make(rest));
        Some((Ok(Bytes::from(piece)), (None, next)))
    })
}

fn make<P: Pieces>(mut pieces: P) -> JoinHandle<(Vec<u8>, P)> {
    tokio::task::spawn_blocking(move || {
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 4);
        pieces.write_next(&mut piece);
        (piece, pieces)
    })
}

/// Work on whole traces would hold up everyone else on a thread that serves requests.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(tokio::task::spawn_blocking(work)).await
}

async fn joined<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("blocking work is never cancelled once awaited"),
        },
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use http_body::Body as _;
    use http_body_util::BodyExt;

    use super::*;

    /// So many bytes, a thousand at a time.
    struct Count(usize);

    impl Pieces for Count {
        fn write_next(&mut self, out: &mut Vec<u8>) {
            while 0 < self.0 && out.len() < PIECE_BYTES {
                let bytes = self.0.min(1000);
                out.extend((0..bytes).map(|n| n as u8));
                self.0 -= bytes;
            }
        }
    }

    #[tokio::test]
    async fn every_byte_comes_once_whatever_the_length() {
        for bytes in [0, 1, 262_000, PIECE_BYTES, PIECE_BYTES + 1, 263_000, 524_000, 1_234_567] {
            let body = body(Count(bytes)).await;
            let length = body.size_hint().exact();
            assert_eq!(length.is_some(), bytes < 262_144, "{bytes}");
            let received = body.collect().await.unwrap().to_bytes();
            assert_eq!(received.len(), bytes);
            assert!(received.iter().enumerate().all(|(n, byte)| *byte == (n % 1000) as u8));
        }
    }

    #[tokio::test]
    async fn a_long_answer_may_be_asked_for_more_after_its_end() {
        let mut body = body(Count(1_234_567)).await;
        while body.frame().await.is_some() {}
        assert!(body.frame().now_or_never().is_some_and(|end| end.is_none()));
    }
}
