//! Issues, and the traces that show them.
use async_trait::async_trait;
use kansoku_filter::sql::sqlite;
use kansoku_model::{ExperimentId, Issue, IssueId, IssueSeverity, IssueStatus, RunId, TimestampMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::engine::statement::Statement;
use crate::error::EngineError;
use kansoku_store::core::list_bounds::ListRoom;
use kansoku_store::{FoundIssue, IssueEdit, IssueSearch, IssueStore, IssueUpdate, StoreError};

#[async_trait]
impl IssueStore for SqliteStore {
    async fn create_issue(&self, issue: Issue) -> Result<Issue, StoreError> {
        self.write("create an issue", move |db| create(db, &issue)).await
    }

    async fn issue(&self, id: &IssueId) -> Result<Issue, StoreError> {
        let id = id.clone();
        self.look_up("read an issue", move |db| get(db, &id)).await
    }

    async fn search_issues(
        &self,
        search: IssueSearch,
    ) -> Result<(Vec<FoundIssue>, bool), StoreError> {
        let find = move |db: &_| self::search(db, &search);
        self.read_many("search issues", self.options.read_deadline, find).await
    }

    async fn edit_issue(&self, id: &IssueId, edit: IssueEdit) -> Result<(), StoreError> {
        let (id, now) = (id.clone(), self.options.clock.now());
        let IssueEdit::Update(update) = edit;
        self.write("update an issue", move |db| self::update(db, &id, &update, now)).await
    }
}

const COLUMNS: &str = "i.issue_id, i.experiment_id, i.name, i.description, i.status, i.severity,
    i.root_causes, i.categories, i.source_run_id, i.created_by, i.creation_time_ms,
    i.last_update_time_ms";

const TRACES: &str = "(select count(distinct a.trace) from assessments a
    where a.kind = 'issue' and a.name = i.issue_id and a.valid = 1)";

fn create(db: &Connection, issue: &Issue) -> Result<Issue, EngineError> {
    crate::ingest::traces::require_active(db, issue.experiment_id)?;
    db.prepare_cached(
        "insert into issues values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        issue.issue_id.as_str(),
        issue.experiment_id.0,
        issue.name,
        issue.description,
        issue.status.as_str(),
        issue.severity.map(rank),
        serde_json::json!(issue.root_causes).to_string(),
        serde_json::json!(issue.categories).to_string(),
        issue.source_run_id.as_ref().map(RunId::as_str),
        issue.created_by,
        issue.creation_time.0,
        issue.last_update_time.0,
    ])?;
    get(db, &issue.issue_id)
}

fn get(db: &Connection, id: &IssueId) -> Result<Issue, EngineError> {
    let sql = format!("select {COLUMNS} from issues i where i.issue_id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id.as_str()], from_row).optional()?;
    found.ok_or_else(|| StoreError::IssueNotFound(id.clone()).into())
}

fn search(db: &Connection, search: &IssueSearch) -> Result<(Vec<FoundIssue>, bool), EngineError> {
    let traces = if search.count_traces { TRACES } else { "null" };
    let mut sql = Statement::default();
    sql.push(&format!("select {COLUMNS}, {traces} as traces from issues i where "));
    if let Some(experiments) = &search.experiments {
        sql.push("i.experiment_id in (");
        sql.push_list(experiments.iter().map(|id| id.0.into()));
        sql.push(") and ");
    }
    sql.push_sql(sqlite::issue_condition(&search.filter));
    sql.push(
        " order by i.severity desc nulls last, traces desc, i.creation_time_ms desc,
         i.issue_id desc",
    );
    let (page, more) = sql.page(db, search.offset, search.max_results, |row| {
        let traces: Option<i64> = row.get(12)?;
        let traces = traces.map(|count| u64::try_from(count).unwrap_or_default());
        Ok(FoundIssue { issue: from_row(row)?, traces })
    })?;
    let (mut found, mut room) = (Vec::new(), ListRoom::default());
    for it in page {
        if !room.take(held_bytes(&it.issue)) {
            return Ok((found, true));
        }
        found.push(it);
    }
    Ok((found, more))
}

/// About how many bytes an issue takes in a list.
fn held_bytes(issue: &Issue) -> usize {
    let lists = issue.root_causes.iter().chain(&issue.categories).map(String::len);
    500 + issue.name.len() + issue.description.len() + lists.sum::<usize>()
}

fn update(
    db: &Connection,
    id: &IssueId,
    update: &IssueUpdate,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let changed = db
        .prepare_cached(
            "update issues set name = coalesce(?2, name), description = coalesce(?3, description),
                 status = coalesce(?4, status), severity = coalesce(?5, severity),
                 last_update_time_ms = ?6
             where issue_id = ?1",
        )?
        .execute(params![
            id.as_str(),
            update.name,
            update.description,
            update.status.map(IssueStatus::as_str),
            update.severity.map(rank),
            now.0,
        ])?;
    if changed == 1 { Ok(()) } else { Err(StoreError::IssueNotFound(id.clone()).into()) }
}

fn rank(severity: IssueSeverity) -> i64 {
    match severity {
        IssueSeverity::NotAnIssue => 0,
        IssueSeverity::Low => 1,
        IssueSeverity::Medium => 2,
        IssueSeverity::High => 3,
    }
}

fn from_row(row: &Row<'_>) -> Result<Issue, rusqlite::Error> {
    let texts = |at| -> Result<Vec<String>, rusqlite::Error> {
        Ok(serde_json::from_str(row.get_ref(at)?.as_str()?).unwrap_or_default())
    };
    let severity: Option<i64> = row.get(5)?;
    let of_rank = |wanted| IssueSeverity::ALL.into_iter().find(|it| rank(*it) == wanted);
    Ok(Issue {
        issue_id: IssueId(row.get(0)?),
        experiment_id: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        description: row.get(3)?,
        status: IssueStatus::from_text(row.get_ref(4)?.as_str()?).unwrap_or(IssueStatus::Pending),
        severity: severity.and_then(of_rank),
        root_causes: texts(6)?,
        categories: texts(7)?,
        source_run_id: row.get::<_, Option<String>>(8)?.map(RunId),
        created_by: row.get(9)?,
        creation_time: TimestampMs(row.get(10)?),
        last_update_time: TimestampMs(row.get(11)?),
    })
}
