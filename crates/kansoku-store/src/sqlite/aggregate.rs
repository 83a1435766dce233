//! Metrics of traces, spans and assessments: rows read narrowly, aggregated in Rust.
mod column;
mod groups;
mod python_json;
mod rows;

use rusqlite::Connection;

use crate::{DataPoint, MetricsQuery, StoreError};
use groups::Groups;

pub(super) fn query(db: &Connection, query: &MetricsQuery) -> Result<Vec<DataPoint>, StoreError> {
    let mut groups = Groups::new(query);
    rows::scan(db, query, None, &mut groups)?;
    Ok(groups.finish(query))
}
