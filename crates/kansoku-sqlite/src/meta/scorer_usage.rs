//! The usage and the budgets of scorers.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, Money, ScorerUsage, ScoringBudget, UtcDay};
use rusqlite::{Connection, Row, params};

use super::scorers::require_scorer_id;
use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::require_active;
use kansoku_store::{DayUsage, ScorerUsageStore, ScoringBudgets, StoreError, USAGE_DAYS_MAX};

#[async_trait]
impl ScorerUsageStore for SqliteStore {
    async fn add_scorer_usage(
        &self,
        experiment: ExperimentId,
        day: UtcDay,
        usage: Vec<(String, ScorerUsage)>,
    ) -> Result<(), StoreError> {
        let add_all = move |db: &Tx<'_>| {
            let mut forget = db.prepare_cached(
                "delete from scorer_usage where experiment_id = ?1 and day <= ?2",
            )?;
            forget.execute([experiment.0, day.0.saturating_sub(USAGE_DAYS_MAX)])?;
            usage.iter().try_for_each(|(scorer_id, more)| add(db, experiment, day, scorer_id, more))
        };
        self.write("add the usage of scorers", add_all).await
    }

    async fn scorer_usage(
        &self,
        experiment: ExperimentId,
        from: UtcDay,
    ) -> Result<Vec<DayUsage>, StoreError> {
        self.look_up("read the usage of scorers", move |db| usage(db, experiment, from)).await
    }

    async fn set_scoring_budget(
        &self,
        experiment: ExperimentId,
        scorer: Option<&str>,
        budget: ScoringBudget,
    ) -> Result<(), StoreError> {
        let scorer = scorer.map(str::to_owned);
        let set = move |db: &Tx<'_>| set_budget(db, experiment, scorer.as_deref(), budget);
        self.write("set a budget of scorers", set).await
    }

    async fn scoring_budgets(
        &self,
        experiment: ExperimentId,
    ) -> Result<ScoringBudgets, StoreError> {
        self.look_up("read the budgets of scorers", move |db| budgets(db, experiment)).await
    }
}

fn add(
    db: &Connection,
    experiment: ExperimentId,
    day: UtcDay,
    scorer_id: &str,
    more: &ScorerUsage,
) -> Result<(), EngineError> {
    let mut upsert = db.prepare_cached(
        "insert into scorer_usage values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         on conflict do update set
             calls = calls + excluded.calls,
             failures = failures + excluded.failures,
             input_tokens = input_tokens + excluded.input_tokens,
             output_tokens = output_tokens + excluded.output_tokens,
             cost = cost + excluded.cost,
             skipped = skipped + excluded.skipped",
    )?;
    upsert.execute(params![
        experiment.0,
        day.0,
        scorer_id,
        more.calls.cast_signed(),
        more.failures.cast_signed(),
        more.input_tokens.cast_signed(),
        more.output_tokens.cast_signed(),
        more.cost.0,
        more.skipped.cast_signed(),
    ])?;
    Ok(())
}

fn usage(
    db: &Connection,
    experiment: ExperimentId,
    from: UtcDay,
) -> Result<Vec<DayUsage>, EngineError> {
    let mut select = db.prepare_cached(
        "select day, scorer_id, calls, failures, input_tokens, output_tokens, cost, skipped
         from scorer_usage where experiment_id = ?1 and ?2 <= day order by day, scorer_id",
    )?;
    let rows = select.query_map([experiment.0, from.0], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<DayUsage, rusqlite::Error> {
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.cast_unsigned());
    let usage = ScorerUsage {
        calls: count(2)?,
        failures: count(3)?,
        input_tokens: count(4)?,
        output_tokens: count(5)?,
        cost: Money(row.get(6)?),
        skipped: count(7)?,
    };
    Ok(DayUsage { day: UtcDay(row.get(0)?), scorer_id: row.get(1)?, usage })
}

fn set_budget(
    db: &Connection,
    experiment: ExperimentId,
    scorer: Option<&str>,
    budget: ScoringBudget,
) -> Result<(), EngineError> {
    let scorer_id = match scorer {
        Some(name) => require_scorer_id(db, experiment, name)?,
        None => {
            require_active(db, experiment)?;
            String::new()
        }
    };
    if budget.is_unlimited() {
        db.prepare_cached(
            "delete from scoring_budgets where experiment_id = ?1 and scorer_id = ?2",
        )?
        .execute(params![experiment.0, scorer_id])?;
        return Ok(());
    }
    let calls = budget.calls.map(u64::cast_signed);
    db.prepare_cached("insert or replace into scoring_budgets values (?1, ?2, ?3, ?4)")?
        .execute(params![experiment.0, scorer_id, calls, budget.cost.map(|cost| cost.0)])?;
    Ok(())
}

fn budgets(db: &Connection, experiment: ExperimentId) -> Result<ScoringBudgets, EngineError> {
    let mut select = db.prepare_cached(
        "select scorer_id, calls, cost from scoring_budgets where experiment_id = ?1
         order by scorer_id",
    )?;
    let mut budgets = ScoringBudgets::default();
    let mut rows = select.query([experiment.0])?;
    while let Some(row) = rows.next()? {
        let calls = row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned);
        let budget = ScoringBudget { calls, cost: row.get::<_, Option<i64>>(2)?.map(Money) };
        match row.get::<_, String>(0)? {
            scorer_id if scorer_id.is_empty() => budgets.experiment = budget,
            scorer_id => budgets.scorers.push((scorer_id, budget)),
        }
    }
    Ok(budgets)
}
