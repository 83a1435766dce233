//! What may come in, and how large: bodies are read and inflated under caps.
//!
//! A compressed body is inflated while it arrives, so a bomb costs no more than
//! the cap, and never its claimed size.
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

use crate::{
    Limits,
    bodies::{Full, Reservation},
};

/// Of a refused body so much is still read, for so long: a client that is writing does not hear.
const DRAINED_BYTES_MAX: usize = 64 << 20;
const DRAINED_FOR: Duration = Duration::from_secs(10);
/// Who sends nothing for so long has gone, and what it sent until then is let go.
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
    #[error(transparent)]
    Full(#[from] Full),
}

impl Coded for AdmissionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge(_) | Self::TooLargeInflated(_) => ErrorCode::RequestTooLarge,
            Self::UnknownEncoding(_) | Self::Corrupt(_) | Self::Broken(_) => ErrorCode::BadRequest,
            Self::Full(_) => ErrorCode::ResourceExhausted,
        }
    }
}

/// The whole body, inflated where `Content-Encoding` says so.
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
    if matches!(read, Err(AdmissionError::Full(_))) {
        let _ = timeout(DRAINED_FOR, drain(&mut body)).await;
    }
    read
}

pub(crate) async fn inflate(
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

pub(crate) async fn read_plain(
    body: &mut Body,
    bytes_max: usize,
    reserved: &Reservation,
) -> Result<Bytes, AdmissionError> {
    // What is announced is refused before it is sent.
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
    let mut whole = Vec::with_capacity(announced.max((first.len() + second.len()) * 2));
    whole.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if bytes_max - whole.len() < chunk.len() {
            return Err(AdmissionError::TooLarge(bytes_max));
        }
        reserved.grow_to(whole.len() + chunk.len())?;
        whole.extend_from_slice(&chunk);
        next = next_chunk(body).await?;
    }
    Ok(whole.into())
}

/// Reads on without keeping anything.
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

/// Inflates as bytes arrive. `deflate` means zlib or, from some clients, no wrapper at all.
struct Inflater<'r> {
    encoding: Encoding,
    bytes_max: usize,
    reserved: &'r Reservation,
    decoder: Decoder,
}

enum Decoder {
    /// Which kind of deflate shows in the first two bytes.
    Undecided(Vec<u8>),
    Gzip(MultiGzDecoder<Capped>),
    Zlib(ZlibDecoder<Capped>),
    Raw(DeflateDecoder<Capped>),
    Zstd(Box<ZstdInflater>),
}

impl<'r> Inflater<'r> {
    fn new(
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

    fn push(&mut self, chunk: &[u8]) -> Result<(), AdmissionError> {
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
        written.map_err(|error| refusal(&error, self.encoding.name(), self.bytes_max))
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

    fn finish(self) -> Result<Bytes, AdmissionError> {
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
            Ok(output) => Ok(output.bytes.into()),
            Err(error) => Err(refusal(&error, name, self.bytes_max)),
        }
    }
}

fn refusal(error: &io::Error, encoding: &'static str, bytes_max: usize) -> AdmissionError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => AdmissionError::TooLargeInflated(bytes_max),
        io::ErrorKind::OutOfMemory => Full.into(),
        _ => AdmissionError::Corrupt(encoding),
    }
}

/// zstd, whose frames ask for memory of their own: no more of it than the cap, and at least
/// what every reader must have.
struct ZstdInflater {
    decoder: ZstdDecoder<'static>,
    output: Capped,
    buffer: Vec<u8>,
    /// Between two frames; a body may have several, and must not end inside one.
    ended: bool,
}

impl ZstdInflater {
    /// log₂ of the least window a reader must support, and of the largest zstd allows by itself.
    const WINDOW_LOG: (u32, u32) = (23, 27);
    const BUFFER_BYTES: usize = 64 << 10;

    fn new(output: Capped) -> io::Result<Self> {
        let (least, most) = Self::WINDOW_LOG;
        let window_log = output.bytes_max.checked_ilog2().unwrap_or(0).clamp(least, most);
        let mut decoder = ZstdDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(window_log))?;
        let buffer = vec![0; Self::BUFFER_BYTES];
        Ok(Self { decoder, output, buffer, ended: true })
    }

    fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(chunk);
        let mut more = false;
        while more || input.pos() < chunk.len() {
            if self.ended {
                self.decoder.reinit()?;
            }
            let mut output = OutBuffer::around(self.buffer.as_mut_slice());
            self.ended = self.decoder.run(&mut input, &mut output)? == 0;
            self.output.write_all(output.as_slice())?;
            // A full buffer may hide that there is more to come of what was read already.
            more = !self.ended && output.pos() == output.capacity();
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Capped> {
        if self.ended { Ok(self.output) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Takes bytes until its cap, or as long as there is memory for them; then fails.
struct Capped {
    bytes: Vec<u8>,
    bytes_max: usize,
    reserved: Reservation,
}

impl Capped {
    fn new(bytes_max: usize, reserved: &Reservation) -> Self {
        Self { bytes: Vec::new(), bytes_max, reserved: reserved.clone() }
    }
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes_max - self.bytes.len() < chunk.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let bytes = self.bytes.len() + chunk.len();
        self.reserved.grow_to(bytes).map_err(|Full| io::ErrorKind::OutOfMemory)?;
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
