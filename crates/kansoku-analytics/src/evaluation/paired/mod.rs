//! Statistical tests of paired differences: the same cases in two runs.
mod adjust;
mod bootstrap;
mod mcnemar;
mod wilcoxon;

use serde::Serialize;

pub use bootstrap::{Interval, IntervalMethod};

pub(super) use adjust::benjamini_hochberg;
pub(super) use bootstrap::mean_interval;
pub(super) use mcnemar::mcnemar;
pub(super) use wilcoxon::wilcoxon;

/// The test that a probability comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PairedTest)]
pub enum TestName {
    /// McNemar's exact test, of pass and fail.
    Mcnemar,
    /// Wilcoxon's signed-rank test, of numbers.
    Wilcoxon,
}
