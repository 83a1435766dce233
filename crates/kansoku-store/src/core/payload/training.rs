//! Training of dictionaries from chunks as they arrive.
//!
//! The text in a dictionary is in effect part of every frame that was compressed with it. A
//! dictionary therefore contains only text that traces of several owners share, and no words that
//! look like personal data. It is retired when a trace that it was trained on is deleted
//! (`renewal`).
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kansoku_model::TraceId;
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::xxh3_64;

use crate::StoreError;
use crate::core::payload::personal::{self, Personal};

pub const SAMPLES: usize = 1500;
/// Only the beginning of each chunk is sampled, up to this many bytes.
pub const SAMPLE_BYTES_MAX: usize = 16 << 10;
const DICTIONARY_BYTES: usize = 256 << 10;
/// After a failed training, this many chunks are skipped before samples are taken again.
const PASSED_OVER: u64 = 200_000;
/// Text counts as shared if samples of this many owners have it.
const SHARED_BY_MIN: u8 = 8;
/// The most samples of one owner, so that no single owner decides what is common.
const SAMPLES_OF_OWNER_MAX: usize = 16;
/// The length of the shortest text that is compared, in bytes.
const WINDOW: usize = 12;
/// Replaces each byte of a word with digits or `@`. The text around it keeps its distance, as in
/// the chunks to be compressed, which costs these little.
const FILLER: u8 = b'#';
/// A new dictionary is trained when the compressed size, relative to the raw size, exceeds this
/// percentage of that of the first chunks after the last training.
const WORSE_PERCENT: u64 = 140;

/// The beginning of a chunk, and the trace it belongs to.
pub struct Sample {
    pub trace: TraceId,
    pub bytes: Vec<u8>,
}

/// A sample and its owner: the trace's user, else its session, else the trace.
pub struct OwnedSample {
    pub owner: String,
    pub bytes: Vec<u8>,
}

/// Chunks to train from, collected while a (better) dictionary is needed.
#[derive(Default)]
pub struct Samples {
    kept: Mutex<Vec<Sample>>,
    /// Whether a dictionary is being trained from samples that were taken.
    training: AtomicBool,
    /// The number of chunks that are still to be skipped after a failed training.
    passed_over: AtomicU64,
    /// Bytes before and after compression since the current dictionary was trained.
    raw: AtomicU64,
    compressed: AtomicU64,
    /// Compressed bytes per thousand raw bytes in the first measurement; 0 before that.
    first_ratio: AtomicU64,
}

impl Samples {
    /// Considers a compressed chunk, and keeps a sample of it if one is needed and `trace` is
    /// given.
    pub fn look(
        &self,
        trace: Option<&TraceId>,
        raw: &[u8],
        compressed: usize,
        has_dictionary: bool,
    ) {
        let pass = |left: u64| left.checked_sub(1);
        let passed = self.passed_over.fetch_update(Ordering::Relaxed, Ordering::Relaxed, pass);
        if passed.is_ok()
            || self.training.load(Ordering::Relaxed)
            || (has_dictionary && !self.has_become_worse(raw.len(), compressed))
        {
            return;
        }
        let Some(trace) = trace else { return };
        let mut kept = self.kept.lock().expect("keeping never panics");
        if kept.len() < SAMPLES && 256 <= raw.len() {
            let bytes = raw[..raw.len().min(SAMPLE_BYTES_MAX)].to_vec();
            kept.push(Sample { trace: trace.clone(), bytes });
        }
    }

    fn has_become_worse(&self, raw: usize, compressed: usize) -> bool {
        const MEASURED_BYTES: u64 = 64 << 20;
        let raw = self.raw.fetch_add(raw as u64, Ordering::Relaxed) + raw as u64;
        let compressed =
            self.compressed.fetch_add(compressed as u64, Ordering::Relaxed) + compressed as u64;
        let first = self.first_ratio.load(Ordering::Relaxed);
        if raw < MEASURED_BYTES {
            return false;
        }
        let ratio = compressed * 1000 / raw;
        if first == 0 {
            self.first_ratio.store(ratio, Ordering::Relaxed);
        }
        let worse = first != 0 && first * WORSE_PERCENT / 100 < ratio;
        if !worse {
            self.raw.store(0, Ordering::Relaxed);
            self.compressed.store(0, Ordering::Relaxed);
        }
        worse
    }

    /// Whether chunks are considered, or were and a dictionary is being trained from them.
    pub fn are_wanted(&self) -> bool {
        self.passed_over.load(Ordering::Relaxed) == 0
    }

    /// The samples, if there are enough; no more are collected until `trained` is called.
    pub fn take(&self) -> Option<Vec<Sample>> {
        let mut kept = self.kept.lock().expect("keeping never panics");
        if kept.len() < SAMPLES {
            return None;
        }
        self.training.store(true, Ordering::Relaxed);
        for counter in [&self.raw, &self.compressed, &self.first_ratio] {
            counter.store(0, Ordering::Relaxed);
        }
        Some(std::mem::take(&mut *kept))
    }

    /// Ends a training. If it failed (`made` is false), the next one is attempted much later.
    pub fn trained(&self, made: bool) {
        let passed_over = if made { 0 } else { PASSED_OVER };
        self.passed_over.store(passed_over, Ordering::Relaxed);
        self.training.store(false, Ordering::Relaxed);
    }
}

/// Trains a dictionary of text that the samples share; `None` if there is too little. Frees the
/// samples on the way, because training needs most of the memory of a small server.
pub fn train(samples: Vec<OwnedSample>) -> Result<Option<Vec<u8>>, StoreError> {
    let count = samples.len();
    let SharedText { bytes, lengths } = shared_text(samples);
    if bytes.len() < 8 * WINDOW * SAMPLES.min(count).max(1) {
        return Ok(None);
    }
    match zstd::dict::from_continuous(&bytes, &lengths, DICTIONARY_BYTES) {
        Ok(dictionary) => Ok(Some(dictionary)),
        // zstd's error for samples that are too few or too short.
        Err(error) => {
            tracing::debug!(%error, samples = lengths.len(), "no dictionary can be trained");
            Ok(None)
        }
    }
}

/// What is left of the samples, one after the other.
#[derive(Default)]
struct SharedText {
    bytes: Vec<u8>,
    lengths: Vec<usize>,
}

/// Each sample without text that fewer than [`SHARED_BY_MIN`] owners have, and without what looks
/// personal.
fn shared_text(samples: Vec<OwnedSample>) -> SharedText {
    let mut by_owner: BTreeMap<String, Vec<Masked>> = BTreeMap::new();
    for sample in samples {
        let of_owner = by_owner.entry(sample.owner).or_default();
        if of_owner.len() < SAMPLES_OF_OWNER_MAX {
            of_owner.push(Masked::new(sample.bytes));
        }
    }
    let owners: Vec<Vec<Masked>> = by_owner.into_values().collect();
    let shared = shared_windows(&owners);
    let mut text = SharedText::default();
    for kept in owners.into_iter().flatten().map(|sample| sample.keep(&shared)) {
        if !kept.is_empty() {
            text.bytes.extend_from_slice(&kept);
            text.lengths.push(kept.len());
        }
    }
    text
}

/// The hashes of windows that occur in samples of enough owners, with their numbers.
fn shared_windows(owners: &[Vec<Masked>]) -> FxHashMap<u64, u8> {
    let of_owner =
        |samples: &[Masked]| samples.iter().flat_map(Masked::windows).collect::<FxHashSet<u64>>();
    // Most windows occur with one owner only, and are too many for an exact count of each.
    let mut seen_in = Counters::new();
    for samples in owners {
        of_owner(samples).into_iter().for_each(|window| seen_in.add(window));
    }
    let mut owners_of: FxHashMap<u64, u8> = FxHashMap::default();
    for samples in owners {
        for window in of_owner(samples) {
            if SHARED_BY_MIN <= seen_in.get(window) {
                let count = owners_of.entry(window).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    owners_of.retain(|_, owners| SHARED_BY_MIN <= *owners);
    owners_of
}

/// A sample with numbers masked, and flags for the bytes of personal values.
struct Masked {
    bytes: Vec<u8>,
    /// One bit for each byte.
    values: Vec<u8>,
}

impl Masked {
    fn new(mut bytes: Vec<u8>) -> Self {
        let mut personal = personal::find(&bytes);
        // A protobuf key or length byte may look like a digit.
        kansoku_otlp::each_frame(&bytes, |frame| {
            let frame = personal[frame].iter_mut();
            frame.filter(|is| **is == Personal::Number).for_each(|is| *is = Personal::No);
        });
        let numbers = bytes.iter_mut().zip(&personal).filter(|(_, is)| **is == Personal::Number);
        numbers.for_each(|(byte, _)| *byte = FILLER);
        let bits = |bytes: &[Personal]| {
            let bits = bytes.iter().zip(0..).filter(|(is, _)| **is == Personal::Value);
            bits.fold(0, |bits, (_, place)| bits | 1 << place)
        };
        let values = personal.chunks(8).map(bits).collect();
        Self { bytes, values }
    }

    fn is_value(&self, at: usize) -> bool {
        self.values[at / 8] >> (at % 8) & 1 == 1
    }

    /// The hashes of its windows without personal data.
    fn windows(&self) -> impl Iterator<Item = u64> {
        self.places().map(|at| self.hash(at))
    }

    /// The offsets of windows without any byte of a personal value, and with at most half of their
    /// bytes masked.
    fn places(&self) -> impl Iterator<Item = usize> {
        let is_filler = |at: usize| usize::from(self.bytes[at] == FILLER);
        let (mut clean, mut fillers) = (0, 0);
        (0..self.bytes.len()).filter_map(move |last| {
            clean = if self.is_value(last) { 0 } else { clean + 1 };
            fillers += is_filler(last);
            fillers -= last.checked_sub(WINDOW).map_or(0, is_filler);
            (WINDOW <= clean && fillers <= WINDOW / 2).then(|| last + 1 - WINDOW)
        })
    }

    fn hash(&self, at: usize) -> u64 {
        xxh3_64(&self.bytes[at..at + WINDOW])
    }

    fn keep(self, shared: &FxHashMap<u64, u8>) -> Vec<u8> {
        let mut kept = vec![false; self.bytes.len()];
        for at in self.places().filter(|at| shared.contains_key(&self.hash(*at))) {
            kept[at..at + WINDOW].fill(true);
        }
        let kept = self.bytes.iter().zip(kept).filter(|(_, kept)| *kept);
        kept.map(|(byte, _)| *byte).collect()
    }
}

/// Approximate counts of hashes, up to [`Counters::MAX`]: never too low and, because of two tables,
/// rarely too high. A byte has two of them.
struct Counters {
    tables: [Vec<u8>; 2],
}

const _: () = assert!(SHARED_BY_MIN <= Counters::MAX);

impl Counters {
    const BITS: u32 = 22;
    const MAX: u8 = 15;

    fn new() -> Self {
        Self { tables: [vec![0; 1 << (Self::BITS - 1)], vec![0; 1 << (Self::BITS - 1)]] }
    }

    fn places(hash: u64) -> [usize; 2] {
        [(hash >> (64 - Self::BITS)) as usize, (hash & ((1 << Self::BITS) - 1)) as usize]
    }

    fn add(&mut self, hash: u64) {
        for (table, place) in self.tables.iter_mut().zip(Self::places(hash)) {
            if Self::count_at(table, place) < Self::MAX {
                table[place / 2] += 1 << (place % 2 * 4);
            }
        }
    }

    fn get(&self, hash: u64) -> u8 {
        let [first, second] = Self::places(hash);
        Self::count_at(&self.tables[0], first).min(Self::count_at(&self.tables[1], second))
    }

    fn count_at(table: &[u8], place: usize) -> u8 {
        table[place / 2] >> (place % 2 * 4) & Self::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train_for_owners(owners: usize, samples: &[Vec<u8>]) -> Option<Vec<u8>> {
        let owned = samples.iter().enumerate();
        let owned = owned.map(|(n, bytes)| OwnedSample {
            owner: format!("{}", n % owners),
            bytes: bytes.clone(),
        });
        train(owned.collect()).unwrap()
    }

    fn has(dictionary: &[u8], text: &str) -> bool {
        dictionary.windows(text.len()).any(|window| window == text.as_bytes())
    }

    const PROMPT: &str = "You are a helpful assistant of the shop, and answer in one sentence. ";

    /// Samples that share a prompt, each with a text of its own.
    fn samples(own: impl Fn(u64) -> String) -> Vec<Vec<u8>> {
        let tail = |n: u64| format!("temperature and others; it is about orders, {}", n % 3);
        let sample = |n| format!("{PROMPT}{}{}", own(n), tail(n)).repeat(3).into_bytes();
        (0..400).map(sample).collect()
    }

    #[test]
    fn only_shared_text_is_learned() {
        let letter = |hash: u64, at: u64| char::from(b'a' + ((hash >> (at * 3)) % 26) as u8);
        let secret = |n: u64| {
            let hash = xxh3_64(&n.to_le_bytes());
            (0..20).map(|at| letter(hash, at)).collect::<String>()
        };
        let dictionary = train_for_owners(400, &samples(secret)).unwrap();
        assert!(has(&dictionary, "helpful assistant"));
        for n in 0..400 {
            assert!(!has(&dictionary, &secret(n)), "sample {n}");
        }
    }

    #[test]
    fn text_that_one_owner_repeats_is_not_learned() {
        let crush = "the crush on a colleague whose desk is by the window";
        let own = |n: u64| if n % 40 < 7 { crush.to_owned() } else { String::new() };
        // Seven of 40 owners have the text, in ten samples each.
        let dictionary = train_for_owners(40, &samples(own)).unwrap();
        assert!(has(&dictionary, "helpful assistant"));
        for words in crush.split(' ').collect::<Vec<_>>().windows(2) {
            assert!(!has(&dictionary, &words.join(" ")), "{words:?}");
        }
        let own = |n: u64| if n % 40 < 8 { crush.to_owned() } else { String::new() };
        assert!(has(&train_for_owners(40, &samples(own)).unwrap(), "desk is by the"));
    }

    #[test]
    fn what_looks_personal_is_not_learned_though_all_share_it() {
        let own = |_| {
            r#"{"customer": "Wilhelmina Ottoline", "plan": "the usual one, as before"} call
               +49-170-5550199 or ask wilhelmina@example.org, flat B12Q-Leinpfadweg. "#
                .to_owned()
        };
        let dictionary = train_for_owners(400, &samples(own)).unwrap();
        assert!(has(&dictionary, "the usual one, as before"));
        for personal in ["Wilhelmina", "wilhelmina", "5550199", "example.org", "Leinpfadweg"] {
            assert!(!has(&dictionary, personal), "{personal}");
        }
    }

    #[test]
    fn keys_of_protobuf_that_look_like_digits_are_learned() {
        let sample = |n: u64| {
            let json = format!(
                r#"{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{{
                    "traceId": "{:032x}", "spanId": "{:016x}", "name": "retrieve the documents",
                    "kind": 1, "startTimeUnixNano": "1", "endTimeUnixNano": "2",
                    "attributes": [{{"key": "parameters of it", "value": {{"kvlistValue": {{"values": [
                        {{"key": "the question that was asked", "value": {{"stringValue": "{n}"}}}}
                    ]}}}}}}]
                }}]}}]}}]}}"#,
                n + 1,
                n + 1
            );
            let data = kansoku_otlp::decode_json(json.as_bytes()).unwrap();
            kansoku_otlp::split(data).traces.remove(0).otlp.repeat(3)
        };
        let dictionary = train_for_owners(400, &(0..400).map(sample).collect::<Vec<_>>()).unwrap();
        // The protobuf key of `kvlist_value` is the character `2`.
        assert!(has(&dictionary, "parameters of it\u{12}"));
        let after = dictionary.windows(16).position(|w| w == b"parameters of it").unwrap() + 16;
        assert_eq!(dictionary[after + 2], b'2', "{:?}", &dictionary[after..after + 6]);
    }

    #[test]
    fn hashes_are_counted_apart_up_to_a_maximum() {
        let mut counters = Counters::new();
        // The last bit of both places differs.
        let (even, odd) = (0, 1 << (64 - Counters::BITS) | 1);
        for count in 1..20 {
            counters.add(even);
            assert_eq!((counters.get(even), counters.get(odd)), (count.min(15), 0));
        }
        counters.add(odd);
        assert_eq!((counters.get(even), counters.get(odd)), (15, 1));
    }

    #[test]
    fn samples_without_anything_in_common_make_no_dictionary() {
        let noise = |n: u64| {
            (0..64).flat_map(|i| xxh3_64(&(n * 1000 + i).to_le_bytes()).to_le_bytes()).collect()
        };
        let noise: Vec<Vec<u8>> = (0..100).map(noise).collect();
        assert!(train_for_owners(100, &noise).is_none());
        assert!(train_for_owners(7, &samples(|_| String::new())).is_none(), "too few owners");
        assert!(train_for_owners(1, &[]).is_none());
    }
}
