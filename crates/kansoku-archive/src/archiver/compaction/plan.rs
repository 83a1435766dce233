//! Chooses the files to merge: those of one table and one UTC day.
//!
//! While a day is open, files are merged with others of about their size, so that a row is written
//! again a few times only, and not with each batch. The files of a closed day become few large ones.
//! Nothing is stored about it: the sizes of the files say what is to be done.
use std::collections::BTreeMap;

use kansoku_model::TimestampMs;
use kansoku_store::ArchiveFile;

use crate::archiver::batch_writer::{DAY_MS, day};
use crate::tables::Table;

/// Traces of a day arrive until this long after its end.
const CLOSED_AFTER_MS: i64 = 2 * 3_600_000;
/// The largest files of an open and of a closed day.
const OPEN_BYTES_MAX: u64 = 128 << 20;
const CLOSED_BYTES_MAX: u64 = 256 << 20;
/// The number of files with which merging them is worth while.
const FILES_MIN: usize = 8;
/// Fewer files of a closed day are merged if the largest has at most this many times the bytes of the
/// others.
const CLOSED_RATIO: u64 = 4;
/// A tier has files of up to this size, times a power of the factor.
const FIRST_TIER_BYTES: u64 = 64 << 10;
const TIER_FACTOR: u64 = 4;
/// The memory for the rows of all files that are read at once, and for those of one of them: a small
/// one is decoded as a whole.
const MEMORY_BYTES: u64 = 24 << 20;
const FILE_MEMORY_BYTES_MAX: u64 = 4 << 20;
const DECODED_RATIO: u64 = 16;

/// Files that become one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::archiver) struct Merge {
    pub(super) table: Table,
    /// The UTC day of the traces, counted from 1970.
    pub(super) day: i64,
    /// In the order of their times.
    pub(super) files: Vec<ArchiveFile>,
}

impl Merge {
    pub(super) fn bytes(&self) -> u64 {
        bytes(&self.files)
    }
}

/// The merges of an experiment's files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::archiver) struct Plan {
    /// At most one of each table and day; others may follow when it is done.
    pub(super) merges: Vec<Merge>,
    /// The files that wait to be merged, now or later.
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// When the next day closes that has files.
    pub(super) closes: Option<TimestampMs>,
}

pub(in crate::archiver) fn plan(files: Vec<ArchiveFile>, now: TimestampMs) -> Plan {
    let mut groups: BTreeMap<(&str, i64), Vec<ArchiveFile>> = BTreeMap::new();
    for file in files {
        let Some(table) = Table::from_suffix(&file.table) else { continue };
        groups.entry((table.suffix(), day(file.min_time))).or_default().push(file);
    }
    let mut plan = Plan::default();
    for ((suffix, day), mut files) in groups {
        files.sort_by(|a, b| (a.min_time, &a.path).cmp(&(b.min_time, &b.path)));
        let closes = day.saturating_add(1).saturating_mul(DAY_MS).saturating_add(CLOSED_AFTER_MS);
        let (waiting, bytes_max) = match now.0 < closes {
            true => {
                plan.closes = plan.closes.into_iter().chain([TimestampMs(closes)]).min();
                (waiting_of_open_day(files), OPEN_BYTES_MAX)
            }
            false => (waiting_of_closed_day(files), CLOSED_BYTES_MAX),
        };
        let files = cheapest_window(&waiting, bytes_max);
        if let Some(table) = Table::from_suffix(suffix)
            && 1 < files.len()
        {
            plan.merges.push(Merge { table, day, files: files.to_vec() });
            plan.files += waiting.len() as u64;
            plan.bytes += bytes(&waiting);
        }
    }
    plan.merges.sort_by_key(Merge::bytes);
    plan
}

/// The files of the smallest tier that has enough of them.
fn waiting_of_open_day(files: Vec<ArchiveFile>) -> Vec<ArchiveFile> {
    let mut tiers: BTreeMap<u32, Vec<ArchiveFile>> = BTreeMap::new();
    // Two of larger ones would already be more than a file may have, or nearly so.
    for file in files.into_iter().filter(|file| file.bytes < OPEN_BYTES_MAX / TIER_FACTOR) {
        let tier = (file.bytes / FIRST_TIER_BYTES).checked_ilog(TIER_FACTOR).map_or(0, |it| it + 1);
        tiers.entry(tier).or_default().push(file);
    }
    tiers.into_values().find(|files| FILES_MIN <= files.len()).unwrap_or_default()
}

/// The files that are less than half full, if they are many, or one is not much larger than the rest.
fn waiting_of_closed_day(mut files: Vec<ArchiveFile>) -> Vec<ArchiveFile> {
    files.retain(|file| file.bytes < CLOSED_BYTES_MAX / 2);
    let largest = files.iter().map(|file| file.bytes).max().unwrap_or(0);
    let is_worth_while = FILES_MIN <= files.len()
        || largest <= (bytes(&files) - largest).saturating_mul(CLOSED_RATIO);
    if is_worth_while { files } else { Vec::new() }
}

/// Adjacent files that fit into one file and into memory, and have the fewest bytes for each file that
/// a merge saves. Merging small ones first writes each row less often, and neighbours keep the range
/// of times narrow.
fn cheapest_window(files: &[ArchiveFile], bytes_max: u64) -> &[ArchiveFile] {
    let windows = (0..files.len()).map(|first| {
        let (mut bytes, mut memory) = (0, 0);
        let fits = |file: &&ArchiveFile| {
            bytes += file.bytes;
            memory += FILE_MEMORY_BYTES_MAX.min(file.bytes.saturating_mul(DECODED_RATIO));
            bytes <= bytes_max && memory <= MEMORY_BYTES
        };
        let length = files[first..].iter().take_while(fits).count();
        &files[first..first + length]
    });
    let windows = windows.filter(|window| 1 < window.len());
    windows.min_by_key(|window| bytes(window) / (window.len() as u64 - 1)).unwrap_or(&[])
}

fn bytes(files: &[ArchiveFile]) -> u64 {
    files.iter().map(|file| file.bytes).sum()
}

#[cfg(test)]
mod tests;
