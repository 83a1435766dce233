//! Realistic traces of several synthetic applications over several days.
mod analyst;
mod coding;
mod curation;
mod judge;
mod large;
mod make;
mod model;
mod picture;
mod support;
mod texts;
mod trace;
mod traffic_pattern;

pub use curation::{Answers, CurationSpec, DemoBody, DemoRequest, PickedTraces, requests};
pub use make::{DemoSpec, SyntheticTrace, generate};
