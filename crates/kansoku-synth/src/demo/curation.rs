//! What people do with the traces of a demonstration, as requests to the public API: agent versions,
//! a prompt, a dataset, two evaluations, a review queue, issues, verdicts and alert rules.
mod agent_versions;
mod alerts;
mod dataset;
mod evaluation;
mod issues;
mod picked;
mod prompt;
mod request;
mod review;
mod scores;
mod trace_requests;
mod verdicts;

pub use picked::PickedTraces;
pub use request::{Answers, DemoBody, DemoRequest};

/// Where and when the requests are made.
#[derive(Clone, Debug)]
pub struct CurationSpec {
    pub experiment_id: String,
    /// Part of the prompt's name, since prompts do not belong to an experiment.
    pub experiment_name: String,
    pub now_ns: u64,
    /// Part of the ids of the evaluated traces, so that those of two demonstrations differ.
    pub key: u64,
}

/// All requests in order. Later ones refer to responses of earlier ones; see [`Answers`].
pub fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    [
        agent_versions::requests(spec, picked),
        prompt::requests(spec, picked),
        dataset::requests(spec),
        evaluation::requests(spec),
        review::requests(spec, picked),
        issues::requests(spec, picked),
        verdicts::requests(spec, picked),
        alerts::requests(spec),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A time in the form of MLflow's API.
fn timestamp(ns: u64) -> String {
    let at = jiff::Timestamp::from_millisecond((ns / 1_000_000).cast_signed());
    at.map_or_else(|_| String::new(), |at| at.to_string())
}

#[cfg(test)]
mod tests;
