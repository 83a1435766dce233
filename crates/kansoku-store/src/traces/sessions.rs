//! Sessions: the values of the metadata `mlflow.trace.session`.
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::ExperimentId;

/// A search for sessions with a matching trace, sorted by the newest such trace.
#[derive(Clone, Debug)]
pub struct SessionSearch {
    pub experiment: ExperimentId,
    pub filter: Filter,
    pub max_results: usize,
    /// `next_page_token` of the previous page; the other fields must be unchanged.
    pub page_token: Option<String>,
    pub deadline: Duration,
}

impl SessionSearch {
    /// The most traces that one page scans. If few of them have a session, a page may be short or
    /// empty and still have a token.
    pub const TRACES_MAX: usize = 100_000;
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionNames {
    pub sessions: Vec<String>,
    /// Present if there may be more sessions.
    pub next_page_token: Option<String>,
}
