//! Traces of some made-up applications over some days, as a demonstration shows them.
mod analyst;
mod coding;
mod judge;
mod large;
mod make;
mod model;
mod picture;
mod support;
mod texts;
mod trace;
mod traffic_pattern;

pub use make::{DemoSpec, SyntheticTrace, generate};
