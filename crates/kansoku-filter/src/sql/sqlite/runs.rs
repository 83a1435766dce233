//! Filters and orders of `runs r`.
use super::writer::{Place, Writer, direction};
use crate::{
    RunFilter, RunOrderBy,
    clause::{Comparison, TextTest},
    parse::Expr,
    run::{Condition, DatasetField, Field},
    sql::Sql,
};

/// The SQL condition of a filter on `runs r`.
pub fn run_condition(filter: &RunFilter) -> Sql {
    condition(&filter.expr, RunId::Row)
}

/// The column that has the id of the run.
#[derive(Clone, Copy)]
enum RunId {
    Row,
    Entry,
}

impl RunId {
    fn column(self) -> &'static str {
        match self {
            Self::Row => "r.run_id",
            Self::Entry => "e.run_id",
        }
    }

    /// The condition for rows that belong to the run.
    fn owner(self) -> &'static str {
        match self {
            Self::Row => "run_id = r.run_id",
            Self::Entry => "run_id = e.run_id",
        }
    }
}

fn condition(expr: &Expr<Condition>, id: RunId) -> Sql {
    let mut writer = Writer::default();
    let run_id = id.column();
    let text = writer.expr(expr, &|writer, condition| match condition {
        Condition::Text(field, test) => {
            let operand = operand(field, id, writer);
            writer.text_test(&operand, test)
        }
        Condition::Number(Field::Metric(key), test) => {
            let of_key = writer.metric_test(key, test);
            format!(
                "exists (select 1 from run_latest_metrics m where m.run_id = {run_id} and {of_key})"
            )
        }
        Condition::Number(field, test) => {
            let operand = operand(field, id, writer);
            writer.number_test(&operand, test)
        }
        Condition::Dataset(field, test) => {
            let passes = writer.text_test(dataset_column(*field), test);
            format!("exists (select 1 from {RUN_DATASETS} where i.run_id = {run_id} and {passes})")
        }
    });
    writer.finish(text)
}

/// Queries for ids of runs. Each gives all runs that pass the filter, and others: an engine begins
/// with the one that gives fewest.
pub fn run_candidates(filter: &RunFilter) -> Vec<Sql> {
    conjuncts(filter).iter().filter_map(candidates).collect()
}

/// The conditions that all have to be met.
fn conjuncts(filter: &RunFilter) -> &[Expr<Condition>] {
    match &filter.expr {
        Expr::And(terms) => terms.as_slice(),
        only => std::slice::from_ref(only),
    }
}

fn candidates(expr: &Expr<Condition>) -> Option<Sql> {
    let Expr::Is(condition) = expr else { return None };
    let mut writer = Writer::default();
    let text = match condition {
        Condition::Text(field, test) => {
            let (table, condition) = indexed_values(field, test, &mut writer)?;
            format!("select e.run_id from {table} e where {condition}")
        }
        Condition::Number(Field::Metric(key), test) if test.comparison != Comparison::Ne => {
            let of_key = writer.metric_test(key, test);
            format!("select m.run_id from run_latest_metrics m where {of_key}")
        }
        Condition::Dataset(field @ (DatasetField::Name | DatasetField::Digest), test) => {
            test.equals_one_of()?;
            let passes = writer.text_test(dataset_column(*field), test);
            format!("select i.run_id from {RUN_DATASETS} where {passes}")
        }
        _ => return None,
    };
    Some(writer.finish(text))
}

/// Rows `e` of tags or params, one for each run with a value that a filter demands. Each has the
/// experiment and the start of its run, and an index has them by start.
pub struct RunEntry {
    /// The table, named `e`, with its index.
    pub table: String,
    pub condition: Sql,
    /// The rest of the filter, on `e` and `runs r`. Tags, params and metrics are looked up by the id
    /// in `e`, before the row of `runs`.
    pub rest: Sql,
}

/// All tags and params of which the filter demands a single value.
pub fn run_entries(filter: &RunFilter) -> Vec<RunEntry> {
    let all = conjuncts(filter);
    let entry = |(at, expr): (usize, &Expr<Condition>)| {
        let Expr::Is(Condition::Text(field, test @ TextTest::Eq(_))) = expr else { return None };
        let mut writer = Writer::default();
        let (table, condition) = indexed_values(field, test, &mut writer)?;
        let table = format!("{table} e indexed by {table}_by_value");
        let rest = [&all[..at], &all[at + 1..]].concat();
        let rest = self::condition(&Expr::And(rest), RunId::Entry);
        Some(RunEntry { table, condition: writer.finish(condition), rest })
    };
    all.iter().enumerate().filter_map(entry).collect()
}

/// The table of a tag or param, and the condition of rows `e` that the index on its values can find.
fn indexed_values(
    field: &Field,
    test: &TextTest,
    writer: &mut Writer,
) -> Option<(&'static str, String)> {
    let (table, key) = match field {
        Field::Tag(key) => (TAGS, key),
        Field::Param(key) => (PARAMS, key),
        _ => return None,
    };
    let values = test.equals_one_of()?;
    if values.iter().any(|value| INDEXED_LENGTH_MAX < value.chars().count()) {
        return None;
    }
    let key = writer.text_param(key);
    let passes = writer.text_test("e.value", test);
    let condition =
        format!("e.key = {key} and {passes} and length(e.value) <= {INDEXED_LENGTH_MAX}");
    Some((table, condition))
}

const TAGS: &str = "run_tags";
const PARAMS: &str = "run_params";
/// Longer values of tags and params are in no index.
const INDEXED_LENGTH_MAX: usize = 200;

const RUN_DATASETS: &str = "run_dataset_inputs i join run_datasets d on d.dataset = i.dataset";

fn dataset_column(field: DatasetField) -> &'static str {
    match field {
        DatasetField::Name => "d.name",
        DatasetField::Digest => "d.digest",
        DatasetField::Context => "i.context",
    }
}

fn operand(field: &Field, id: RunId, writer: &mut Writer) -> String {
    let column = match field {
        Field::RunId => id.column(),
        Field::RunName => "r.run_name",
        Field::Status => "r.status",
        Field::User => "r.user_id",
        Field::StartTime => "r.start_time_ms",
        Field::EndTime => "r.end_time_ms",
        Field::ArtifactUri => {
            "(select case when p.artifact_location = '' then 'mlflow-artifacts:/' || p.experiment_id else p.artifact_location end || '/' || r.run_id || '/artifacts' from experiments p where p.experiment_id = r.experiment_id)"
        }
        Field::Metric(key) => {
            let key = writer.text_param(key);
            return format!(
                "(select m.value from run_latest_metrics m where m.run_id = {} and m.key = {key})",
                id.column()
            );
        }
        Field::Param(key) => return entry(writer, PARAMS, id, key),
        Field::Tag(key) => return entry(writer, TAGS, id, key),
    };
    column.to_owned()
}

fn entry(writer: &mut Writer, table: &'static str, id: RunId, key: &str) -> String {
    writer.operand(Place::Entry { table, owner: id.owner(), key })
}

/// The SQL after `order by` for `runs r`: by the keys, then latest start first, then by id. In both
/// directions, NaN comes after all other numbers, and runs without the metric come last.
pub fn run_order_by(keys: &[RunOrderBy]) -> Sql {
    let mut writer = Writer::default();
    let mut columns = Vec::new();
    for by in keys {
        if let Field::Metric(key) = &by.field {
            let key = writer.text_param(key);
            // NaN is stored as NULL, so runs without the metric are sorted by a separate key.
            columns.push(format!(
                "(not exists (select 1 from run_latest_metrics m where m.run_id = r.run_id and m.key = {key})) asc"
            ));
        }
        let operand = operand(&by.field, RunId::Row, &mut writer);
        columns.push(format!("{operand} {}", direction(by.direction, by.field.is_nullable())));
    }
    if keys.iter().all(|by| by.field != Field::StartTime) {
        columns.push("r.start_time_ms desc nulls last".to_owned());
    }
    columns.push("r.run_id asc".to_owned());
    writer.finish(columns.join(", "))
}
