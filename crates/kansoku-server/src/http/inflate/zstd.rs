//! Inflating zstd.
use std::io::{self, Write};

use ::zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

use super::capped::Capped;

/// Inflates zstd, whose frames need a window in memory: at most what every decoder must support,
/// and charged like the body.
pub(super) struct ZstdInflater {
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

    pub(super) fn new(output: Capped) -> io::Result<Self> {
        let mut decoder = ZstdDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(Self::WINDOW_LOG))?;
        let buffer = vec![0; Self::BUFFER_BYTES];
        Ok(Self { decoder, output, buffer, window_bytes: 0, ended: true })
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
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

    pub(super) fn finish(self) -> io::Result<Capped> {
        if self.ended { Ok(self.output) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// The window of a zstd frame according to its header, in bytes (RFC 8878, section 3.1.1.1);
/// `usize::MAX` if the header is incomplete.
pub(in crate::http) fn window_bytes(frame: &[u8]) -> usize {
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
