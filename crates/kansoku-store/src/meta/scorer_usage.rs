//! The usage and the budgets of scorers.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, ScorerUsage, ScoringBudget, UtcDay};

use crate::StoreError;

/// How many days of usage are kept.
pub const USAGE_DAYS_MAX: i64 = 400;

/// The usage and the budgets of scorers.
#[async_trait]
pub trait ScorerUsageStore: Send + Sync {
    /// Adds to the usage of scorers on one day, by scorer id. Usage stays when the scorer is deleted.
    async fn add_scorer_usage(
        &self,
        experiment: ExperimentId,
        day: UtcDay,
        usage: Vec<(String, ScorerUsage)>,
    ) -> Result<(), StoreError>;

    /// The usage of the scorers of an experiment from a day on, by day and scorer id.
    async fn scorer_usage(
        &self,
        experiment: ExperimentId,
        from: UtcDay,
    ) -> Result<Vec<DayUsage>, StoreError>;

    /// Replaces the budget of a scorer by name, or that of all scorers of the experiment together.
    /// Fails for an unknown scorer, and for an experiment that is not active.
    async fn set_scoring_budget(
        &self,
        experiment: ExperimentId,
        scorer: Option<&str>,
        budget: ScoringBudget,
    ) -> Result<(), StoreError>;

    async fn scoring_budgets(&self, experiment: ExperimentId)
    -> Result<ScoringBudgets, StoreError>;
}

/// The usage of a scorer on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayUsage {
    pub day: UtcDay,
    pub scorer_id: String,
    pub usage: ScorerUsage,
}

/// The budgets of an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoringBudgets {
    /// That of all scorers together.
    pub experiment: ScoringBudget,
    /// Those of scorers that have one, by scorer id.
    pub scorers: Vec<(String, ScoringBudget)>,
}

impl ScoringBudgets {
    pub fn is_unlimited(&self) -> bool {
        self.experiment.is_unlimited() && self.scorers.is_empty()
    }

    pub fn of_scorer(&self, scorer_id: &str) -> ScoringBudget {
        let found = self.scorers.iter().find(|(id, _)| id == scorer_id);
        found.map_or_else(ScoringBudget::default, |(_, budget)| *budget)
    }
}

/// The usage of each scorer, and of all of them together.
#[derive(Clone, Debug, Default)]
pub struct UsageOfDay(Vec<DayUsage>);

impl UsageOfDay {
    /// Those of one day.
    pub fn new(usage: Vec<DayUsage>) -> Self {
        Self(usage)
    }

    pub fn of_scorer(&self, scorer_id: &str) -> ScorerUsage {
        let found = self.0.iter().find(|it| it.scorer_id == scorer_id);
        found.map_or_else(ScorerUsage::default, |it| it.usage)
    }

    pub fn total(&self) -> ScorerUsage {
        self.0.iter().fold(ScorerUsage::default(), |total, it| total.plus(it.usage))
    }
}

/// The budgets of an experiment, and what was used of them on one day.
#[derive(Clone, Debug, Default)]
pub struct SpendingOfDay {
    pub budgets: ScoringBudgets,
    pub used: UsageOfDay,
}

impl SpendingOfDay {
    /// The share of traces that a scorer may still assess if so many wait for it, and for all scorers
    /// of the experiment: from 1 down to 0.
    pub fn open_share(&self, scorer_id: &str, waiting: u64, waiting_of_all: u64) -> f64 {
        let Self { budgets, used } = self;
        let own = budgets.of_scorer(scorer_id).open_share(&used.of_scorer(scorer_id), waiting);
        own.min(budgets.experiment.open_share(&used.total(), waiting_of_all))
    }

    /// Whether nothing is left of a budget of the scorer.
    pub fn is_used_up(&self, scorer_id: &str) -> bool {
        let Self { budgets, used } = self;
        1.0 <= budgets.of_scorer(scorer_id).used_share(&used.of_scorer(scorer_id))
            || 1.0 <= budgets.experiment.used_share(&used.total())
    }
}
