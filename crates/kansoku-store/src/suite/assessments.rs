//! Feedback and expectations: creation, overriding, updates and deletion.
use kansoku_model::{Assessment, AssessmentId, AssessmentValue, TimestampMs};
use serde_json::json;

use super::Stores;
use super::build::{experiment, feedback, found, info, small_trace, trace_id};
use crate::{AssessmentUpdate, StoreError};

pub async fn an_override_makes_the_old_one_invalid(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let old = stores.traces.create_assessment(feedback(1, "q", "bad")).await.unwrap();
    let mut new = feedback(1, "q", "good");
    new.overrides = Some(old.assessment_id.clone());
    let new = stores.traces.create_assessment(new).await.unwrap();
    assert_eq!(found(stores, experiment, "feedback.q = 'bad'").await, [0; 0]);
    assert_eq!(found(stores, experiment, "feedback.q = 'good'").await, [1]);

    let trace = trace_id(1);
    stores.traces.delete_assessment(&trace, &new.assessment_id).await.unwrap();
    stores.traces.delete_assessment(&trace, &new.assessment_id).await.unwrap();
    assert_eq!(found(stores, experiment, "feedback.q = 'bad'").await, [1]);
    let back = stores.traces.assessment(&trace, &old.assessment_id).await.unwrap();
    assert!(back.valid);

    let mut lost = feedback(1, "q", "x");
    lost.overrides = Some(new.assessment_id);
    let refused = stores.traces.create_assessment(lost).await;
    assert!(matches!(refused, Err(StoreError::AssessmentNotFound { .. })));
}

pub async fn assessments_are_created_unless_they_exist(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    stores.traces.append(experiment, small_trace(2, 0)).await.unwrap();
    let old = stores.traces.create_assessment(feedback(1, "q", "old")).await.unwrap();
    let again = Assessment { assessment_id: old.assessment_id, ..feedback(1, "q", "again") };
    let new = vec![again, feedback(9, "q", "lost"), feedback(2, "q", "new")];
    for _ in 0..2 {
        stores.traces.create_missing_assessments(new.clone()).await.unwrap();
    }
    assert_eq!(found(stores, experiment, "feedback.q = 'old'").await, [1]);
    assert_eq!(found(stores, experiment, "feedback.q = 'new'").await, [2]);
    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    assert_eq!(info.assessments.len(), 1);
}

pub async fn missing_assessments_of_a_trace_are_created_in_their_order(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in [1, 2] {
        stores.traces.append(experiment, small_trace(n, 0)).await.unwrap();
    }
    let [a, b, c] = ["c", "b", "a"].map(|name| feedback(1, name, "x"));
    let mut d = feedback(1, "d", "y");
    d.overrides = Some(b.assessment_id.clone());
    let other = feedback(2, "b", "z");
    let all = vec![a.clone(), other, b.clone(), a.clone(), c, d];
    stores.traces.create_missing_assessments(all).await.unwrap();
    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    let names: Vec<_> = info.assessments.iter().map(|it| &*it.assessment_name).collect();
    assert_eq!(names, ["c", "b", "a", "d"]);
    assert_eq!(info.assessments.iter().filter(|it| !it.valid).count(), 1);
    assert_eq!(found(stores, experiment, "feedback.d = 'y'").await, [1]);
    assert_eq!(found(stores, experiment, "feedback.b IS NOT NULL").await, [2]);
}

pub async fn an_update_changes_what_it_names(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let mut created = feedback(1, "q", 0.25);
    created.metadata.insert("a".to_owned(), "1".to_owned());
    let created = stores.traces.create_assessment(created).await.unwrap();
    let update = AssessmentUpdate {
        value: Some(AssessmentValue::Feedback { value: json!(0.75), error: None }),
        metadata: Some([("b".to_owned(), "2".to_owned())].into()),
        rationale: Some(Some("because".to_owned())),
        at: TimestampMs(5),
        ..AssessmentUpdate::default()
    };
    let (trace, id) = (trace_id(1), created.assessment_id.clone());
    let updated = stores.traces.update_assessment(&trace, &id, update).await.unwrap();
    assert_eq!(updated.assessment_name, "q");
    assert_eq!(updated.metadata.len(), 2);
    assert_eq!(updated.last_update_time, TimestampMs(5));
    assert_eq!(updated, stores.traces.assessment(&trace, &id).await.unwrap());
    assert_eq!(found(stores, experiment, "feedback.q > 0.5").await, [1]);

    let other_kind = AssessmentUpdate {
        value: Some(AssessmentValue::Expectation(json!("x"))),
        ..AssessmentUpdate::default()
    };
    let refused = stores.traces.update_assessment(&trace, &id, other_kind).await;
    assert!(matches!(refused, Err(StoreError::AssessmentKindChanged(_))));
}

pub async fn the_same_id_twice_is_refused(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let assessment = feedback(1, "q", true);
    stores.traces.create_assessment(assessment.clone()).await.unwrap();
    let again = stores.traces.create_assessment(assessment).await;
    assert!(matches!(again, Err(StoreError::AssessmentExists { .. })));
    let nowhere = stores.traces.create_assessment(feedback(9, "q", true)).await;
    assert!(matches!(nowhere, Err(StoreError::TraceNotFound(_))));
}

pub async fn assessments_in_an_info_are_stored(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let mut with_feedback = info(1, experiment);
    with_feedback.assessments.push(feedback(1, "q", "yes"));
    stores.traces.upsert_info(with_feedback.clone()).await.unwrap();
    let merged = stores.traces.upsert_info(with_feedback).await.unwrap();
    assert_eq!(merged.assessments.len(), 1);
    assert_eq!(found(stores, experiment, "feedback.q = 'yes'").await, [1]);
}

pub async fn assessments_come_in_the_order_they_were_made(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    // All are created in the same millisecond, with ids in another order.
    let names: Vec<String> = (0..6).map(|n| format!("q{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        let mut made = feedback(1, name, "yes");
        made.assessment_id = AssessmentId(format!("a-{}", 9 - n));
        stores.traces.create_assessment(made).await.unwrap();
    }
    let update = AssessmentUpdate { at: TimestampMs(5), ..AssessmentUpdate::default() };
    let (trace, first) = (trace_id(1), AssessmentId("a-9".to_owned()));
    stores.traces.update_assessment(&trace, &first, update).await.unwrap();
    let found = stores.traces.info(&trace).await.unwrap().assessments;
    let found: Vec<String> = found.into_iter().map(|made| made.assessment_name).collect();
    assert_eq!(found, names);
}
