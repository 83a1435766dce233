//! What scorers use of models, and their budgets.
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
