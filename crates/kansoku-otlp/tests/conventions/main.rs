//! Tests all conventions with what real packages sent: the fixtures in
//! `conformance/fixtures/dialects`.
mod fixture;
mod normalized_spans;
mod parity;
mod table;
mod totals;
mod traces;
mod windows;
