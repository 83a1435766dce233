//! The columns of the table of traces that a read needs.
use kansoku_filter::Tested;
use kansoku_model::metadata_key;
use kansoku_store::ScanProjection;

/// Columns that every read needs, or that cost next to nothing.
const ALWAYS: [&str; 11] = [
    "trace_id",
    "client_request_id",
    "request_time",
    "state",
    "execution_duration_ms",
    "experiment_id",
    "trace_name",
    "span_count",
    "error_count",
    "spans_bytes",
    "logs_bytes",
];

/// Parts of a trace's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) tags: bool,
    pub(crate) sessions_and_users: bool,
    pub(crate) metadata: bool,
    pub(crate) totals: bool,
    pub(crate) runs: bool,
    pub(crate) assessments: bool,
    pub(crate) spans: bool,
    pub(crate) previews: bool,
    pub(crate) batch: bool,
}

impl Columns {
    pub(crate) const ALL: Self = Self {
        tags: true,
        sessions_and_users: true,
        metadata: true,
        totals: true,
        runs: true,
        assessments: true,
        spans: true,
        previews: true,
        batch: true,
    };

    /// The columns that a filter and an order test.
    pub(crate) fn tested(tested: &Tested) -> Self {
        let is_narrow =
            |key: &String| matches!(key.as_str(), metadata_key::SESSION | metadata_key::USER);
        let is_total =
            |key: &String| matches!(key.as_str(), metadata_key::TOKEN_USAGE | metadata_key::COST);
        Self {
            tags: tested.tags,
            sessions_and_users: tested.metadata.iter().any(is_narrow),
            metadata: !tested.metadata.iter().all(is_narrow),
            totals: tested.metadata.iter().any(is_total),
            runs: tested.runs,
            assessments: tested.assessments,
            spans: tested.spans,
            previews: false,
            batch: false,
        }
    }

    /// The columns that a scan reads for the visitor.
    pub(crate) fn projected(projection: &ScanProjection) -> Self {
        let places = projection.version || projection.environment;
        Self {
            tags: places || !projection.tags.is_empty(),
            sessions_and_users: true,
            // The totals of a trace are those of its metadata, if a client set them.
            metadata: true,
            totals: true,
            runs: false,
            assessments: projection.assessments,
            spans: projection.spans || projection.error || !projection.numbers.is_empty(),
            previews: projection.previews || projection.inputs,
            batch: false,
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            tags: self.tags || other.tags,
            sessions_and_users: self.sessions_and_users || other.sessions_and_users,
            metadata: self.metadata || other.metadata,
            totals: self.totals || other.totals,
            runs: self.runs || other.runs,
            assessments: self.assessments || other.assessments,
            spans: self.spans || other.spans,
            previews: self.previews || other.previews,
            batch: self.batch || other.batch,
        }
    }

    /// The names of the columns; `None` for all.
    pub(super) fn names(self) -> Option<Vec<&'static str>> {
        if self == Self::ALL {
            return None;
        }
        let mut names = ALWAYS.to_vec();
        let mut add = |is_read: bool, more: &[&'static str]| {
            names.extend(more.iter().filter(|_| is_read));
        };
        add(self.tags, &["tags"]);
        add(self.sessions_and_users && !self.metadata, &["session_id", "user_id"]);
        add(self.metadata, &["trace_metadata"]);
        add(self.totals, &["input_tokens", "output_tokens", "total_tokens"]);
        add(self.totals, &["input_cost", "output_cost", "total_cost"]);
        add(self.runs, &["run_ids"]);
        add(self.assessments, &["assessments"]);
        add(self.spans, &["span_rows"]);
        add(self.previews, &["request", "response"]);
        add(self.batch, &["batch"]);
        Some(names)
    }
}
