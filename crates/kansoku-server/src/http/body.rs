//! Request bodies, read and decompressed within limits.
use std::time::Duration;

use axum::{body::Body, http::HeaderMap};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::{
    admission_error::AdmissionError,
    body_budget::{BudgetExceeded, Reservation},
    inflate::{Encoding, Inflater, encoding_of, without_spare_room},
};
use crate::Limits;

/// How much of a body is drained after it was rejected for lack of memory, and for how long. A
/// client that is still writing would not read the response otherwise. Bodies of unauthenticated
/// requests are not drained.
const DRAINED_BYTES_MAX: usize = 64 << 20;
const DRAINED_FOR: Duration = Duration::from_secs(10);
/// A client that sends nothing for this long is considered gone, and its body is dropped.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Reads the whole body, inflated according to `Content-Encoding`.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    mut body: Body,
    limits: &Limits,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    let encoding = encoding_of(headers)?;
    let read = match encoding {
        None => read_plain(&mut body, limits.body_bytes_max, reserved).await,
        Some(encoding) => inflate(&mut body, encoding, limits, reserved).await,
    };
    if matches!(read, Err(AdmissionError::BudgetExceeded(_))) {
        let _ = timeout(DRAINED_FOR, drain(&mut body)).await;
    }
    read
}

async fn inflate(
    body: &mut Body,
    encoding: Encoding,
    limits: &Limits,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    let mut inflater = Inflater::new(encoding, limits.inflated_bytes_max, reserved)?;
    let mut left = limits.body_bytes_max;
    while let Some(chunk) = next_chunk(body).await? {
        left =
            left.checked_sub(chunk.len()).ok_or(AdmissionError::TooLarge(limits.body_bytes_max))?;
        inflater.push(&chunk)?;
    }
    inflater.finish()
}

async fn read_plain(
    body: &mut Body,
    bytes_max: usize,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    // A body is rejected by its announced length before it arrives.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if bytes_max < announced {
        return Err(AdmissionError::TooLarge(bytes_max));
    }
    let Some(first) = next_chunk(body).await? else { return Ok(Bytes::new()) };
    if bytes_max < first.len() {
        return Err(AdmissionError::TooLarge(bytes_max));
    }
    reserved.grow_to(first.len())?;
    let Some(second) = next_chunk(body).await? else { return Ok(first) };
    let mut whole = Collected::new(announced, reserved);
    whole.push(first)?;
    let mut next = Some(second);
    while let Some(chunk) = next {
        if bytes_max - whole.len() < chunk.len() {
            return Err(AdmissionError::TooLarge(bytes_max));
        }
        whole.push(chunk)?;
        next = next_chunk(body).await?;
    }
    Ok(whole.finish())
}

/// Collects chunks into one buffer. Memory is reserved as they arrive, so an announced length costs
/// nothing before it is sent. A single chunk is not copied.
pub(crate) struct Collected<'r> {
    first: Bytes,
    whole: Vec<u8>,
    announced: usize,
    reserved: &'r Reservation,
}

impl<'r> Collected<'r> {
    pub(crate) fn new(announced: usize, reserved: &'r Reservation) -> Self {
        Self { first: Bytes::new(), whole: Vec::new(), announced, reserved }
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.whole.len()
    }

    pub(crate) fn push(&mut self, chunk: Bytes) -> Result<(), BudgetExceeded> {
        let bytes = self.len() + chunk.len();
        self.reserved.grow_to(bytes)?;
        if self.len() == 0 {
            self.first = chunk;
            return Ok(());
        }
        make_room(&mut self.whole, bytes, self.announced);
        self.whole.extend_from_slice(&std::mem::take(&mut self.first));
        self.whole.extend_from_slice(&chunk);
        Ok(())
    }

    pub(crate) fn finish(self) -> Bytes {
        if self.whole.is_empty() { self.first } else { without_spare_room(self.whole) }
    }
}

/// Makes room for `bytes`; doubles the capacity until the announced length is reached.
fn make_room(whole: &mut Vec<u8>, bytes: usize, announced: usize) {
    if whole.capacity() < bytes {
        let doubled = bytes.saturating_mul(2);
        let capacity = if bytes <= announced { doubled.min(announced) } else { doubled };
        whole.reserve_exact(capacity - whole.len());
    }
}

/// Reads and discards the rest of a body.
async fn drain(body: &mut Body) {
    let mut left = DRAINED_BYTES_MAX;
    while let Ok(Some(chunk)) = next_chunk(body).await {
        let Some(rest) = left.checked_sub(chunk.len()) else { return };
        left = rest;
    }
}

pub(crate) async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, AdmissionError> {
    while let Some(frame) = timeout(SILENCE_MAX, body.frame()).await.map_err(|_| silent())? {
        let frame = frame.map_err(|error| AdmissionError::Broken(error.to_string()))?;
        if let Ok(chunk) = frame.into_data() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

fn silent() -> AdmissionError {
    AdmissionError::Broken(format!("nothing came for {} s", SILENCE_MAX.as_secs()))
}

#[cfg(test)]
mod tests;
