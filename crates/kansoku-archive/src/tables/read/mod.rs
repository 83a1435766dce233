//! Traces from rows of tables.
mod attributes;
mod columns;
mod logs;
mod origin;
mod span_rows;
mod spans;
mod traces;
mod variant;

pub use logs::read_logs;
pub use spans::read_spans;
pub use traces::{ArchivedTrace, read_traces};

use super::{Table, TableError, TraceKey};

/// The OpenTelemetry id of a row, from the hex that its attributes or its trace have.
fn otel_trace_id(
    table: Table,
    row: usize,
    key: &TraceKey,
    stored: Option<&str>,
) -> Result<Vec<u8>, TableError> {
    match stored.or_else(|| key.otel_hex()) {
        Some(hex) => from_hex(table, "trace_id", row, hex),
        None => Ok(Vec::new()),
    }
}

fn from_hex(
    table: Table,
    column: &'static str,
    row: usize,
    hex: &str,
) -> Result<Vec<u8>, TableError> {
    super::ids::from_hex(hex).ok_or_else(|| {
        let reason = "it is not hex".to_owned();
        TableError::DamagedValue { table, column, row, reason }
    })
}

/// The number of a name, or the number itself.
fn enum_number(
    table: Table,
    column: &'static str,
    row: usize,
    text: Option<&str>,
    number_of: impl Fn(&str) -> Option<i32>,
) -> Result<i32, TableError> {
    let Some(text) = text else { return Ok(0) };
    number_of(text).or_else(|| text.parse().ok()).ok_or_else(|| {
        let reason = "it is neither a name of OTLP nor a number".to_owned();
        TableError::DamagedValue { table, column, row, reason }
    })
}
