//! Files without the rows of some traces.
use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use futures::TryStreamExt;
use kansoku_model::TraceId;
use kansoku_store::{ArchiveFile, QueuedChange, QueuedTrace};
use object_store::path::Path;

use super::ArchiveError;
use super::batch_writer::{BatchTarget, Times, archive_file};
use super::locator;
use crate::files::{FileReader, FileWriter, RowSelector};
use crate::tables::{Table, TraceColumn};

/// The files to rewrite, each with the traces that leave it.
pub(super) type Removals = BTreeMap<String, (ArchiveFile, BTreeSet<TraceId>)>;

/// Finds the rows that a batch replaces or erases.
pub(super) async fn find_removals(
    target: &BatchTarget,
    traces: &[QueuedTrace],
) -> Result<Removals, ArchiveError> {
    let mut removals = Removals::new();
    if traces.iter().all(|trace| trace.archived_in.is_none()) {
        return Ok(removals);
    }
    for file in target.catalog.archive_files(target.experiment).await? {
        let candidates = candidates(&file, traces);
        if candidates.is_empty() {
            continue;
        }
        let locator = target.catalog.file_locator(&file.path).await?;
        let leaving = locator::among(&locator, candidates);
        let leaving: BTreeSet<_> = leaving.into_iter().cloned().collect();
        if !leaving.is_empty() {
            removals.insert(file.path.clone(), (file, leaving));
        }
    }
    Ok(removals)
}

/// The traces that may have rows in a file and are replaced or erased there.
fn candidates<'a>(file: &ArchiveFile, traces: &'a [QueuedTrace]) -> Vec<&'a TraceId> {
    let Some(table) = Table::from_suffix(&file.table) else { return Vec::new() };
    let has_info = matches!(table, Table::Annotations | Table::Traces);
    let leaves = |trace: &&QueuedTrace| has_info || trace.change != QueuedChange::Info;
    let batches = file.first_batch..=file.last_batch;
    let is_here = |trace: &&QueuedTrace| {
        let batch = trace.archived_in.map(|it| if has_info { it.info } else { it.spans });
        batch.is_some_and(|batch| batches.contains(&batch))
    };
    let here = traces.iter().filter(leaves).filter(is_here);
    here.map(|trace| &trace.trace_id).collect()
}

/// Writes a file anew without the rows of some traces; `None` if no rows are left.
pub(super) async fn rewrite(
    target: &BatchTarget,
    file: &ArchiveFile,
    leaving: &BTreeSet<TraceId>,
    number: usize,
) -> Result<Option<ArchiveFile>, ArchiveError> {
    let Some(table) = Table::from_suffix(&file.table) else { return Ok(None) };
    let path = Path::from(file.path.as_str());
    let reader = FileReader::open(target.store.clone(), path, file.bytes, table).await?;
    reader.verify_footer(file.footer_checksum).await?;
    let mut batches = reader.read(None, RowSelector::All, None)?;
    let mut writer: Option<FileWriter> = None;
    while let Some(batch) = batches.try_next().await? {
        let kept = without(table, &batch, leaving);
        if kept.num_rows() == 0 {
            continue;
        }
        if writer.is_none() {
            writer = Some(target.create(table, number).await?);
        }
        if let Some(writer) = &mut writer {
            writer.append(&kept).await?;
        }
    }
    let Some(writer) = writer else { return Ok(None) };
    let written = writer.finish().await?;
    let times = Times { min: file.min_time, max: file.max_time };
    Ok(Some(archive_file(table, written, (file.first_batch, file.last_batch), times)))
}

/// The rows that are not of these traces.
fn without(table: Table, batch: &RecordBatch, leaving: &BTreeSet<TraceId>) -> RecordBatch {
    let Some(traces) = TraceColumn::new(table, batch) else { return batch.clone() };
    let stays = |row: usize| {
        let trace = traces.decode(traces.text(row));
        trace.is_none_or(|trace| !leaving.contains(&trace))
    };
    let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(stays(row))).collect();
    filter_record_batch(batch, &mask).expect("the mask has a value for each row")
}
