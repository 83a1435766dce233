//! Issues.
use kansoku_model::{ExperimentId, Issue, IssueId, IssueSeverity, IssueStatus, RunId, TimestampMs};
use serde::Serialize;

use crate::{
    Fields, RequestError, ids::experiment_id, run::check_count, text_limits::check_length,
};

/// Limits in characters.
const NAME_LENGTH_MAX: usize = 250;
const DESCRIPTION_LENGTH_MAX: usize = 65_535;
const RUN_ID_LENGTH_MAX: usize = 32;
const CREATED_BY_LENGTH_MAX: usize = 255;

/// Most root causes or categories of an issue, and the length of each.
const ITEMS_MAX: usize = 100;
const ITEM_LENGTH_MAX: usize = 10_000;

/// Reads the issue of a create request.
pub fn new_issue(fields: &Fields, now: TimestampMs) -> Result<Issue, RequestError> {
    Ok(Issue {
        issue_id: IssueId::random(),
        experiment_id: experiment_id(fields)?,
        name: text(fields, "name", NAME_LENGTH_MAX)?.ok_or_else(|| fields.missing("name"))?,
        description: text(fields, "description", DESCRIPTION_LENGTH_MAX)?
            .ok_or_else(|| fields.missing("description"))?,
        status: issue_status(fields)?.unwrap_or(IssueStatus::Pending),
        severity: issue_severity(fields)?,
        root_causes: items(fields, "root_causes")?,
        categories: items(fields, "categories")?,
        source_run_id: text(fields, "source_run_id", RUN_ID_LENGTH_MAX)?.map(RunId),
        created_by: text(fields, "created_by", CREATED_BY_LENGTH_MAX)?,
        creation_time: now,
        last_update_time: now,
    })
}

/// Empty counts as absent.
pub fn issue_name(fields: &Fields) -> Result<Option<String>, RequestError> {
    text(fields, "name", NAME_LENGTH_MAX)
}

/// Empty counts as absent.
pub fn issue_description(fields: &Fields) -> Result<Option<String>, RequestError> {
    text(fields, "description", DESCRIPTION_LENGTH_MAX)
}

pub fn issue_status(fields: &Fields) -> Result<Option<IssueStatus>, RequestError> {
    let Some(word) = fields.str("status")? else { return Ok(None) };
    let status = IssueStatus::from_text(&word);
    status.map(Some).ok_or_else(|| unknown("status", &word, "pending, rejected or resolved"))
}

pub fn issue_severity(fields: &Fields) -> Result<Option<IssueSeverity>, RequestError> {
    let Some(word) = fields.str("severity")? else { return Ok(None) };
    let severity = IssueSeverity::from_text(&word);
    severity
        .map(Some)
        .ok_or_else(|| unknown("severity", &word, "not_an_issue, low, medium or high"))
}

fn unknown(name: &str, word: &str, choices: &str) -> RequestError {
    let word: String = word.chars().take(100).collect();
    RequestError::invalid(format!("`{name}` is '{word}'; it may be {choices}"))
}

fn text(fields: &Fields, name: &str, length_max: usize) -> Result<Option<String>, RequestError> {
    let text = fields.str(name)?.filter(|text| !text.is_empty());
    text.iter().try_for_each(|text| check_length(name, text, length_max))?;
    Ok(text)
}

fn items(fields: &Fields, name: &str) -> Result<Vec<String>, RequestError> {
    let items = fields.list_str(name)?;
    check_count(name, items.len(), ITEMS_MAX)?;
    items.iter().try_for_each(|item| check_length(name, item, ITEM_LENGTH_MAX))?;
    Ok(items)
}

/// `Issue`.
#[derive(Debug, Serialize)]
pub struct IssueJson<'a> {
    issue_id: &'a IssueId,
    experiment_id: ExperimentId,
    name: &'a str,
    description: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    root_causes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    source_run_id: Option<&'a RunId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    categories: &'a [String],
    /// Milliseconds since 1970.
    created_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_count: Option<u64>,
}

impl<'a> IssueJson<'a> {
    pub fn new(issue: &'a Issue, trace_count: Option<u64>) -> Self {
        Self {
            issue_id: &issue.issue_id,
            experiment_id: issue.experiment_id,
            name: &issue.name,
            description: &issue.description,
            status: issue.status.as_str(),
            severity: issue.severity.map(IssueSeverity::as_str),
            root_causes: &issue.root_causes,
            source_run_id: issue.source_run_id.as_ref(),
            categories: &issue.categories,
            created_timestamp: issue.creation_time.0,
            last_updated_timestamp: issue.last_update_time.0,
            created_by: issue.created_by.as_deref(),
            trace_count,
        }
    }
}
