//! Evaluations: the cases of runs with their scores, and comparisons of several runs.
//!
//! [`case`] collects the cases of a run from a scan, [`summary`] sums up one run, [`order`] sorts
//! and filters its cases. [`align`] finds the cases of several runs with equal inputs, [`compare`]
//! counts what was won and lost and tests whether it is significant, and [`rows`] chooses the rows
//! that are shown.
pub mod align;
pub mod case;
pub mod compare;
pub mod order;
mod paired;
pub mod rows;
pub mod scale;
pub mod summary;

#[cfg(test)]
mod build;

pub use paired::{Interval, IntervalMethod, TestName};
