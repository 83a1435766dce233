//! Compression of spans: zstd frames, with a dictionary of what traces have in common.
//!
//! A frame names the dictionary it was made with; one that names none was made alone. Contexts
//! and prepared dictionaries are kept: making them costs more than compressing a trace.
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, RwLock};

use zstd::zstd_safe::{self, CCtx, CDict, CParameter, DCtx, DDict};

use super::training::Samples;
use crate::StoreError;
use crate::blobs::Blobs;

/// Of what ingest compresses; the dictionary decides more than the level.
const LEVEL: i32 = 3;
/// From here on a frame looks further back than the level would, and needs no dictionary.
const LONG_BYTES_MIN: usize = 256 << 10;
/// Frames are read whole: this bounds what reading one span costs.
pub(super) const FRAME_BYTES_MAX: usize = 16 << 20;
/// 2^24: as far as a frame reaches back.
const WINDOW_LOG: u32 = 24;

/// How what stands in the place of a frame begins; zstd's own begin otherwise.
const ELSEWHERE: &[u8] = b"blob:";

pub(super) struct Codec {
    current: RwLock<Option<Arc<Encoder>>>,
    decoders: RwLock<HashMap<u32, Arc<DDict<'static>>>>,
    compressors: Mutex<Vec<CCtx<'static>>>,
    decompressors: Mutex<Vec<DCtx<'static>>>,
    pub(super) samples: Samples,
    /// Where frames are that are too large for the database.
    pub(super) blobs: Blobs,
    /// Requests that bring spans now: scans of payload leave cores to these.
    pub(super) ingests: AtomicUsize,
}

struct Encoder {
    id: u32,
    dictionary: CDict<'static>,
}

impl Codec {
    pub(super) fn new() -> Self {
        Self::with_blobs(Blobs::none())
    }

    pub(super) fn with_blobs(blobs: Blobs) -> Self {
        Self {
            blobs,
            ingests: AtomicUsize::new(0),
            current: RwLock::default(),
            decoders: RwLock::default(),
            compressors: Mutex::default(),
            decompressors: Mutex::default(),
            samples: Samples::default(),
        }
    }

    /// Makes a dictionary known, and the one that is used from now on.
    pub(super) fn install(&self, id: u32, bytes: &[u8]) {
        let decoder = Arc::new(DDict::create(bytes));
        self.decoders.write().expect("installing never panics").insert(id, decoder);
        let encoder = Encoder { id, dictionary: CDict::create(bytes, LEVEL) };
        *self.current.write().expect("installing never panics") = Some(Arc::new(encoder));
    }

    /// Contexts are made anew when they are needed.
    pub(super) fn forget_contexts(&self) {
        self.compressors.lock().expect("clearing never panics").clear();
        self.decompressors.lock().expect("clearing never panics").clear();
    }

    pub(super) fn dictionary(&self) -> Option<u32> {
        self.current.read().expect("installing never panics").as_ref().map(|encoder| encoder.id)
    }

    pub(super) fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut context = pop(&self.compressors).unwrap_or_else(CCtx::create);
        let encoder = self.current.read().expect("installing never panics").clone();
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
        let written = match encoder {
            Some(encoder) if can_use_dictionary(bytes.len()) => {
                context.compress_using_cdict(&mut frame, bytes, &encoder.dictionary)
            }
            _ => compress_alone(&mut context, &mut frame, bytes),
        };
        written.map_err(|code| failed("compress spans", code))?;
        // One that looked far back is large: it is not kept.
        if bytes.len() < LONG_BYTES_MIN {
            self.compressors.lock().expect("pushing never panics").push(context);
        }
        frame.shrink_to_fit();
        Ok(frame)
    }

    /// The bytes of a frame, which may only say which blob has them.
    pub(super) fn decompress(&self, frame: &[u8]) -> Result<Vec<u8>, StoreError> {
        if let Some(name) = frame.strip_prefix(ELSEWHERE) {
            let name = String::from_utf8_lossy(name);
            return self.unpack(&self.blobs.get(&name)?);
        }
        self.unpack(frame)
    }

    fn unpack(&self, frame: &[u8]) -> Result<Vec<u8>, StoreError> {
        let size = zstd_safe::get_frame_content_size(frame);
        let Some(size) = size.ok().flatten().and_then(|size| usize::try_from(size).ok()) else {
            // Frames of ours tell their size; others are read as a stream.
            return zstd::stream::decode_all(frame)
                .map_err(|e| StoreError::backend("decompress spans", e));
        };
        let mut context = pop(&self.decompressors).unwrap_or_else(new_decompressor);
        let mut bytes = Vec::with_capacity(size);
        let read = match zstd_safe::get_dict_id_from_frame(frame) {
            Some(id) => {
                let decoder = self.decoder(id.get())?;
                context.decompress_using_ddict(&mut bytes, frame, &decoder)
            }
            None => context.decompress(&mut bytes, frame),
        };
        read.map_err(|code| failed("decompress spans", code))?;
        self.decompressors.lock().expect("pushing never panics").push(context);
        Ok(bytes)
    }

    fn decoder(&self, id: u32) -> Result<Arc<DDict<'static>>, StoreError> {
        let decoders = self.decoders.read().expect("installing never panics");
        let unknown =
            || StoreError::backend("decompress spans", format!("dictionary {id} is gone"));
        decoders.get(&id).cloned().ok_or_else(unknown)
    }
}

fn compress_alone(
    context: &mut CCtx<'static>,
    frame: &mut Vec<u8>,
    bytes: &[u8],
) -> Result<usize, usize> {
    let long = LONG_BYTES_MIN <= bytes.len();
    context.set_parameter(CParameter::CompressionLevel(LEVEL))?;
    context.set_parameter(CParameter::EnableLongDistanceMatching(long))?;
    context.set_parameter(CParameter::WindowLog(if long { WINDOW_LOG } else { 0 }))?;
    context.compress2(frame, bytes)
}

fn new_decompressor() -> DCtx<'static> {
    DCtx::create()
}

/// Stands in the place of a frame that is kept as a blob.
pub(super) fn frame_of(blob: &str) -> Vec<u8> {
    [ELSEWHERE, blob.as_bytes()].concat()
}

pub(super) fn can_use_dictionary(raw_bytes: usize) -> bool {
    raw_bytes < LONG_BYTES_MIN
}

/// Whether a frame was made with a dictionary.
pub(super) fn has_dictionary(frame: &[u8]) -> bool {
    zstd_safe::get_dict_id_from_frame(frame).is_some()
}

/// How many bytes a frame unpacks to, where it says so.
pub(super) fn raw_bytes(frame: &[u8]) -> Option<u64> {
    zstd_safe::get_frame_content_size(frame).ok().flatten()
}

fn pop<T>(pool: &Mutex<Vec<T>>) -> Option<T> {
    pool.lock().expect("popping never panics").pop()
}

fn failed(doing: &'static str, code: usize) -> StoreError {
    StoreError::backend(doing, zstd_safe::get_error_name(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_with_and_without_a_dictionary() {
        let codec = Codec::new();
        let texts: Vec<Vec<u8>> = (0..400)
            .map(|n| {
                format!("{{\"role\": \"user\", \"content\": \"question number {n}\"}}")
                    .repeat(4)
                    .into_bytes()
            })
            .collect();
        let alone = codec.compress(&texts[0]).unwrap();
        let dictionary = zstd::dict::from_samples(&texts, 4096).unwrap();
        codec.install(zstd_safe::get_dict_id_from_dict(&dictionary).unwrap().get(), &dictionary);
        let shared = codec.compress(&texts[0]).unwrap();
        assert!(shared.len() < alone.len());
        for frame in [&alone, &shared] {
            assert_eq!(codec.decompress(frame).unwrap(), texts[0]);
            assert_eq!(raw_bytes(frame), Some(texts[0].len() as u64));
        }
        let large = texts.concat().repeat(20);
        assert_eq!(codec.decompress(&codec.compress(&large).unwrap()).unwrap(), large);
        assert!(Codec::new().decompress(&shared).unwrap_err().to_string().contains("decompress"));
        assert!(codec.decompress(b"no frame").is_err());
    }
}
