//! The usage and the budgets of scorers.
use kansoku_model::{ExperimentId, Money, ScorerUsage, ScoringBudget, UtcDay};

use super::Stores;
use super::build::experiment;
use crate::{DayUsage, StoreError, USAGE_DAYS_MAX, UsageOfDay};

const DAY: UtcDay = UtcDay(20_000);

fn usage(calls: u64, dollars: f64) -> ScorerUsage {
    ScorerUsage {
        calls,
        failures: 1,
        input_tokens: 100,
        output_tokens: 10,
        cost: Money::from_dollars(dollars),
        skipped: 2,
    }
}

async fn add(stores: &Stores, experiment: ExperimentId, day: i64, scorer: &str, calls: u64) {
    let used = vec![(scorer.to_owned(), usage(calls, 0.5))];
    stores.meta.add_scorer_usage(experiment, UtcDay(day), used).await.unwrap();
}

pub async fn usage_adds_up_by_day_and_scorer(stores: &Stores) {
    let (a, b) = (experiment(stores, "a").await, experiment(stores, "b").await);
    add(stores, a, DAY.0, "s", 1).await;
    add(stores, a, DAY.0, "s", 2).await;
    add(stores, a, DAY.0, "t", 4).await;
    add(stores, a, DAY.0 - 1, "s", 8).await;
    add(stores, b, DAY.0, "s", 16).await;
    let of_day = stores.meta.scorer_usage(a, DAY).await.unwrap();
    let twice = ScorerUsage {
        calls: 3,
        failures: 2,
        input_tokens: 200,
        output_tokens: 20,
        cost: Money::from_dollars(1.0),
        skipped: 4,
    };
    assert_eq!(of_day[0], DayUsage { day: DAY, scorer_id: "s".to_owned(), usage: twice });
    let of_day = UsageOfDay::new(of_day);
    assert_eq!(of_day.of_scorer("t").calls, 4);
    assert_eq!(of_day.of_scorer("none"), ScorerUsage::default());
    assert_eq!(of_day.total().calls, 7);
    let since: Vec<_> = stores.meta.scorer_usage(a, UtcDay(DAY.0 - 1)).await.unwrap();
    let since: Vec<_> = since.iter().map(|it| (it.day.0 - DAY.0, &it.scorer_id[..])).collect();
    assert_eq!(since, [(-1, "s"), (0, "s"), (0, "t")]);
}

pub async fn usage_is_forgotten_after_a_while(stores: &Stores) {
    let id = experiment(stores, "e").await;
    for day in [DAY.0, DAY.0 + 1, DAY.0 + USAGE_DAYS_MAX] {
        add(stores, id, day, "s", 1).await;
    }
    let kept = stores.meta.scorer_usage(id, UtcDay(0)).await.unwrap();
    let days: Vec<_> = kept.into_iter().map(|it| it.day.0 - DAY.0).collect();
    assert_eq!(days, [1, USAGE_DAYS_MAX]);
}

pub async fn a_scorer_and_an_experiment_have_a_budget_each(stores: &Stores) {
    let (id, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    let scorer = stores.meta.register_scorer(id, "polite", "{}").await.unwrap();
    assert!(stores.meta.scoring_budgets(id).await.unwrap().is_unlimited());
    let calls = ScoringBudget { calls: Some(10), cost: None };
    let cost = ScoringBudget { calls: None, cost: Some(Money::from_dollars(1.5)) };
    stores.meta.set_scoring_budget(id, Some("polite"), cost).await.unwrap();
    stores.meta.set_scoring_budget(id, Some("polite"), calls).await.unwrap();
    stores.meta.set_scoring_budget(id, None, cost).await.unwrap();
    let budgets = stores.meta.scoring_budgets(id).await.unwrap();
    assert_eq!(budgets.experiment, cost);
    assert_eq!(budgets.of_scorer(&scorer.scorer_id), calls);
    assert!(budgets.of_scorer("none").is_unlimited());
    assert!(stores.meta.scoring_budgets(other).await.unwrap().is_unlimited());
    let missing = stores.meta.set_scoring_budget(id, Some("nope"), calls).await;
    assert!(matches!(missing, Err(StoreError::ScorerNotFound { .. })));

    stores.meta.set_scoring_budget(id, None, ScoringBudget::default()).await.unwrap();
    assert!(stores.meta.scoring_budgets(id).await.unwrap().experiment.is_unlimited());
    stores.meta.delete_scorer(id, "polite", None).await.unwrap();
    assert!(stores.meta.scoring_budgets(id).await.unwrap().is_unlimited());
    stores.meta.delete_experiment(other).await.unwrap();
    let deleted = stores.meta.set_scoring_budget(other, None, calls).await;
    assert!(matches!(deleted, Err(StoreError::ExperimentDeleted(_))));
}
