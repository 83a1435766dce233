//! The columns of each table, as Databricks documents them, followed by Kansoku's own.
mod annotations;
mod logs;
mod metrics;
mod spans;
mod traces;

pub(super) use annotations::ANNOTATIONS;
pub(super) use logs::LOGS;
pub(super) use metrics::METRICS;
pub(super) use spans::SPANS;
pub(super) use traces::TRACES;

use super::definition::{Column, ColumnType};
use ColumnType::{Attributes, Date, Integer, String, Timestamp};

const RECORD_ID: Column = Column::distinct("record_id", String);
const TIME: Column = Column::distinct("time", Timestamp);
const DATE: Column = Column::new("date", Date);
const SERVICE_NAME: Column = Column::new("service_name", String);

const RESOURCE: Column = Column::new(
    "resource",
    ColumnType::Struct(&[
        Column::new("attributes", Attributes),
        Column::new("dropped_attributes_count", Integer),
    ]),
);
const RESOURCE_SCHEMA_URL: Column = Column::new("resource_schema_url", String);

const SCOPE: Column = Column::new(
    "instrumentation_scope",
    ColumnType::Struct(&[
        Column::new("name", String),
        Column::new("version", String),
        Column::new("attributes", Attributes),
        Column::new("dropped_attributes_count", Integer),
    ]),
);
