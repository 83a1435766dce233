//! Filters and orders of `runs r`.
use super::writer::{Place, Writer, direction};
use crate::{
    RunFilter, RunOrderBy,
    run::{Condition, Field},
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
        Condition::Number(field, test) => {
            let operand = operand(field, writer);
            writer.number_test(&operand, test)
        }
    });
    writer.finish(text)
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
                "(select m.value from run_metrics m where m.run_id = r.run_id and m.key = {key} order by m.step desc, m.timestamp_ms desc, m.value desc limit 1)"
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
                "(not exists (select 1 from run_metrics m where m.run_id = r.run_id and m.key = {key})) asc"
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
