//! Writes of traces: spans from ingest, trace infos, assessments, tags and links.
pub(crate) mod amounts;
pub(crate) mod assessments;
pub(crate) mod delete;
pub(crate) mod ledger;
pub(crate) mod links;
pub(crate) mod previews;
pub(crate) mod rows;
pub(crate) mod spans;
pub(crate) mod tags;
pub(crate) mod tags_and_metadata;
mod trace_writes;
pub(crate) mod traces;
