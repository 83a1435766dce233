//! Filters of `issues i`.
use super::writer::Writer;
use crate::{IssueFilter, issue::Condition, sql::Sql};

/// Whether `issues i` passes the filter.
pub fn issue_condition(filter: &IssueFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &|writer, condition| match condition {
        Condition::Status(test) => writer.text_test("i.status", test),
        Condition::SourceRun(test) => writer.text_test("i.source_run_id", test),
    });
    writer.finish(text)
}
