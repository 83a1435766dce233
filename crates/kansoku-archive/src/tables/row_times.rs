//! The times of rows.
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{PrimitiveArray, RecordBatch};

use super::Table;

impl Table {
    /// The times of rows of this table; `None` if the batch has no such column.
    pub(crate) fn row_times(
        self,
        batch: &RecordBatch,
    ) -> Option<&PrimitiveArray<TimestampMicrosecondType>> {
        batch.column_by_name(self.time_column())?.as_primitive_opt()
    }
}
