//! Request bodies, read and decompressed within limits.
//!
//! A compressed body is inflated while it arrives, so a decompression bomb takes no more memory
//! than the limit.
use std::{
    io::{self, Write},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body::Body as _;
use http_body_util::BodyExt;
use kansoku_model::{Coded, ErrorCode};
use tokio::time::timeout;
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

use super::body_budget::{BudgetExceeded, Reservation};
use crate::Limits;

/// How much of a body is drained after it was rejected for lack of memory, and for how long. A
/// client that is still writing would not read the response otherwise. Bodies of unauthenticated
/// requests are not drained.
const DRAINED_BYTES_MAX: usize = 64 << 20;
const DRAINED_FOR: Duration = Duration::from_secs(10);
/// A client that sends nothing for this long is considered gone, and its body is dropped.
const SILENCE_MAX: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmissionError {
    #[error("the body is larger than {0} bytes; send less at once")]
    TooLarge(usize),
    #[error("the body is larger than {0} bytes once inflated; send less at once")]
    TooLargeInflated(usize),
    #[error("Unsupported Content-Encoding: {0}")]
    UnknownEncoding(String),
    #[error("Failed to decompress {0} payload")]
    Corrupt(&'static str),
    #[error("the body ended early: {0}")]
    Broken(String),
    #[error("the body is larger than {0} bytes, the most JSON that is read here (`json_mib_max`)")]
    TooLargeJson(usize),
    #[error(transparent)]
    BudgetExceeded(#[from] BudgetExceeded),
}

impl Coded for AdmissionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge(_) | Self::TooLargeInflated(_) | Self::TooLargeJson(_) => {
                ErrorCode::RequestTooLarge
            }
            Self::UnknownEncoding(_) | Self::Corrupt(_) | Self::Broken(_) => ErrorCode::BadRequest,
            Self::BudgetExceeded(_) => ErrorCode::ResourceExhausted,
        }
    }
}

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

/// Frees the spare capacity if there is much of it.
fn without_spare_room(mut whole: Vec<u8>) -> Bytes {
    const SPARE_BYTES_MAX: usize = 1 << 20;
    if SPARE_BYTES_MAX < whole.capacity() - whole.len() {
        whole.shrink_to_fit();
    }
    whole.into()
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

#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Gzip,
    Deflate,
    Zstd,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }
}

fn encoding_of(headers: &HeaderMap) -> Result<Option<Encoding>, AdmissionError> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(None) };
    let name = String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase();
    match name.as_str() {
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Encoding::Gzip)),
        "deflate" => Ok(Some(Encoding::Deflate)),
        "zstd" => Ok(Some(Encoding::Zstd)),
        _ => Err(AdmissionError::UnknownEncoding(name.chars().take(40).collect())),
    }
}

/// Inflates chunks as they arrive. `deflate` means zlib or, from some clients, raw deflate.
pub(crate) struct Inflater<'r> {
    encoding: Encoding,
    bytes_max: usize,
    reserved: &'r Reservation,
    decoder: Decoder,
}

enum Decoder {
    /// The kind of `deflate` is recognized by the first two bytes.
    Undecided(Vec<u8>),
    Gzip(MultiGzDecoder<Capped>),
    Zlib(ZlibDecoder<Capped>),
    Raw(DeflateDecoder<Capped>),
    Zstd(Box<ZstdInflater>),
}

impl<'r> Inflater<'r> {
    pub(crate) fn new(
        encoding: Encoding,
        bytes_max: usize,
        reserved: &'r Reservation,
    ) -> Result<Self, AdmissionError> {
        let output = Capped::new(bytes_max, reserved);
        let decoder = match encoding {
            Encoding::Gzip => Decoder::Gzip(MultiGzDecoder::new(output)),
            Encoding::Deflate => Decoder::Undecided(Vec::new()),
            Encoding::Zstd => Decoder::Zstd(Box::new(
                ZstdInflater::new(output).map_err(|_| AdmissionError::Corrupt("zstd"))?,
            )),
        };
        Ok(Self { encoding, bytes_max, reserved, decoder })
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), AdmissionError> {
        let written = match &mut self.decoder {
            Decoder::Undecided(start) => {
                start.extend_from_slice(chunk);
                if start.len() < 2 {
                    return Ok(());
                }
                let start = std::mem::take(start);
                self.decide(&start);
                return self.push(&start);
            }
            Decoder::Gzip(decoder) => decoder.write_all(chunk),
            Decoder::Zlib(decoder) => decoder.write_all(chunk),
            Decoder::Raw(decoder) => decoder.write_all(chunk),
            Decoder::Zstd(inflater) => inflater.push(chunk),
        };
        written.map_err(|error| admission_error(&error, self.encoding.name(), self.bytes_max))
    }

    fn decide(&mut self, start: &[u8]) {
        let is_zlib = matches!(start, [first, second, ..]
            if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
        let output = Capped::new(self.bytes_max, self.reserved);
        self.decoder = if is_zlib {
            Decoder::Zlib(ZlibDecoder::new(output))
        } else {
            Decoder::Raw(DeflateDecoder::new(output))
        };
    }

    pub(crate) fn finish(self) -> Result<Bytes, AdmissionError> {
        let name = self.encoding.name();
        let output = match self.decoder {
            Decoder::Undecided(start) if start.is_empty() => return Ok(Bytes::new()),
            Decoder::Undecided(_) => return Err(AdmissionError::Corrupt(name)),
            Decoder::Gzip(decoder) => decoder.finish(),
            Decoder::Zlib(decoder) => decoder.finish(),
            Decoder::Raw(decoder) => decoder.finish(),
            Decoder::Zstd(inflater) => inflater.finish(),
        };
        match output {
            Ok(output) => Ok(without_spare_room(output.bytes)),
            Err(error) => Err(admission_error(&error, name, self.bytes_max)),
        }
    }
}

fn admission_error(error: &io::Error, encoding: &'static str, bytes_max: usize) -> AdmissionError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => AdmissionError::TooLargeInflated(bytes_max),
        io::ErrorKind::OutOfMemory => BudgetExceeded.into(),
        _ => AdmissionError::Corrupt(encoding),
    }
}

/// Inflates zstd, whose frames need a window in memory: at most what every decoder must support,
/// and charged like the body.
struct ZstdInflater {
    decoder: ZstdDecoder<'static>,
    output: Capped,
    buffer: Vec<u8>,
    /// The largest window of the frames so far, in bytes.
    window_bytes: usize,
    /// Whether the last frame is complete. A body may have several frames, and must not end inside
    /// one.
    ended: bool,
}

impl ZstdInflater {
    /// log₂ of the window that RFC 8878 (section 3.1.1.1.2) recommends every decoder to support. A
    /// larger limit would let a frame of a few bytes take 128 MiB.
    const WINDOW_LOG: u32 = 23;
    const BUFFER_BYTES: usize = 64 << 10;

    fn new(output: Capped) -> io::Result<Self> {
        let mut decoder = ZstdDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(Self::WINDOW_LOG))?;
        let buffer = vec![0; Self::BUFFER_BYTES];
        Ok(Self { decoder, output, buffer, window_bytes: 0, ended: true })
    }

    fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(chunk);
        let mut more = false;
        while more || input.pos() < chunk.len() {
            if self.ended {
                self.decoder.reinit()?;
                self.charge_window(&chunk[input.pos()..])?;
            }
            let mut output = OutBuffer::around(self.buffer.as_mut_slice());
            self.ended = self.decoder.run(&mut input, &mut output)? == 0;
            self.output.write_all(output.as_slice())?;
            // If the buffer is full, the decoder may have more output for the input that it has
            // read.
            more = !self.ended && output.pos() == output.capacity();
        }
        Ok(())
    }

    fn charge_window(&mut self, frame: &[u8]) -> io::Result<()> {
        let bytes = window_bytes(frame).min(1 << Self::WINDOW_LOG);
        if self.window_bytes < bytes {
            self.window_bytes = bytes;
            self.output.beside_bytes = bytes;
            self.output.reserve(self.output.bytes.len())?;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Capped> {
        if self.ended { Ok(self.output) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// The window of a zstd frame according to its header, in bytes (RFC 8878, section 3.1.1.1);
/// `usize::MAX` if the header is incomplete.
fn window_bytes(frame: &[u8]) -> usize {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    const IS_SINGLE_SEGMENT: u8 = 1 << 5;
    let Some((&descriptor, rest)) = frame.strip_prefix(&MAGIC).and_then(<[u8]>::split_first) else {
        return usize::MAX;
    };
    if descriptor & IS_SINGLE_SEGMENT == 0 {
        let Some(window) = rest.first() else { return usize::MAX };
        let base = 1_usize << (10 + (window >> 3)).min(40);
        return base + base / 8 * usize::from(window & 7);
    }
    // The window is the whole content; its size is after the dictionary id.
    let id_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size_bytes = 1 << (descriptor >> 6);
    let Some(size) = rest.get(id_bytes..id_bytes + size_bytes) else { return usize::MAX };
    let size = size.iter().rev().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
    let offset = if size_bytes == 2 { 256 } else { 0 };
    usize::try_from(size.saturating_add(offset)).unwrap_or(usize::MAX)
}

/// Output that fails once it exceeds a limit, or there is no memory for it.
struct Capped {
    bytes: Vec<u8>,
    /// Memory of the decoder itself, in bytes.
    beside_bytes: usize,
    bytes_max: usize,
    reserved: Reservation,
}

impl Capped {
    fn new(bytes_max: usize, reserved: &Reservation) -> Self {
        Self { bytes: Vec::new(), beside_bytes: 0, bytes_max, reserved: reserved.clone() }
    }

    fn reserve(&self, bytes: usize) -> io::Result<()> {
        let reserved = self.reserved.grow_to(bytes + self.beside_bytes);
        reserved.map_err(|BudgetExceeded| io::ErrorKind::OutOfMemory.into())
    }
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes_max - self.bytes.len() < chunk.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.reserve(self.bytes.len() + chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
