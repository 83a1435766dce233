//! Recomputation of the costs of stored spans, after prices were added or corrected.
use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_model::{Cost, ExperimentId, Money, SpanRow, TimestampMs};

/// Computes the cost of a span from its tokens, model, provider, service tier and start.
pub type Pricer = Arc<dyn Fn(&SpanRow) -> Option<Cost> + Send + Sync>;

/// The most models that are listed separately; the others are summed up as one.
const MODELS_MAX: usize = 1000;
const OTHER_MODELS: &str = "(other models)";

/// The traces to be repriced.
#[derive(Clone, Debug, Default)]
pub struct Reprice {
    /// `None` means all experiments.
    pub experiment: Option<ExperimentId>,
    /// Only traces of this time or later.
    pub since: TimestampMs,
    /// Only traces before this time.
    pub until: Option<TimestampMs>,
    /// Only reports what would change.
    pub dry_run: bool,
    /// The token of the previous page; the other fields must be unchanged.
    pub page_token: Option<String>,
}

/// The result for the next traces of a [`Reprice`].
#[derive(Clone, Debug, Default)]
pub struct RepricedPage {
    pub repriced: Repriced,
    /// `None` if there are no more traces.
    pub next_page_token: Option<String>,
}

/// The result of a repricing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repriced {
    /// Traces that were examined.
    pub traces: u64,
    pub changed_traces: u64,
    pub changed_spans: u64,
    /// The costs of the changed traces before and after. A span that repeats the tokens of its
    /// descendants counts in `models`, but not here.
    pub cost: CostChange,
    /// Models with changed spans, or with tokens that have no price.
    pub models: BTreeMap<String, ModelRepriced>,
}

/// The result for one model, without spans that were sent with their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelRepriced {
    pub changed_spans: u64,
    /// Spans that have tokens but no price.
    pub unpriced_spans: u64,
    /// The sum over the changed spans.
    pub cost: CostChange,
}

/// Sums before and after a change; an unknown cost counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostChange {
    pub before: Money,
    pub after: Money,
}

impl CostChange {
    pub fn new(before: Option<Cost>, after: Option<Cost>) -> Self {
        let total = |cost: Option<Cost>| cost.map_or(Money::default(), |cost| cost.total);
        Self { before: total(before), after: total(after) }
    }

    pub fn add(&mut self, other: Self) {
        self.before = self.before.saturating_add(other.before);
        self.after = self.after.saturating_add(other.after);
    }

    pub fn difference(&self) -> Money {
        Money(self.after.0.saturating_sub(self.before.0))
    }
}

impl Repriced {
    pub fn add(&mut self, other: Self) {
        self.traces += other.traces;
        self.changed_traces += other.changed_traces;
        self.changed_spans += other.changed_spans;
        self.cost.add(other.cost);
        for (model, more) in other.models {
            self.add_model(&model, more);
        }
    }

    pub fn add_model(&mut self, model: &str, more: ModelRepriced) {
        let is_new = !self.models.contains_key(model);
        let name = if is_new && MODELS_MAX <= self.models.len() { OTHER_MODELS } else { model };
        let of_model = self.models.entry(name.to_owned()).or_default();
        of_model.changed_spans += more.changed_spans;
        of_model.unpriced_spans += more.unpriced_spans;
        of_model.cost.add(more.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_past_the_limit_are_summed_up_as_one() {
        let one = ModelRepriced { changed_spans: 1, ..ModelRepriced::default() };
        let mut repriced = Repriced::default();
        for n in 0..MODELS_MAX + 5 {
            repriced.add_model(&format!("model-{n}"), one);
        }
        assert_eq!(repriced.models.len(), MODELS_MAX + 1);
        assert_eq!(repriced.models[OTHER_MODELS].changed_spans, 5);
        repriced.add_model("model-7", one);
        assert_eq!(repriced.models["model-7"].changed_spans, 2);
    }
}
