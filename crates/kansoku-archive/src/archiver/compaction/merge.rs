//! Merges sorted files into one.
//!
//! One decoded batch of each file is in memory. Rows are copied, never changed, and those of a trace
//! stay together.
use std::collections::BTreeSet;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_select::interleave::interleave_record_batch;
use kansoku_store::ArchiveFile;

use super::input::{Input, RunKey};
use super::{Merge, Pace};
use crate::archiver::ArchiveError;
use crate::archiver::batch_writer::{BatchTarget, Times, archive_file};
use crate::files::{FileError, FileWriter};

/// Rows that are written at once, so that the copy is small.
const ROWS_AT_ONCE: usize = 1024;

/// Writes the rows of all files to a new one; `None` if it was told to stop.
pub(super) async fn merge(
    target: &BatchTarget,
    merge: &Merge,
    pace: &mut Pace,
) -> Result<Option<ArchiveFile>, ArchiveError> {
    let Merge { table, files, .. } = merge;
    let mut inputs = Vec::new();
    for file in files {
        inputs.push(Input::open(target.store.clone(), file, *table).await?);
    }
    let mut writer = target.create(*table, 0).await?;
    let path = writer.path().to_string();
    let other_columns =
        |reason| FileError::OtherColumns { table: *table, path: path.as_str().into(), reason };
    match copy(&mut inputs, &mut writer, pace, other_columns).await {
        Ok(true) => {}
        ended => {
            // The name is in the catalog, so that whatever is left of it is deleted.
            if let Err(error) = writer.abort().await {
                tracing::debug!(%error, "a file that is not needed could not be given up");
            }
            return ended.map(|_| None);
        }
    }
    let written = writer.finish().await?;
    let (rows, found) = (files.iter().map(|file| file.rows).sum(), written.rows);
    if found != rows {
        return Err(ArchiveError::OtherRows { path, rows, found });
    }
    let first_batch = files.iter().map(|file| file.first_batch).min().unwrap_or(target.number);
    let last_batch = files.iter().map(|file| file.last_batch).max().unwrap_or(target.number);
    let min = files.iter().map(|file| file.min_time).min().unwrap_or_default();
    let max = files.iter().map(|file| file.max_time).max().unwrap_or_default();
    Ok(Some(archive_file(*table, written, (first_batch, last_batch), Times { min, max })))
}

/// Copies all rows. Returns whether it came to the end.
async fn copy(
    inputs: &mut [Input],
    writer: &mut FileWriter,
    pace: &mut Pace,
    other_columns: impl Fn(String) -> FileError,
) -> Result<bool, ArchiveError> {
    let mut order: BTreeSet<(RunKey, usize)> = BTreeSet::new();
    for (at, input) in inputs.iter_mut().enumerate() {
        if input.next_batch().await? {
            order.insert((input.key().clone(), at));
        }
    }
    let mut gathered = Gathered::default();
    while let Some((key, at)) = order.pop_first() {
        gathered.push(at, inputs[at].run());
        let has_next = inputs[at].next_run();
        if !has_next || ROWS_AT_ONCE <= gathered.rows {
            // Before a batch is replaced, its rows are written.
            if let Some(batch) = gathered.take(inputs, &other_columns)? {
                writer.append(&batch).await?;
            }
            if !pace.rest().await {
                return Ok(false);
            }
        }
        if has_next || inputs[at].next_batch().await? {
            let next = inputs[at].key();
            // A run that goes on in the next batch stays together.
            let next = if next.trace == key.trace { key } else { next.clone() };
            order.insert((next, at));
        }
    }
    Ok(true)
}

/// Rows of the batches of the inputs, in the order in which they are written.
#[derive(Default)]
struct Gathered {
    ranges: Vec<(usize, Range<usize>)>,
    rows: usize,
}

impl Gathered {
    fn push(&mut self, input: usize, rows: Range<usize>) {
        self.rows += rows.len();
        match self.ranges.last_mut() {
            Some((last, range)) if *last == input && range.end == rows.start => {
                range.end = rows.end;
            }
            _ => self.ranges.push((input, rows)),
        }
    }

    /// The rows as one batch, which are then forgotten.
    fn take(
        &mut self,
        inputs: &[Input],
        other_columns: impl Fn(String) -> FileError,
    ) -> Result<Option<RecordBatch>, FileError> {
        let Self { ranges, rows: _ } = std::mem::take(self);
        // Files that do not overlap are copied without looking at each row.
        if let [(input, rows)] = &ranges[..] {
            return Ok(inputs[*input].batch().map(|it| it.slice(rows.start, rows.len())));
        }
        let mut batches: Vec<&RecordBatch> = Vec::new();
        let mut places = vec![0; inputs.len()];
        for (place, input) in places.iter_mut().zip(inputs) {
            *place = batches.len();
            batches.extend(input.batch());
        }
        let rows = ranges.into_iter().flat_map(|(input, rows)| {
            let place = places[input];
            rows.map(move |row| (place, row))
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let batch = interleave_record_batch(&batches, &rows);
        batch.map(Some).map_err(|error| other_columns(error.to_string()))
    }
}
