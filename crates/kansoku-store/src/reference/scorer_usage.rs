use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, ScorerUsage, ScoringBudget, UtcDay};

use super::ReferenceStore;
use crate::{DayUsage, ScorerUsageStore, ScoringBudgets, StoreError, USAGE_DAYS_MAX};

#[derive(Default)]
pub(super) struct Spending {
    usage: BTreeMap<(ExperimentId, UtcDay, String), ScorerUsage>,
    /// By experiment and scorer id, which is empty for the whole experiment.
    budgets: BTreeMap<(ExperimentId, String), ScoringBudget>,
}

impl Spending {
    pub(super) fn forget_budget(&mut self, experiment: ExperimentId, scorer_id: &str) {
        self.budgets.remove(&(experiment, scorer_id.to_owned()));
    }
}

#[async_trait]
impl ScorerUsageStore for ReferenceStore {
    async fn add_scorer_usage(
        &self,
        experiment: ExperimentId,
        day: UtcDay,
        usage: Vec<(String, ScorerUsage)>,
    ) -> Result<(), StoreError> {
        let stored = &mut self.state().spending.usage;
        stored.retain(|(_, old, _), _| day.0 - USAGE_DAYS_MAX < old.0);
        for (scorer_id, more) in usage {
            let entry = stored.entry((experiment, day, scorer_id)).or_default();
            *entry = entry.plus(more);
        }
        Ok(())
    }

    async fn scorer_usage(
        &self,
        experiment: ExperimentId,
        from: UtcDay,
    ) -> Result<Vec<DayUsage>, StoreError> {
        let state = self.state();
        let usage = state.spending.usage.iter();
        let usage = usage.filter(|((id, day, _), _)| *id == experiment && from <= *day);
        let usage = usage.map(|((_, day, scorer_id), usage)| {
            let (day, scorer_id, usage) = (*day, scorer_id.clone(), *usage);
            DayUsage { day, scorer_id, usage }
        });
        Ok(usage.collect())
    }

    async fn set_scoring_budget(
        &self,
        experiment: ExperimentId,
        scorer: Option<&str>,
        budget: ScoringBudget,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        state.require_active(experiment)?;
        let scorer_id = match scorer {
            Some(name) => state.scorer_id(experiment, name)?,
            None => String::new(),
        };
        let key = (experiment, scorer_id);
        match budget.is_unlimited() {
            true => state.spending.budgets.remove(&key),
            false => state.spending.budgets.insert(key, budget),
        };
        Ok(())
    }

    async fn scoring_budgets(
        &self,
        experiment: ExperimentId,
    ) -> Result<ScoringBudgets, StoreError> {
        let state = self.state();
        let mut budgets = ScoringBudgets::default();
        for ((id, scorer_id), budget) in &state.spending.budgets {
            match scorer_id.as_str() {
                _ if *id != experiment => {}
                "" => budgets.experiment = *budget,
                scorer_id => budgets.scorers.push((scorer_id.to_owned(), *budget)),
            }
        }
        Ok(budgets)
    }
}
