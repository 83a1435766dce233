//! Definitions of tables: their columns, and those by which files are pruned.
use super::columns;

/// How attributes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// As `MAP<STRING, STRING>`, which every reader knows.
    V1,
    /// As `VARIANT`, as Databricks stores them.
    V2,
}

impl Layout {
    /// The value of the table property `otel.schemaVersion`.
    pub fn schema_version(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// A table of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    Spans,
    Logs,
    Annotations,
    /// Always empty: Databricks adopts a set of tables only if it is complete.
    Metrics,
    /// One row per trace.
    Traces,
}

impl Table {
    /// In the order in which the tables of a batch are committed: the row of a trace comes last, so
    /// that a reader who finds it also finds its spans.
    pub const ALL: [Self; 5] =
        [Self::Spans, Self::Logs, Self::Annotations, Self::Metrics, Self::Traces];

    /// The table's name after `<prefix>_`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Spans => "otel_spans",
            Self::Logs => "otel_logs",
            Self::Annotations => "otel_annotations",
            Self::Metrics => "otel_metrics",
            Self::Traces => "traces",
        }
    }

    /// The table whose name ends so.
    pub fn from_suffix(suffix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.suffix() == suffix)
    }

    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Spans => columns::SPANS,
            Self::Logs => columns::LOGS,
            Self::Annotations => columns::ANNOTATIONS,
            Self::Metrics => columns::METRICS,
            Self::Traces => columns::TRACES,
        }
    }

    /// The top-level columns with statistics, in files and in Delta's log. Payload has none, so that
    /// no person's words get into the log.
    pub fn statistics(self) -> &'static [&'static str] {
        match self {
            Self::Spans => &["time", "date", "service_name", "start_time_unix_nano"],
            Self::Logs => &["time", "date", "service_name", "time_unix_nano"],
            Self::Annotations => &["created_at", "updated_at"],
            Self::Metrics => &["time", "date", "service_name"],
            Self::Traces => &["request_time", "state", "experiment_id"],
        }
    }

    /// The columns of `CLUSTER BY` in Databricks' definition of the table.
    pub fn clustering(self) -> &'static [&'static str] {
        match self {
            Self::Spans => &["time", "service_name", "trace_id"],
            Self::Logs | Self::Metrics => &["time", "service_name"],
            Self::Annotations => &[],
            Self::Traces => &["request_time"],
        }
    }

    /// The column that contains the trace of a row; see [`TraceKey`](super::TraceKey).
    pub fn trace_column(self) -> Option<&'static str> {
        match self {
            Self::Spans | Self::Logs | Self::Traces => Some("trace_id"),
            Self::Annotations => Some("target_id"),
            Self::Metrics => None,
        }
    }

    /// The column with the time of a row, of type `Timestamp`.
    pub(super) fn time_column(self) -> &'static str {
        match self {
            Self::Spans | Self::Logs | Self::Metrics => "time",
            Self::Annotations => "created_at",
            Self::Traces => "request_time",
        }
    }

    /// Whether the values of the trace column are exactly the traces. Those of annotations may
    /// contain a span, too, so a Bloom filter of them would not find a trace.
    pub fn has_bloom_filter(self) -> bool {
        matches!(self, Self::Spans | Self::Logs | Self::Traces)
    }

    /// The properties of the table in Delta's log.
    pub fn properties(self, layout: Layout) -> Vec<(&'static str, String)> {
        vec![
            ("otel.schemaVersion", layout.schema_version().to_owned()),
            ("delta.checkpointPolicy", "classic".to_owned()),
            ("delta.parquet.compression.codec", "zstd".to_owned()),
            ("delta.dataSkippingStatsColumns", self.statistics().join(",")),
        ]
    }
}

/// A column of a table or a field of a struct. All are nullable, as in Databricks' tables.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    pub column_type: ColumnType,
    /// Whether nearly all its values differ, so that a dictionary of them would only cost time.
    pub(crate) is_distinct: bool,
}

impl Column {
    pub(crate) const fn new(name: &'static str, column_type: ColumnType) -> Self {
        Self { name, column_type, is_distinct: false }
    }

    pub(crate) const fn distinct(name: &'static str, column_type: ColumnType) -> Self {
        Self { name, column_type, is_distinct: true }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum ColumnType {
    String,
    Integer,
    Long,
    Double,
    Boolean,
    Date,
    /// Microseconds in UTC.
    Timestamp,
    /// Attributes of OTLP: `VARIANT`, or `MAP<STRING, STRING>` in layout v1.
    Attributes,
    /// One value of OTLP: `VARIANT`, or `STRING` in layout v1.
    Value,
    /// `MAP<STRING, STRING>` in every layout.
    StringMap,
    Struct(&'static [Column]),
    List(&'static ColumnType),
}
