//! Training a dictionary from chunks as they come.
//!
//! A dictionary outlives the traces it was made from, so only text that several traces share may
//! go into it: nothing of it is any one user's.
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::StoreError;

const SAMPLES: usize = 1500;
/// Of each chunk the beginning is enough.
const SAMPLE_BYTES_MAX: usize = 16 << 10;
const DICTIONARY_BYTES: usize = 256 << 10;
/// Chunks until samples are taken again, where those before had too little in common.
const PASSED_OVER: u64 = 200_000;
/// Text is shared when so many samples have it.
const SHARED_BY_MIN: u8 = 8;
/// The shortest text that is looked for.
const WINDOW: usize = 12;
/// A dictionary is made anew when chunks compress so much worse than when it was new.
const WORSE_PERCENT: u64 = 140;

/// Chunks to learn from, while there is something to learn.
#[derive(Default)]
pub(super) struct Samples {
    kept: Mutex<Vec<Vec<u8>>>,
    /// Samples were taken, and a dictionary is being made of them.
    training: AtomicBool,
    /// Chunks to pass over, since those before had too little in common.
    passed_over: AtomicU64,
    /// Bytes in and out since the dictionary in use was made.
    raw: AtomicU64,
    compressed: AtomicU64,
    /// Compressed bytes for a thousand raw ones over the first samples; 0 while not known.
    first_ratio: AtomicU64,
}

impl Samples {
    /// Looks at a chunk that was compressed.
    pub(super) fn look(&self, raw: &[u8], compressed: usize, has_dictionary: bool) {
        let pass = |left: u64| left.checked_sub(1);
        let passed = self.passed_over.fetch_update(Ordering::Relaxed, Ordering::Relaxed, pass);
        if passed.is_ok()
            || self.training.load(Ordering::Relaxed)
            || (has_dictionary && !self.has_become_worse(raw.len(), compressed))
        {
            return;
        }
        let mut kept = self.kept.lock().expect("keeping never panics");
        if kept.len() < SAMPLES && 256 <= raw.len() {
            kept.push(raw[..raw.len().min(SAMPLE_BYTES_MAX)].to_vec());
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

    /// Whether chunks are looked at, or were and a dictionary is being made of them.
    pub(super) fn are_wanted(&self) -> bool {
        self.passed_over.load(Ordering::Relaxed) == 0
    }

    /// The samples, when there are enough; no more are taken until `trained`.
    pub(super) fn take(&self) -> Option<Vec<Vec<u8>>> {
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

    /// A dictionary was made, or could not be: then it is tried again much later.
    pub(super) fn trained(&self, made: bool) {
        let passed_over = if made { 0 } else { PASSED_OVER };
        self.passed_over.store(passed_over, Ordering::Relaxed);
        self.training.store(false, Ordering::Relaxed);
    }
}

/// A dictionary of what the samples share, or `None` where that is too little.
pub(super) fn train(samples: &[Vec<u8>]) -> Result<Option<Vec<u8>>, StoreError> {
    let shared = shared_text(samples);
    if shared.iter().map(Vec::len).sum::<usize>() < 8 * WINDOW * SAMPLES.min(samples.len()) {
        return Ok(None);
    }
    let dictionary = zstd::dict::from_samples(&shared, DICTIONARY_BYTES);
    Ok(Some(dictionary.map_err(|e| StoreError::backend("train a dictionary", e))?))
}

/// Each sample without what fewer than `SHARED_BY_MIN` of them have.
fn shared_text(samples: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut seen_in = Counters::new();
    for sample in samples {
        let windows: HashSet<u64> = sample.windows(WINDOW).map(xxh3_64).collect();
        windows.into_iter().for_each(|window| seen_in.add(window));
    }
    let keep = |sample: &Vec<u8>| {
        let mut shared = vec![false; sample.len()];
        for (at, window) in sample.windows(WINDOW).enumerate() {
            if SHARED_BY_MIN <= seen_in.get(xxh3_64(window)) {
                shared[at..at + WINDOW].fill(true);
            }
        }
        let kept = sample.iter().zip(shared).filter(|(_, shared)| *shared);
        kept.map(|(byte, _)| *byte).collect::<Vec<u8>>()
    };
    samples.iter().map(keep).filter(|text| !text.is_empty()).collect()
}

/// How often hashes were seen, never too low and, by two tables, rarely too high.
struct Counters {
    tables: [Vec<u8>; 2],
}

impl Counters {
    const BITS: u32 = 24;

    fn new() -> Self {
        Self { tables: [vec![0; 1 << Self::BITS], vec![0; 1 << Self::BITS]] }
    }

    fn places(hash: u64) -> [usize; 2] {
        [(hash >> (64 - Self::BITS)) as usize, (hash & ((1 << Self::BITS) - 1)) as usize]
    }

    fn add(&mut self, hash: u64) {
        for (table, place) in self.tables.iter_mut().zip(Self::places(hash)) {
            table[place] = table[place].saturating_add(1);
        }
    }

    fn get(&self, hash: u64) -> u8 {
        let [first, second] = Self::places(hash);
        self.tables[0][first].min(self.tables[1][second])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Vec<u8>> {
        let sample = |n: u32| {
            let secret: String = (0..5u32)
                .map(|i| format!("{:016x}", xxh3_64(&[n, i].map(u32::to_le_bytes).concat())))
                .collect();
            format!("You are a helpful assistant of the shop. <{secret}> Answer in one sentence. model=gpt-4o temperature=0.2 user asks about orders, {}", n % 3)
                .repeat(3)
                .into_bytes()
        };
        (0..400).map(sample).collect()
    }

    #[test]
    fn only_shared_text_is_learned() {
        let samples = samples();
        let dictionary = train(&samples).unwrap().unwrap();
        let has = |text: &[u8]| dictionary.windows(text.len()).any(|window| window == text);
        assert!(has(b"helpful assistant"));
        for sample in &samples {
            let start = sample.iter().position(|byte| *byte == b'<').unwrap() + 1;
            assert!(!has(&sample[start..start + 20]));
        }
    }

    #[test]
    fn samples_without_anything_in_common_make_no_dictionary() {
        let noise = |n: u64| {
            (0..64).flat_map(|i| xxh3_64(&(n * 1000 + i).to_le_bytes()).to_le_bytes()).collect()
        };
        let samples: Vec<Vec<u8>> = (0..100).map(noise).collect();
        assert!(train(&samples).unwrap().is_none());
    }
}
