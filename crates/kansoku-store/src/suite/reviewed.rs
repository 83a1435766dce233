//! Traces that people gave feedback on.
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{Assessment, AssessmentId, ExperimentId, TimestampMs};

use super::Stores;
use super::build::{START_NS, experiment, feedback, number, small_trace, trace_id};
use crate::{Coverage, ReviewedQuery, ReviewedTrace, TraceStore};

fn query(experiment: ExperimentId, name: &str, filter: &str) -> ReviewedQuery {
    ReviewedQuery {
        experiment,
        name: name.to_owned(),
        filter: Filter::parse(filter).unwrap(),
        from: None,
        to: None,
        traces_max: 100_000,
        deadline: Duration::from_secs(30),
    }
}

async fn fold(store: &Arc<dyn TraceStore>, query: ReviewedQuery) -> (Vec<ReviewedTrace>, Coverage) {
    store.fold_reviewed(query, Vec::new(), Vec::push).await.unwrap()
}

/// The reviewed traces of an experiment.
pub async fn reviewed(
    store: &Arc<dyn TraceStore>,
    experiment: ExperimentId,
    name: &str,
    filter: &str,
) -> (Vec<ReviewedTrace>, Coverage) {
    fold(store, query(experiment, name, filter)).await
}

/// Feedback of a scorer's version on trace `n`.
fn by_scorer(n: u64, name: &str, value: &str, version: &str) -> Assessment {
    let mut assessment = feedback(n, name, value);
    assessment.source.source_type = "LLM_JUDGE".to_owned();
    assessment.metadata.insert(Assessment::SCORER_VERSION_KEY.to_owned(), version.to_owned());
    assessment.create_time = TimestampMs(0);
    assessment
}

pub async fn traces_are_found_that_people_gave_feedback_on(stores: &Stores) {
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    for n in 1..=6 {
        stores.traces.append(here, small_trace(n, n * 1000)).await.unwrap();
    }
    stores.traces.append(there, small_trace(7, 7000)).await.unwrap();
    let create = async |assessment| stores.traces.create_assessment(assessment).await.unwrap();
    for n in 1..=7 {
        create(by_scorer(n, "tone", "no", "3")).await;
    }
    // Trace 1: overridden. 2: judged apart. 3: by the scorer only. 4: of another name. 5: deleted.
    let of_scorer = stores.traces.info(&trace_id(1)).await.unwrap().assessments.remove(0);
    let overrides = Some(of_scorer.assessment_id.clone());
    let verdict = create(Assessment { overrides, ..feedback(1, "tone", "yes") }).await;
    let mut of_session = feedback(2, "tone", "no");
    of_session.metadata.insert("mlflow.trace.session".to_owned(), "s".to_owned());
    of_session.span_id = Some("00000000000000aa".to_owned());
    create(of_session).await;
    create(feedback(4, "other", "no")).await;
    let deleted = create(feedback(5, "tone", "no")).await;
    stores.traces.delete_assessment(&trace_id(5), &deleted.assessment_id).await.unwrap();
    create(feedback(7, "tone", "yes")).await;

    let (found, coverage) = reviewed(&stores.traces, here, "tone", "").await;
    assert_eq!(coverage, Coverage { traces: 2, complete: true, covered_from: None });
    let numbers: Vec<u64> = found.iter().map(|trace| number(&trace.trace_id)).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(found[1].time, TimestampMs(START_NS as i64 / 1_000_000 + 1000));
    let [scorer, person] = &found[1].feedback[..] else { panic!("{found:?}") };
    assert_eq!((&scorer.id, scorer.is_valid), (&of_scorer.assessment_id, false));
    assert_eq!((scorer.is_by_person, scorer.scorer_version.as_deref()), (false, Some("3")));
    assert_eq!((&person.id, person.is_valid), (&verdict.assessment_id, true));
    assert_eq!((person.is_by_person, person.scorer_version.as_deref()), (true, None));
    assert_eq!(person.overrides, Some(of_scorer.assessment_id));
    assert_eq!(person.value.as_deref(), Some("\"yes\""));
    let of_session = &found[0].feedback[1];
    assert!(of_session.is_of_session && !person.is_of_session);
    assert_eq!(of_session.span_id.as_deref(), Some("00000000000000aa"));

    let one = format!("request_id = '{}'", trace_id(1));
    for (name, filter, count) in [("tone", one.as_str(), 1), ("other", "", 1), ("none", "", 0)] {
        let (found, _) = reviewed(&stores.traces, here, name, filter).await;
        assert_eq!(found.len(), count, "{name}: {filter}");
    }
    let to = Some(TimestampMs(START_NS as i64 / 1_000_000 + 1999));
    let early = fold(&stores.traces, ReviewedQuery { to, ..query(here, "tone", "") }).await;
    assert_eq!(early.0.len(), 1);
}

pub async fn the_newest_reviewed_traces_are_read_if_there_are_too_many(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=5 {
        stores.traces.append(experiment, small_trace(n, n * 1000)).await.unwrap();
        let mut verdict = feedback(n, "tone", "yes");
        verdict.assessment_id = AssessmentId(format!("a-{n}"));
        stores.traces.create_assessment(verdict).await.unwrap();
    }
    let some = |traces_max| ReviewedQuery { traces_max, ..query(experiment, "tone", "") };
    let (found, coverage) = fold(&stores.traces, some(4)).await;
    let oldest = Some(TimestampMs(START_NS as i64 / 1_000_000 + 2000));
    assert_eq!((found.len(), found.last().map(|trace| trace.time)), (4, oldest));
    assert_eq!(coverage, Coverage { traces: 4, complete: false, covered_from: oldest });
    let (found, coverage) = fold(&stores.traces, some(5)).await;
    assert_eq!((found.len(), coverage.complete), (5, true));
}
