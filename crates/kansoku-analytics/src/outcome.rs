//! The outcome of a trace in lists and charts, which count each trace once.
use kansoku_model::TraceState;
use kansoku_store::ScannedTrace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Error,
    /// The trace ended well although a span failed.
    Recovered,
    InProgress,
}

impl Outcome {
    pub fn from_scanned(scanned: &ScannedTrace) -> Self {
        match scanned.state {
            TraceState::Error => Self::Error,
            TraceState::Ok if scanned.is_recovered() => Self::Recovered,
            TraceState::Ok => Self::Ok,
            TraceState::InProgress | TraceState::Unspecified => Self::InProgress,
        }
    }
}
