//! Unary calls. The request is read within the same limits as any other body, and is not decoded
//! here.
use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use kansoku_model::ErrorCode;

use super::CONTENT_TYPE;
use crate::ingest::pipeline::RejectedRequest;
use crate::{
    ApiError, Limits,
    http::{
        admission_error::AdmissionError,
        body::{Collected, next_chunk},
        body_budget::Reservation,
        inflate::{Encoding, Inflater},
    },
};

const GRPC_ENCODING: &str = "grpc-encoding";
/// The supported codings, which are reported to a client that used another one.
pub(super) const ACCEPTED_ENCODINGS: &str = "gzip,zstd,identity";
/// The size of a message's prefix: a flag for compression, and the length.
const PREFIX_BYTES: usize = 5;

/// Reads the single message of a request, and inflates it.
pub(super) async fn read_message(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    reserved: &Reservation,
) -> Result<Bytes, RejectedRequest> {
    let encoding = encoding_of(headers)?;
    let mut chunks = BodyChunks { body, rest: Bytes::new() };
    let mut prefix = BytesMut::new();
    while prefix.len() < PREFIX_BYTES {
        let Some(chunk) = chunks.next(PREFIX_BYTES - prefix.len()).await? else {
            return Err(wrong_count("a call has one message, and this one has none"));
        };
        prefix.extend_from_slice(&chunk);
    }
    let &[compressed, l0, l1, l2, l3] = &*prefix else { unreachable!("it is read to its length") };
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    let message = match (compressed, encoding) {
        (0, _) => read_plain(&mut chunks, length, limits.inflated_bytes_max, reserved).await?,
        (1, Some(encoding)) => inflate(&mut chunks, length, encoding, limits, reserved).await?,
        (1, None) => {
            let message = "the message is compressed, and no `grpc-encoding` says how";
            return Err(refused(ErrorCode::BadRequest, message));
        }
        _ => return Err(refused(ErrorCode::BadRequest, "the message begins with a wrong flag")),
    };
    match chunks.next(1).await? {
        None => Ok(message),
        Some(_) => Err(wrong_count("a call has one message, and this one has more")),
    }
}

async fn read_plain(
    chunks: &mut BodyChunks,
    length: usize,
    bytes_max: usize,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    if bytes_max < length {
        return Err(AdmissionError::TooLarge(bytes_max));
    }
    let mut message = Collected::new(length, reserved);
    while message.len() < length {
        let chunk = chunks.next(length - message.len()).await?;
        message.push(chunk.ok_or_else(ended_early)?)?;
    }
    Ok(message.finish())
}

async fn inflate(
    chunks: &mut BodyChunks,
    length: usize,
    encoding: Encoding,
    limits: &Limits,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    if limits.body_bytes_max < length {
        return Err(AdmissionError::TooLarge(limits.body_bytes_max));
    }
    let mut inflater = Inflater::new(encoding, limits.inflated_bytes_max, reserved)?;
    let mut left = length;
    while 0 < left {
        let chunk = chunks.next(left).await?.ok_or_else(ended_early)?;
        left -= chunk.len();
        inflater.push(&chunk)?;
    }
    inflater.finish()
}

fn ended_early() -> AdmissionError {
    AdmissionError::Broken("the message is shorter than its length says".to_owned())
}

/// gRPC's specification of status codes requires `UNIMPLEMENTED` for a wrong number of messages.
fn wrong_count(message: &str) -> RejectedRequest {
    refused(ErrorCode::NotImplemented, message)
}

fn refused(code: ErrorCode, message: impl Into<String>) -> RejectedRequest {
    RejectedRequest { code, message: message.into(), spans: 0 }
}

impl From<AdmissionError> for RejectedRequest {
    fn from(error: AdmissionError) -> Self {
        Self::new(ApiError::from(error), 0)
    }
}

/// The coding of compressed messages; `None` for no compression.
fn encoding_of(headers: &HeaderMap) -> Result<Option<Encoding>, RejectedRequest> {
    let Some(value) = headers.get(GRPC_ENCODING) else { return Ok(None) };
    match value.as_bytes() {
        b"identity" => Ok(None),
        b"gzip" => Ok(Some(Encoding::Gzip)),
        b"zstd" => Ok(Some(Encoding::Zstd)),
        other => {
            let name: String = String::from_utf8_lossy(other).chars().take(40).collect();
            let message = format!("`grpc-encoding: {name}` is not supported here");
            Err(refused(ErrorCode::NotImplemented, message))
        }
    }
}

/// A body that is read in chunks of at most a given length.
struct BodyChunks {
    body: Body,
    rest: Bytes,
}

impl BodyChunks {
    /// The next chunk, of 1 to `bytes_max` bytes; `None` at the end.
    async fn next(&mut self, bytes_max: usize) -> Result<Option<Bytes>, AdmissionError> {
        while self.rest.is_empty() {
            match next_chunk(&mut self.body).await? {
                Some(chunk) => self.rest = chunk,
                None => return Ok(None),
            }
        }
        Ok(Some(self.rest.split_to(bytes_max.min(self.rest.len()))))
    }
}

/// A successful response.
pub(super) fn respond(message: &[u8]) -> Response {
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Frame::data(framed.freeze()), Frame::trailers(trailers)];
    let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], Body::new(body)).into_response()
}
