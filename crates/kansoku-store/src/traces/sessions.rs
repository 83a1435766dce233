//! Which sessions there are: the texts that traces have as `mlflow.trace.session`.
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::ExperimentId;

/// Sessions that have a trace the filter keeps, by the newest such trace.
#[derive(Clone, Debug)]
pub struct SessionSearch {
    pub experiment: ExperimentId,
    pub filter: Filter,
    pub max_results: usize,
    /// From the previous page; the rest of the search must be as it was.
    pub page_token: Option<String>,
    pub deadline: Duration,
}

impl SessionSearch {
    /// The number of traces that one page scans at most. Where few of them have a session, a page
    /// may be short or empty and still have a token.
    pub const TRACES_MAX: usize = 100_000;
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionNames {
    pub sessions: Vec<String>,
    /// Present where there may be more.
    pub next_page_token: Option<String>,
}
