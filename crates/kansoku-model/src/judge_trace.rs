//! The names by which the traces of judges are found: each attempt of a judge is a trace itself.

/// The experiment of the traces of judges.
pub const JUDGE_EXPERIMENT: &str = "kansoku/judges";

/// The metadata of the traces of judges.
pub mod judge_key {
    pub const SCORER: &str = "kansoku.judge.scorer";
    pub const SCORER_VERSION: &str = "kansoku.judge.version";
    /// The experiment of what was judged.
    pub const EXPERIMENT: &str = "kansoku.judge.experimentId";
    /// The trace that was judged; of a session, the first one.
    pub const TRACE: &str = "kansoku.judge.traceId";
    /// It is not the metadata of sessions: the traces of judges would be a session, which judges
    /// judge.
    pub const SESSION: &str = "kansoku.judge.sessionId";
}
