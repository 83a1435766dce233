//! Decompression of request bodies, chunk by chunk and within limits.
//!
//! A body is inflated while it arrives, so a decompression bomb takes no more memory than the limit.
use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use self::{capped::Capped, zstd::ZstdInflater};
use super::{
    admission_error::AdmissionError,
    body_budget::{BudgetExceeded, Reservation},
};

mod capped;
mod zstd;
#[cfg(test)]
pub(super) use zstd::window_bytes;

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

pub(super) fn encoding_of(headers: &HeaderMap) -> Result<Option<Encoding>, AdmissionError> {
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

/// Frees the spare capacity if there is much of it.
pub(super) fn without_spare_room(mut whole: Vec<u8>) -> Bytes {
    const SPARE_BYTES_MAX: usize = 1 << 20;
    if SPARE_BYTES_MAX < whole.capacity() - whole.len() {
        whole.shrink_to_fit();
    }
    whole.into()
}
