//! Filters and orders of `datasets d`.
use super::writer::{Place, Writer, direction};
use crate::{
    DatasetFilter, DatasetOrderBy,
    dataset::{Condition, Key, Text, Time},
    sql::Sql,
};

/// Whether `datasets d` passes the filter.
pub fn dataset_condition(filter: &DatasetFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &write);
    writer.finish(text)
}

fn write(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Text(field, test) => writer.text_test(text(*field), test),
        Condition::Time(field, test) => writer.number_test(time(*field), test),
        Condition::Tag(key, test) => {
            let owner = "dataset = d.dataset";
            let operand = writer.operand(Place::Entry { table: "dataset_tags", owner, key });
            writer.text_test(&operand, test)
        }
    }
}

fn text(field: Text) -> &'static str {
    match field {
        Text::Name => "d.name",
        Text::CreatedBy => "d.created_by",
        Text::LastUpdatedBy => "d.last_updated_by",
    }
}

fn time(field: Time) -> &'static str {
    match field {
        Time::Created => "d.created_ms",
        Time::LastUpdate => "d.last_update_ms",
    }
}

/// What follows `order by` for `datasets d`: newest first unless told otherwise, then by id.
pub fn dataset_order_by(keys: &[DatasetOrderBy]) -> Sql {
    let column = |key| match key {
        Key::Name => "d.name",
        Key::Time(field) => time(field),
    };
    let mut columns: Vec<_> = keys
        .iter()
        .map(|by| format!("{} {}", column(by.key), direction(by.direction, false)))
        .collect();
    if columns.is_empty() {
        columns.push("d.created_ms desc".to_owned());
    }
    columns.push("d.dataset_id desc".to_owned());
    Sql { text: columns.join(", "), params: Vec::new() }
}
