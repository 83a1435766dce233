//! Backfills of scorers.
use kansoku_model::{
    Backfill, BackfillProgress, BackfillScorer, BackfillState, ExperimentId, TimestampMs,
};

use super::Stores;
use super::build::experiment;
use crate::{BackfillStep, JobId, JobQuery, NewJob, StoreError};

fn backfill(id: &str, experiment_id: ExperimentId) -> Backfill {
    Backfill {
        backfill_id: id.to_owned(),
        experiment_id,
        scorers: vec![BackfillScorer {
            scorer_id: "s".to_owned(),
            name: "polite".to_owned(),
            version: 2,
            sample_rate: 0.5,
        }],
        filter: "trace.status = 'OK'".to_owned(),
        from: Some(TimestampMs(1)),
        to: None,
        only_former: true,
        created_by: Some("token".to_owned()),
        created: TimestampMs(7),
        selected: 1_000_000,
        is_selected_complete: false,
        state: BackfillState::Running,
        progress: BackfillProgress::default(),
        finished: None,
    }
}

fn job(id: &str) -> NewJob {
    NewJob {
        id: JobId(id.to_owned()),
        queue: "q".to_owned(),
        subject: "s".to_owned(),
        kind: "trace".to_owned(),
        payload: "{}".to_owned(),
        due: TimestampMs(1),
        waiting_max: None,
        postpones: false,
    }
}

fn step(from: Option<&str>, to: Option<&str>, jobs: &[&str]) -> BackfillStep {
    BackfillStep {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        looked_at: 10,
        jobs: jobs.iter().map(|id| job(id)).collect(),
        checked: 3,
    }
}

async fn count_jobs(stores: &Stores) -> usize {
    let (queue, subject) = ("q".to_owned(), "s".to_owned());
    let query = JobQuery { queue, subject, offset: 0, max_results: 100 };
    stores.jobs.jobs(query).await.unwrap().0.len()
}

async fn set(stores: &Stores, experiment: ExperimentId, id: &str, state: BackfillState) {
    stores.meta.set_backfill_state(experiment, id, state).await.unwrap();
}

pub async fn a_backfill_is_read_back_and_changes_its_state(stores: &Stores) {
    let (here, other) = (experiment(stores, "e").await, experiment(stores, "other").await);
    for (id, experiment) in [("1", here), ("2", here), ("3", other)] {
        stores.meta.create_backfill(backfill(id, experiment)).await.unwrap();
    }
    assert_eq!(stores.meta.backfill(here, "1").await.unwrap(), backfill("1", here));
    let foreign = stores.meta.backfill(other, "1").await;
    assert!(matches!(foreign, Err(StoreError::BackfillNotFound(id)) if id == "1"));
    let ids = |list: Vec<Backfill>| list.into_iter().map(|it| it.backfill_id).collect::<Vec<_>>();
    assert_eq!(ids(stores.meta.backfills(here).await.unwrap()), ["2", "1"]);

    for state in [BackfillState::Paused, BackfillState::Running, BackfillState::Paused] {
        set(stores, here, "1", state).await;
        let read = stores.meta.backfill(here, "1").await.unwrap();
        assert_eq!((read.state, read.finished), (state, None));
    }
    set(stores, here, "2", BackfillState::Cancelled).await;
    set(stores, here, "2", BackfillState::Cancelled).await;
    assert!(stores.meta.backfill(here, "2").await.unwrap().finished.is_some());
    let resumed = stores.meta.set_backfill_state(here, "2", BackfillState::Running).await;
    assert!(matches!(resumed, Err(StoreError::Invalid(_))));
    assert_eq!(ids(stores.meta.unfinished_backfills().await.unwrap()), ["1", "3"]);
}

pub async fn a_step_of_a_backfill_is_stored_once_with_its_jobs(stores: &Stores) {
    let here = experiment(stores, "e").await;
    stores.meta.create_backfill(backfill("1", here)).await.unwrap();
    let advance = async |step| stores.meta.advance_backfill("1", step).await.unwrap();
    let progress = async || stores.meta.backfill(here, "1").await.unwrap().progress;
    advance(step(None, Some("a"), &["1", "2"])).await;
    advance(step(None, Some("a"), &["1", "2", "3"])).await;
    let expected = BackfillProgress {
        cursor: Some("a".to_owned()),
        is_walked: false,
        looked_at: 10,
        jobs_added: 2,
        checked: 3,
    };
    assert_eq!((progress().await, count_jobs(stores).await), (expected, 2));
    set(stores, here, "1", BackfillState::Paused).await;
    advance(step(Some("a"), Some("b"), &["4"])).await;
    assert_eq!(count_jobs(stores).await, 2);
    set(stores, here, "1", BackfillState::Running).await;
    advance(step(Some("a"), None, &["4"])).await;
    advance(step(None, Some("c"), &["5"])).await;
    let end = progress().await;
    assert_eq!((end.cursor, end.is_walked, end.looked_at), (None, true, 20));
    assert_eq!(count_jobs(stores).await, 3);
}

pub async fn an_experiment_has_so_many_backfills_at_most(stores: &Stores) {
    let here = experiment(stores, "e").await;
    for number in 0..Backfill::UNFINISHED_MAX {
        stores.meta.create_backfill(backfill(&number.to_string(), here)).await.unwrap();
    }
    let refused = stores.meta.create_backfill(backfill("more", here)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
    set(stores, here, "0", BackfillState::Done).await;
    for number in 0..Backfill::FINISHED_MAX + 2 {
        let id = format!("finished {number}");
        stores.meta.create_backfill(backfill(&id, here)).await.unwrap();
        set(stores, here, &id, BackfillState::Done).await;
    }
    let finished = stores.meta.backfills(here).await.unwrap();
    let finished: Vec<_> = finished.into_iter().filter(Backfill::is_finished).collect();
    assert_eq!(finished.len(), Backfill::FINISHED_MAX + 1);
    stores.meta.delete_experiment(here).await.unwrap();
    let deleted = stores.meta.create_backfill(backfill("late", here)).await;
    assert!(matches!(deleted, Err(StoreError::ExperimentDeleted(_))));
}
