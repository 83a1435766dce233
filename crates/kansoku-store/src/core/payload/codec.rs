//! Compression of spans: zstd frames with a dictionary of common content.
//!
//! A frame's header names its dictionary, if it has one. A frame ends with zstd's checksum of its
//! content, so that damage is an error wherever the frame is read. Contexts and prepared
//! dictionaries are reused: creating them costs more than compressing a trace.
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};

use zstd::zstd_safe::{self, CCtx, CDict, CParameter, DCtx, DDict};

use crate::StoreError;
use crate::core::blobs::Blobs;
use crate::core::payload::training::Samples;

/// The zstd level at ingest; the dictionary matters more than the level.
const LEVEL: i32 = 3;
/// From this size on, in bytes, a frame uses long-distance matching, and no dictionary.
const LONG_BYTES_MIN: usize = 256 << 10;
/// The most raw bytes of a merged frame. Frames are decompressed as a whole, so this bounds the
/// cost of reading one span.
pub const FRAME_BYTES_MAX: usize = 16 << 20;
/// The window of large frames: 2^24 bytes.
const WINDOW_LOG: u32 = 24;

/// The prefix of a reference that is stored instead of a frame; zstd frames begin with other bytes.
const BLOB_REF_PREFIX: &[u8] = b"blob:";

/// Reads a stored dictionary by its id; `None` if there is none.
pub type LoadDictionary = dyn Fn(u32) -> Result<Option<Vec<u8>>, StoreError> + Send + Sync;

pub struct Codec {
    /// Loads dictionaries that are not installed, since another process may have stored them.
    load: OnceLock<Box<LoadDictionary>>,
    current: RwLock<Option<Arc<Encoder>>>,
    /// Encoders that are no longer used, kept as long as frames made with them wait for their
    /// commit.
    retired: Mutex<HashMap<u32, Weak<Encoder>>>,
    decoders: RwLock<HashMap<u32, Arc<DDict<'static>>>>,
    compressors: Mutex<Vec<CCtx<'static>>>,
    decompressors: Mutex<Vec<DCtx<'static>>>,
    pub samples: Samples,
    /// The store of frames that are too large for the database.
    pub blobs: Blobs,
    /// Ingest requests in progress: scans of payload leave CPU cores to them.
    pub ingests: AtomicUsize,
}

pub struct Encoder {
    id: u32,
    dictionary: CDict<'static>,
}

/// A frame that is not yet committed.
pub struct NewFrame {
    pub bytes: Vec<u8>,
    /// Held until the frame is committed, so that its dictionary is not deleted before.
    pub made_with: Option<Arc<Encoder>>,
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec {
    /// A codec without blobs and dictionaries.
    pub fn new() -> Self {
        Self::with_blobs(Blobs::none())
    }

    pub fn with_blobs(blobs: Blobs) -> Self {
        Self {
            load: OnceLock::new(),
            blobs,
            ingests: AtomicUsize::new(0),
            current: RwLock::default(),
            retired: Mutex::default(),
            decoders: RwLock::default(),
            compressors: Mutex::default(),
            decompressors: Mutex::default(),
            samples: Samples::default(),
        }
    }

    /// Sets the function that loads dictionaries; only the first call has an effect.
    pub fn load_with(&self, load: Box<LoadDictionary>) {
        let _ = self.load.set(load);
    }

    /// Adds a dictionary, and uses it for compression from now on.
    pub fn install(&self, id: u32, bytes: &[u8]) {
        self.install_decoder(id, bytes);
        let encoder = Encoder { id, dictionary: CDict::create(bytes, LEVEL) };
        *self.current.write().expect("installing never panics") = Some(Arc::new(encoder));
    }

    /// Adds a dictionary for decompression only.
    pub fn install_decoder(&self, id: u32, bytes: &[u8]) {
        let decoder = Arc::new(DDict::create(bytes));
        self.decoders.write().expect("installing never panics").insert(id, decoder);
    }

    /// Stops using a dictionary for compression. It remains available for decompression, because
    /// reads use a snapshot of the store from when they began.
    pub fn retire(&self, id: u32) {
        let mut current = self.current.write().expect("retiring never panics");
        if let Some(encoder) = current.take_if(|encoder| encoder.id == id) {
            let mut retired = self.retired.lock().expect("retiring never panics");
            retired.insert(id, Arc::downgrade(&encoder));
        }
    }

    /// Whether frames made with a retired dictionary may still be committed.
    pub fn is_awaited(&self, id: u32) -> bool {
        let retired = self.retired.lock().expect("looking never panics");
        retired.get(&id).is_some_and(|encoder| 0 < encoder.strong_count())
    }

    /// Drops all contexts; they are created again when needed.
    pub fn forget_contexts(&self) {
        self.compressors.lock().expect("clearing never panics").clear();
        self.decompressors.lock().expect("clearing never panics").clear();
    }

    pub fn dictionary(&self) -> Option<u32> {
        self.current.read().expect("installing never panics").as_ref().map(|encoder| encoder.id)
    }

    /// Compresses bytes that the writer itself writes before anything else can happen.
    pub fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(self.compress_ahead(bytes)?.bytes)
    }

    /// Compresses bytes that are committed later.
    pub fn compress_ahead(&self, bytes: &[u8]) -> Result<NewFrame, StoreError> {
        let mut context = pop(&self.compressors).unwrap_or_else(CCtx::create);
        let encoder = self.current.read().expect("installing never panics").clone();
        let made_with = encoder.filter(|_| can_use_dictionary(bytes.len()));
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
        let written = compress_with(&mut context, &mut frame, bytes, made_with.as_deref());
        written.map_err(|code| failed("compress spans", code))?;
        // A context with a large window takes much memory, and is not reused.
        if bytes.len() < LONG_BYTES_MIN {
            self.compressors.lock().expect("pushing never panics").push(context);
        }
        frame.shrink_to_fit();
        Ok(NewFrame { bytes: frame, made_with })
    }

    /// Decompresses a frame, or the frame in a blob if `frame` is a reference to one.
    pub fn decompress(&self, frame: &[u8]) -> Result<Vec<u8>, StoreError> {
        match blob_of(frame) {
            Some(name) => self.unpack(&self.blobs.get(&name)?),
            None => self.unpack(frame),
        }
    }

    /// Reads the frame in a blob if `frame` is a reference to one; else returns `frame`.
    pub fn frame_in_blob(&self, frame: &[u8]) -> Result<Vec<u8>, StoreError> {
        match blob_of(frame) {
            Some(name) => self.blobs.get(&name),
            None => Ok(frame.to_vec()),
        }
    }

    fn unpack(&self, frame: &[u8]) -> Result<Vec<u8>, StoreError> {
        let size = zstd_safe::get_frame_content_size(frame)
            .map_err(|_| StoreError::damaged("a frame has no size"))?;
        let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
            // Frames of this codec contain their size; others are decompressed as a stream.
            return zstd::stream::decode_all(frame).map_err(StoreError::damaged);
        };
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| StoreError::damaged("a frame claims a size"))?;
        let mut context = pop(&self.decompressors).unwrap_or_else(new_decompressor);
        let read = match dictionary_of(frame) {
            Some(id) => {
                let decoder = self.decoder(id)?;
                context.decompress_using_ddict(&mut bytes, frame, &decoder)
            }
            None => context.decompress(&mut bytes, frame),
        };
        read.map_err(|code| StoreError::damaged(zstd_safe::get_error_name(code)))?;
        self.decompressors.lock().expect("pushing never panics").push(context);
        Ok(bytes)
    }

    fn decoder(&self, id: u32) -> Result<Arc<DDict<'static>>, StoreError> {
        if let Some(known) = self.installed(id) {
            return Ok(known);
        }
        let unknown = || StoreError::damaged(format!("there is no dictionary {id}"));
        let load = self.load.get().ok_or_else(unknown)?;
        self.install_decoder(id, &load(id)?.ok_or_else(unknown)?);
        self.installed(id).ok_or_else(unknown)
    }

    fn installed(&self, id: u32) -> Option<Arc<DDict<'static>>> {
        self.decoders.read().expect("installing never panics").get(&id).cloned()
    }
}

fn compress_with(
    context: &mut CCtx<'static>,
    frame: &mut Vec<u8>,
    bytes: &[u8],
    encoder: Option<&Encoder>,
) -> Result<usize, usize> {
    let long = LONG_BYTES_MIN <= bytes.len();
    context.set_parameter(CParameter::ChecksumFlag(true))?;
    context.set_parameter(CParameter::CompressionLevel(LEVEL))?;
    context.set_parameter(CParameter::EnableLongDistanceMatching(long))?;
    context.set_parameter(CParameter::WindowLog(if long { WINDOW_LOG } else { 0 }))?;
    let Some(encoder) = encoder else { return context.compress2(frame, bytes) };
    context.ref_cdict(&encoder.dictionary)?;
    let written = context.compress2(frame, bytes);
    // The context outlives the reference to the dictionary.
    context.disable_dictionary()?;
    written
}

fn new_decompressor() -> DCtx<'static> {
    DCtx::create()
}

/// The reference to a blob, which is stored instead of its frame.
pub fn frame_of(blob: &str) -> Vec<u8> {
    [BLOB_REF_PREFIX, blob.as_bytes()].concat()
}

pub fn can_use_dictionary(raw_bytes: usize) -> bool {
    raw_bytes < LONG_BYTES_MIN
}

/// The name of the blob that a reference refers to; `None` for a frame.
fn blob_of(frame: &[u8]) -> Option<String> {
    let name = frame.strip_prefix(BLOB_REF_PREFIX)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// The id of a frame's dictionary, from the frame's header.
pub fn dictionary_of(frame: &[u8]) -> Option<u32> {
    zstd_safe::get_dict_id_from_frame(frame).map(|id| id.get())
}

/// The decompressed size of a frame in bytes, if its header contains it.
pub fn raw_bytes(frame: &[u8]) -> Option<u64> {
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
        assert!(Codec::new().decompress(&shared).unwrap_err().to_string().contains("dictionary"));
        assert!(codec.decompress(b"no frame").is_err());
    }

    #[test]
    fn an_unknown_dictionary_is_loaded_once() {
        let texts: Vec<Vec<u8>> =
            (0..400).map(|n| format!("question number {n} of many").repeat(4).into()).collect();
        let dictionary = zstd::dict::from_samples(&texts, 4096).unwrap();
        let id = zstd_safe::get_dict_id_from_dict(&dictionary).unwrap().get();
        let (writes, reads) = (Codec::new(), Codec::new());
        writes.install(id, &dictionary);
        let frame = writes.compress(&texts[0]).unwrap();
        assert_eq!(dictionary_of(&frame), Some(id));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        reads.load_with(Box::new(move |wanted| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok((wanted == id).then(|| dictionary.clone()))
        }));
        for _ in 0..3 {
            assert_eq!(reads.decompress(&frame).unwrap(), texts[0]);
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    #[test]
    fn a_flipped_bit_is_damage_and_no_other_text() {
        let codec = Codec::new();
        let texts: Vec<Vec<u8>> = (0..400)
            .map(|n| format!("question number {n} of many ").repeat(9).into_bytes())
            .collect();
        let alone = codec.compress(&texts[0]).unwrap();
        let dictionary = zstd::dict::from_samples(&texts, 4096).unwrap();
        codec.install(zstd_safe::get_dict_id_from_dict(&dictionary).unwrap().get(), &dictionary);
        for frame in [alone, codec.compress(&texts[0]).unwrap()] {
            for bit in 0..frame.len() * 8 {
                let mut flipped = frame.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                match codec.decompress(&flipped) {
                    Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "{error}"),
                    // zstd's headers have an unused bit.
                    Ok(bytes) => assert_eq!(bytes, texts[0], "bit {bit}"),
                }
            }
        }
    }
}
