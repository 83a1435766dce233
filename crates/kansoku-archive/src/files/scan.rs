//! Decodes a whole file, to compare it with what is known about it.
use arrow_array::RecordBatch;
use futures::TryStreamExt;

use super::locator::Locator;
use super::{FileError, FileReader, RowSelector, TraceRange};

/// The encoded bytes that are decoded at once.
const WINDOW_BYTES: usize = 8 << 20;

impl FileReader {
    /// Decodes all rows, which verifies the checksums of all blocks. Returns the rows of each trace, in
    /// the order of the file, as the writer did.
    pub async fn scan(
        &self,
        mut on_rows: impl FnMut(&RecordBatch),
    ) -> Result<Vec<TraceRange>, FileError> {
        let mut locator = Locator::default();
        for window in self.windows(WINDOW_BYTES) {
            let mut first = window.first;
            let mut batches = self.read(None, RowSelector::Ranges(vec![window]), None)?;
            while let Some(batch) = batches.try_next().await? {
                locator.add(self.table(), &batch, window.row_group, first);
                // A row group has far fewer rows than `u32::MAX`.
                first += batch.num_rows() as u32;
                on_rows(&batch);
            }
        }
        Ok(locator.finish())
    }
}
