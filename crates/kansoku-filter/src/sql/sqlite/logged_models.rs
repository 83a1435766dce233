//! Filters and orders of `logged_models l`.
use super::writer::{EVERYTHING, Place, Writer, direction};
use crate::{
    LoggedModelFilter, LoggedModelOrderBy,
    logged_model::{Condition, DatasetRef, Field},
    sql::{Sql, joined},
};

/// Whether `logged_models l` passes the filter.
pub fn logged_model_condition(filter: &LoggedModelFilter) -> Sql {
    let mut writer = Writer::default();
    let mut text = writer.expr(&filter.expr, &|writer, condition| match condition {
        Condition::Text(field, test) => {
            let operand = operand(field, writer);
            writer.text_test(&operand, test)
        }
        Condition::Time(field, test) => {
            let operand = operand(field, writer);
            writer.number_test(&operand, test)
        }
        Condition::Metric(key, test) => {
            let passes = writer.metric_test(key, test);
            let on_datasets = on_one_of(writer, &filter.datasets);
            format!("exists (select 1 {METRICS} and {passes} and {on_datasets})")
        }
    });
    if filter.asks_for_datasets() {
        let on_datasets = on_one_of(&mut writer, &filter.datasets);
        text = format!("({text} and exists (select 1 {METRICS} and {on_datasets}))");
    }
    writer.finish(text)
}

const METRICS: &str = "from logged_model_metrics m where m.model_id = l.model_id";

fn on_one_of(writer: &mut Writer, datasets: &[DatasetRef]) -> String {
    match datasets {
        [] => EVERYTHING.to_owned(),
        datasets => {
            let any: Vec<_> = datasets.iter().map(|dataset| on_dataset(writer, dataset)).collect();
            joined(&any, " or ")
        }
    }
}

fn on_dataset(writer: &mut Writer, dataset: &DatasetRef) -> String {
    let parts = [("m.dataset_name", &dataset.name), ("m.dataset_digest", &dataset.digest)];
    let mut terms = vec![EVERYTHING.to_owned()];
    for (column, value) in parts {
        if let Some(value) = value {
            terms.push(format!("{column} = {}", writer.text_param(value)));
        }
    }
    joined(&terms, " and ")
}

fn operand(field: &Field, writer: &mut Writer) -> String {
    let owner = "model_id = l.model_id";
    let column = match field {
        Field::Name => "l.name",
        Field::ModelId => "l.model_id",
        Field::ModelType => "l.model_type",
        Field::Status => "l.status",
        Field::SourceRunId => "l.source_run_id",
        Field::ExperimentId => "cast(l.experiment_id as text)",
        Field::CreationTime => "l.creation_time_ms",
        Field::LastUpdateTime => "l.last_update_time_ms",
        Field::Param(key) => {
            return writer.operand(Place::Entry { table: "logged_model_params", owner, key });
        }
        Field::Tag(key) => {
            return writer.operand(Place::Entry { table: "logged_model_tags", owner, key });
        }
        Field::Metric(key) => {
            let key = writer.text_param(key);
            return format!("(select m.value {METRICS} and m.key = {key} limit 1)");
        }
    };
    column.to_owned()
}

/// The SQL after `order by` for `logged_models l`: by the keys, then newest first, then by id. A metric
/// that is NaN comes after every number, and before models that lack it, in both directions.
pub fn logged_model_order_by(keys: &[LoggedModelOrderBy]) -> Sql {
    let mut writer = Writer::default();
    let mut columns = Vec::new();
    for by in keys {
        let Field::Metric(key) = &by.field else {
            let operand = operand(&by.field, &mut writer);
            columns.push(format!("{operand} {}", direction(by.direction, false)));
            continue;
        };
        let key = writer.text_param(key);
        let on_dataset = on_dataset(&mut writer, &by.dataset);
        let of_key = format!("{METRICS} and m.key = {key} and {on_dataset}");
        columns.push(format!("(not exists (select 1 {of_key})) asc"));
        let latest = "order by m.timestamp_ms desc, m.step desc, m.run_id asc limit 1";
        let directed = direction(by.direction, true);
        columns.push(format!("(select m.value {of_key} {latest}) {directed}"));
    }
    if keys.iter().all(|by| by.field != Field::CreationTime) {
        columns.push("l.creation_time_ms desc".to_owned());
    }
    columns.push("l.model_id asc".to_owned());
    writer.finish(columns.join(", "))
}
