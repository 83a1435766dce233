//! Filters and orders of `datasets d`.
use super::writer::{Place, Writer, order_list};
use crate::{
    DatasetFilter, DatasetOrderBy,
    dataset::{Condition, Key, Text, Time},
    sql::Sql,
};

/// The SQL condition of a filter on `datasets d`.
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

/// The SQL after `order by` for `datasets d`; newest first by default.
pub fn dataset_order_by(keys: &[DatasetOrderBy]) -> Sql {
    let column = |key| match key {
        Key::Name => "d.name",
        Key::Time(field) => time(field),
    };
    let keys = keys.iter().map(|by| (column(by.key), by.direction));
    order_list(keys, "d.created_ms desc", "d.dataset_id desc")
}
