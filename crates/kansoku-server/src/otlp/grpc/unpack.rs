//! The one message of a gRPC request, read and inflated under the same caps as any other body.
use axum::{body::Body, extract::Request, http::HeaderMap};
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;

use crate::{
    Limits,
    admission::{AdmissionError, Encoding, inflate, next_chunk, read_plain},
    bodies::Reservation,
};

const GRPC_ENCODING: &str = "grpc-encoding";
/// Whether the message is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// The request with its message inflated; what is no message is left to the codec to complain of.
pub(super) async fn unpack(request: Request, limits: &Limits) -> Result<Request, AdmissionError> {
    let (mut parts, mut body) = request.into_parts();
    let reserved = Reservation::of(&parts.extensions);
    let mut start = BytesMut::new();
    while start.len() < PREFIX_BYTES
        && let Some(chunk) = next_chunk(&mut body).await?
    {
        start.extend_from_slice(&chunk);
    }
    let encoding = encoding_of(&parts.headers).filter(|_| start.first() == Some(&1));
    let Some(encoding) = encoding else {
        let mut whole = after(start.freeze(), body);
        let bytes_max = limits.inflated_bytes_max.saturating_add(PREFIX_BYTES);
        let message = read_plain(&mut whole, bytes_max, &reserved).await?;
        return Ok(Request::from_parts(parts, Body::from(message)));
    };
    let packed = start.split_off(PREFIX_BYTES.min(start.len())).freeze();
    let message = inflate(&mut after(packed, body), encoding, limits, &reserved).await?;
    parts.headers.remove(GRPC_ENCODING);
    let mut prefix = BytesMut::with_capacity(PREFIX_BYTES);
    prefix.put_u8(0);
    prefix.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    Ok(Request::from_parts(parts, after(prefix.freeze(), Body::from(message))))
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    match headers.get(GRPC_ENCODING)?.as_bytes() {
        b"gzip" => Some(Encoding::Gzip),
        b"zstd" => Some(Encoding::Zstd),
        _ => None,
    }
}

/// A body that begins with `start`.
fn after(start: Bytes, rest: Body) -> Body {
    let first = (!start.is_empty()).then_some(start);
    let chunks = stream::unfold((first, Some(rest)), |(first, rest)| async move {
        if let Some(first) = first {
            return Some((Ok(first), (None, rest)));
        }
        let mut rest = rest?;
        match next_chunk(&mut rest).await {
            Ok(chunk) => Some((Ok(chunk?), (None, Some(rest)))),
            Err(broken) => Some((Err(broken), (None, None))),
        }
    });
    Body::from_stream(chunks)
}
