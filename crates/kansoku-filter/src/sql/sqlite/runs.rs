//! Filters and orders of `runs r`.
use super::writer::{Place, Writer, direction};
use crate::{
    RunFilter, RunOrderBy,
    clause::Comparison,
    parse::Expr,
    run::{Condition, DatasetField, Field},
    sql::Sql,
};

/// The SQL condition of a filter on `runs r`.
pub fn run_condition(filter: &RunFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &|writer, condition| match condition {
        Condition::Text(field, test) => {
            let operand = operand(field, writer);
            writer.text_test(&operand, test)
        }
        Condition::Number(Field::Metric(key), test) => {
            let of_key = writer.metric_test(key, test);
            format!(
                "exists (select 1 from run_latest_metrics m where m.run_id = r.run_id and {of_key})"
            )
        }
        Condition::Number(field, test) => {
            let operand = operand(field, writer);
            writer.number_test(&operand, test)
        }
        Condition::Dataset(field, test) => {
            let passes = writer.text_test(dataset_column(*field), test);
            format!("exists (select 1 from {RUN_DATASETS} where i.run_id = r.run_id and {passes})")
        }
    });
    writer.finish(text)
}

/// Queries for ids of runs. Each gives all runs that pass the filter, and others: an engine begins
/// with the one that gives fewest.
pub fn run_candidates(filter: &RunFilter) -> Vec<Sql> {
    let conditions = match &filter.expr {
        Expr::And(terms) => terms.as_slice(),
        only => std::slice::from_ref(only),
    };
    conditions.iter().filter_map(candidates).collect()
}

fn candidates(expr: &Expr<Condition>) -> Option<Sql> {
    let Expr::Is(condition) = expr else { return None };
    let mut writer = Writer::default();
    let text = match condition {
        Condition::Text(field @ (Field::Tag(key) | Field::Param(key)), test) => {
            let values = test.equals_one_of()?;
            if values.iter().any(|value| INDEXED_LENGTH_MAX < value.chars().count()) {
                return None;
            }
            let table = if matches!(field, Field::Tag(_)) { "run_tags" } else { "run_params" };
            let key = writer.text_param(key);
            let passes = writer.text_test("x.value", test);
            format!(
                "select x.run_id from {table} x where x.key = {key} and {passes} and length(x.value) <= {INDEXED_LENGTH_MAX}"
            )
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

fn operand(field: &Field, writer: &mut Writer) -> String {
    let column = match field {
        Field::RunId => "r.run_id",
        Field::RunName => "r.run_name",
        Field::Status => "r.status",
        Field::User => "r.user_id",
        Field::StartTime => "r.start_time_ms",
        Field::EndTime => "r.end_time_ms",
        Field::ArtifactUri => {
            "(select case when e.artifact_location = '' then 'mlflow-artifacts:/' || e.experiment_id else e.artifact_location end || '/' || r.run_id || '/artifacts' from experiments e where e.experiment_id = r.experiment_id)"
        }
        Field::Metric(key) => {
            let key = writer.text_param(key);
            return format!(
                "(select m.value from run_latest_metrics m where m.run_id = r.run_id and m.key = {key})"
            );
        }
        Field::Param(key) => return entry(writer, "run_params", key),
        Field::Tag(key) => return entry(writer, "run_tags", key),
    };
    column.to_owned()
}

fn entry(writer: &mut Writer, table: &'static str, key: &str) -> String {
    writer.operand(Place::Entry { table, owner: "run_id = r.run_id", key })
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
        let operand = operand(&by.field, &mut writer);
        columns.push(format!("{operand} {}", direction(by.direction, by.field.is_nullable())));
    }
    if keys.iter().all(|by| by.field != Field::StartTime) {
        columns.push("r.start_time_ms desc nulls last".to_owned());
    }
    columns.push("r.run_id asc".to_owned());
    writer.finish(columns.join(", "))
}
