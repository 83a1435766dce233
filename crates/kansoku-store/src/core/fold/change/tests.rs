use std::collections::{BTreeMap, BTreeSet};

use kansoku_filter::Term;
use kansoku_model::{ExperimentId, TraceInfo};

use super::*;
use crate::suite::build::info;

const EXPERIMENT: ExperimentId = ExperimentId(1);

fn opened(change: Change, experiment: ExperimentId) -> Change {
    let id = change.row.trace_id.clone();
    Change::open(Some((change.row, change.tags_and_metadata)), &id, experiment)
}

fn with_tag(key: &str, value: &str) -> TraceInfo {
    let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    TraceInfo { tags, ..info(1, EXPERIMENT) }
}

fn created(said: &TraceInfo) -> Change {
    let mut change = Change::open(None, said.trace_id.as_str(), EXPERIMENT);
    change.merge_info(said);
    change
}

fn tag(key: &'static str, value: &'static str) -> Term<'static> {
    Term::Tag(key.into(), value.into())
}

#[test]
fn a_new_trace_adds_all_its_terms_and_removes_none() {
    let change = created(&with_tag("team", "red"));
    let diff = change.term_diff(BTreeSet::from([Term::SpanName("root".into())]));
    assert!(diff.from.is_none() && diff.removed.is_empty() && !diff.is_moved);
    assert!(diff.added.contains(&tag("team", "red")));
    assert!(diff.added.contains(&Term::SpanName("root".into())));
    assert!(!change.is_row_changed());
}

#[test]
fn the_same_again_changes_nothing() {
    let said = with_tag("team", "red");
    let mut change = opened(created(&said), EXPERIMENT);
    change.merge_info(&said);
    let diff = change.term_diff(BTreeSet::new());
    assert!(diff.added.is_empty() && diff.removed.is_empty() && !diff.is_moved);
    assert!(!change.is_row_changed());
    assert_eq!(change.changed_tags_and_metadata().count(), 0);
    assert_eq!(change.experiment_left(), None);
}

#[test]
fn a_changed_tag_is_one_term_out_and_one_in() {
    let mut change = opened(created(&with_tag("team", "red")), EXPERIMENT);
    change.merge_info(&with_tag("team", "blue"));
    let diff = change.term_diff(BTreeSet::new());
    assert_eq!(diff.removed, BTreeSet::from([tag("team", "red")]));
    assert_eq!(diff.added, BTreeSet::from([tag("team", "blue")]));
    let changed: Vec<_> = change.changed_tags_and_metadata().map(|(_, key, _)| key).collect();
    assert_eq!(changed, ["team"]);
}

#[test]
fn a_trace_that_moves_takes_all_its_terms_along() {
    let said = with_tag("team", "red");
    let mut change = opened(created(&said), EXPERIMENT);
    change.merge_info(&TraceInfo { experiment_id: ExperimentId(2), ..said });
    assert_eq!(change.experiment_left(), Some(EXPERIMENT));
    let diff = change.term_diff(BTreeSet::new());
    assert!(diff.is_moved);
    assert_eq!(diff.from.unwrap().experiment, EXPERIMENT);
    assert_eq!(diff.to.experiment, ExperimentId(2));
    assert!(diff.removed.contains(&tag("team", "red")) && diff.added.contains(&tag("team", "red")));
}
