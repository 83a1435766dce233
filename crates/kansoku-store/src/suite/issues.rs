//! Issues.
use kansoku_filter::IssueFilter;
use kansoku_model::{
    Assessment, AssessmentId, AssessmentValue, ExperimentId, Issue, IssueId, IssueSeverity,
    IssueStatus, RunId, TimestampMs,
};

use super::Stores;
use super::build::{experiment, feedback, small_trace};
use crate::{FoundIssue, IssueSearch, IssueUpdate, StoreError};

fn issue(experiment: ExperimentId, name: &str, created: i64) -> Issue {
    Issue {
        issue_id: IssueId::random(),
        experiment_id: experiment,
        name: name.to_owned(),
        description: format!("about {name}"),
        status: IssueStatus::Pending,
        severity: None,
        root_causes: vec!["a \"quoted\" cause".to_owned(), "é".to_owned()],
        categories: vec![],
        source_run_id: None,
        created_by: None,
        creation_time: TimestampMs(created),
        last_update_time: TimestampMs(created),
    }
}

fn search(experiments: Option<Vec<ExperimentId>>, filter: &str) -> IssueSearch {
    IssueSearch {
        experiments,
        filter: IssueFilter::parse(filter).unwrap(),
        count_traces: false,
        offset: 0,
        max_results: 100,
    }
}

async fn names(stores: &Stores, search: IssueSearch) -> String {
    let (found, _) = stores.meta.search_issues(search).await.unwrap();
    found.into_iter().map(|found| found.issue.name).collect::<Vec<_>>().join(" ")
}

pub async fn an_issue_is_read_back_and_updated(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let full = Issue {
        severity: Some(IssueSeverity::High),
        categories: vec!["safety".to_owned()],
        source_run_id: Some(RunId("run-1".to_owned())),
        created_by: Some("ann".to_owned()),
        ..issue(experiment, "full", 5)
    };
    for issue in [issue(experiment, "bare", 5), full] {
        let made = stores.meta.create_issue(issue.clone()).await.unwrap();
        assert_eq!(made, issue);
        assert_eq!(stores.meta.issue(&issue.issue_id).await.unwrap(), issue);
        let nothing = stores.meta.update_issue(&issue.issue_id, IssueUpdate::default()).await;
        let nothing = nothing.unwrap();
        let last_update_time = nothing.last_update_time;
        assert!(issue.last_update_time < last_update_time);
        assert_eq!(nothing, Issue { last_update_time, ..issue.clone() });
        let update = IssueUpdate {
            name: Some("renamed".to_owned()),
            description: Some("other".to_owned()),
            status: Some(IssueStatus::Resolved),
            severity: Some(IssueSeverity::Low),
        };
        let updated = stores.meta.update_issue(&issue.issue_id, update).await.unwrap();
        assert_eq!((updated.name.as_str(), updated.description.as_str()), ("renamed", "other"));
        let severity = Some(IssueSeverity::Low);
        assert_eq!((updated.status, updated.severity), (IssueStatus::Resolved, severity));
        assert_eq!(updated.root_causes, issue.root_causes);
    }
    let missing = IssueId("iss-none".to_owned());
    assert!(matches!(stores.meta.issue(&missing).await, Err(StoreError::IssueNotFound(_))));
    let refused = stores.meta.update_issue(&missing, IssueUpdate::default()).await;
    assert!(matches!(refused, Err(StoreError::IssueNotFound(_))));
    stores.meta.delete_experiment(experiment).await.unwrap();
    let refused = stores.meta.create_issue(issue(experiment, "late", 6)).await;
    assert!(matches!(refused, Err(StoreError::ExperimentDeleted(_))));
}

pub async fn issues_are_found_the_most_severe_first(stores: &Stores) {
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    let none = None;
    for (experiment, name, severity, status, run) in [
        (here, "old", none, IssueStatus::Pending, None),
        (here, "low", Some(IssueSeverity::Low), IssueStatus::Resolved, Some("r1")),
        (here, "high", Some(IssueSeverity::High), IssueStatus::Pending, Some("r2")),
        (here, "none", Some(IssueSeverity::NotAnIssue), IssueStatus::Rejected, None),
        (here, "new", none, IssueStatus::Pending, Some("r1")),
        (there, "there", Some(IssueSeverity::Medium), IssueStatus::Pending, None),
    ] {
        let created = if name == "new" { 9 } else { 1 };
        let source_run_id = run.map(|id: &str| RunId(id.to_owned()));
        let it = Issue { severity, status, source_run_id, ..issue(experiment, name, created) };
        stores.meta.create_issue(it).await.unwrap();
    }
    for (experiments, filter, expected) in [
        (Some(vec![here]), "", "high low none new old"),
        (None, "", "high there low none new old"),
        (Some(vec![there]), "status = 'pending'", "there"),
        (Some(vec![]), "", ""),
        (Some(vec![here]), "status = 'pending' AND source_run_id = 'r1'", "new"),
        (Some(vec![here]), "status != 'pending'", "low none"),
        // An issue without a run has none that differs.
        (Some(vec![here]), "source_run_id != 'r1'", "high"),
        (Some(vec![here]), "status = 'unknown'", ""),
    ] {
        assert_eq!(names(stores, search(experiments, filter)).await, expected, "{filter}");
    }
    let page = |offset| IssueSearch { offset, max_results: 2, ..search(Some(vec![here]), "") };
    let (first, more) = stores.meta.search_issues(page(0)).await.unwrap();
    assert_eq!((first.len(), more), (2, true));
    assert_eq!(names(stores, page(2)).await, "none new");
    assert!(!stores.meta.search_issues(page(4)).await.unwrap().1);
}

pub async fn traces_that_show_an_issue_are_counted(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let mut ids = Vec::new();
    for (n, name) in ["none", "one", "two"].into_iter().enumerate() {
        let issue = issue(experiment, name, n as i64);
        ids.push(stores.meta.create_issue(issue).await.unwrap().issue_id);
    }
    for n in 1..=3 {
        stores.traces.append(experiment, small_trace(n, 0)).await.unwrap();
    }
    let link = async |trace: u64, issue: &IssueId, id: &str| {
        let assessment = Assessment {
            assessment_id: AssessmentId(id.to_owned()),
            value: AssessmentValue::Issue { issue_name: "x".to_owned() },
            ..feedback(trace, issue.as_str(), "x")
        };
        stores.traces.create_assessment(assessment).await.unwrap();
    };
    link(1, &ids[1], "a-1").await;
    link(1, &ids[2], "a-2").await;
    link(1, &ids[2], "a-3").await;
    link(2, &ids[2], "a-4").await;
    let counted = IssueSearch { count_traces: true, ..search(Some(vec![experiment]), "") };
    let (found, _) = stores.meta.search_issues(counted).await.unwrap();
    let counts: Vec<_> =
        found.iter().map(|FoundIssue { issue, traces }| (issue.name.as_str(), *traces)).collect();
    assert_eq!(counts, [("two", Some(2)), ("one", Some(1)), ("none", Some(0))]);
}
