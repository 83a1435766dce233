//! Checksums of the blocks of a file, which are in its footer.
//!
//! Parquet's own checksums of pages are optional, and the library writes none. Without any, a damaged
//! page may be decoded to wrong values, or never come to an end.
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::BoxFuture;
use object_store::buffered::BufWriter;
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// A read of any byte reads its whole block.
const BLOCK_BYTES: u64 = 64 << 10;

/// The entry of the footer: the checksums of the blocks before the footer, and where the last ends.
const KEY: &str = "kansoku.checksums";

/// The checksums of the bytes that were written so far.
#[derive(Default)]
pub(super) struct BlockHasher {
    sums: Vec<u32>,
    block: Xxh3,
    bytes: u64,
    /// The bytes after [`BlockHasher::footer_entry`].
    footer: Option<Xxh3>,
}

impl BlockHasher {
    fn update(&mut self, mut bytes: &[u8]) {
        if let Some(footer) = &mut self.footer {
            return footer.update(bytes);
        }
        while !bytes.is_empty() {
            let room = (BLOCK_BYTES - self.bytes % BLOCK_BYTES) as usize;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.block.update(now);
            self.bytes += now.len() as u64;
            if self.bytes.is_multiple_of(BLOCK_BYTES) {
                self.end_block();
            }
            bytes = later;
        }
    }

    fn end_block(&mut self) {
        self.sums.push(self.block.digest() as u32);
        self.block.reset();
    }

    /// The entry for the footer, which follows the bytes that were written so far.
    pub(super) fn footer_entry(&mut self) -> KeyValue {
        self.footer = Some(Xxh3::new());
        let last = (!self.bytes.is_multiple_of(BLOCK_BYTES)).then(|| self.block.digest() as u32);
        let sums = self.sums.iter().copied().chain(last).flat_map(u32::to_le_bytes);
        let bytes: Vec<u8> = self.bytes.to_le_bytes().into_iter().chain(sums).collect();
        KeyValue::new(KEY.to_owned(), STANDARD.encode(bytes))
    }

    /// The checksum of the bytes after the last block.
    pub(super) fn footer_checksum(&self) -> u64 {
        self.footer.as_ref().map_or(0, Xxh3::digest)
    }
}

/// Computes the checksums of everything that passes to the store.
pub(super) struct HashingWriter {
    pub(super) inner: BufWriter,
    pub(super) hasher: Arc<Mutex<BlockHasher>>,
}

impl AsyncFileWriter for HashingWriter {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<()>> {
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).update(&bytes);
        AsyncFileWriter::write(&mut self.inner, bytes)
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<()>> {
        AsyncFileWriter::complete(&mut self.inner)
    }
}

/// The checksums of a file that is read.
#[derive(Debug)]
pub(super) struct Checksums {
    sums: Vec<u32>,
    /// The bytes that have checksums.
    bytes: u64,
}

impl Checksums {
    /// `None` if the file has none, because another program wrote it.
    pub(super) fn from_metadata(metadata: &ParquetMetaData) -> Option<Self> {
        let entries = metadata.file_metadata().key_value_metadata()?;
        let text = entries.iter().find(|entry| entry.key == KEY)?.value.as_ref()?;
        let decoded = STANDARD.decode(text).ok()?;
        let (bytes, sums) = decoded.split_first_chunk()?;
        let (sums, []) = sums.as_chunks() else { return None };
        let sums = sums.iter().map(|sum| u32::from_le_bytes(*sum)).collect();
        Some(Self { sums, bytes: u64::from_le_bytes(*bytes) })
    }

    /// The bytes after the last block, of a file with `bytes`.
    pub(super) fn footer(&self, bytes: u64) -> Range<u64> {
        self.bytes.min(bytes)..bytes
    }

    /// The whole blocks that contain a range; a range beyond them stays as it is.
    pub(super) fn blocks(&self, range: &Range<u64>) -> Range<u64> {
        if self.bytes < range.end || range.is_empty() {
            return range.clone();
        }
        let start = range.start / BLOCK_BYTES * BLOCK_BYTES;
        start..range.end.next_multiple_of(BLOCK_BYTES).min(self.bytes)
    }

    /// The bytes of `range` out of those of its blocks. Fails if a block is damaged.
    pub(super) fn verify(&self, range: &Range<u64>, blocks: Bytes) -> Result<Bytes> {
        if self.bytes < range.end || range.is_empty() {
            return Ok(blocks);
        }
        let start = range.start / BLOCK_BYTES;
        for (number, block) in (start..).zip(blocks.chunks(BLOCK_BYTES as usize)) {
            let sum = usize::try_from(number).ok().and_then(|number| self.sums.get(number));
            if sum != Some(&(xxh3_64(block) as u32)) {
                let at = number * BLOCK_BYTES;
                return Err(ParquetError::General(format!("the block at byte {at} was changed")));
            }
        }
        let first = (range.start - start * BLOCK_BYTES) as usize;
        let length = (range.end - range.start) as usize;
        match blocks.get(first..first + length) {
            Some(_) => Ok(blocks.slice(first..first + length)),
            None => Err(ParquetError::EOF("the file is too short".to_owned())),
        }
    }
}
