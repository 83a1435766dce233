//! Filters and orders of `experiments e`.
use super::writer::{Place, Writer, order_list};
use crate::{
    ExperimentFilter, ExperimentOrderBy,
    experiment::{Condition, Key, Time},
    sql::Sql,
};

/// The SQL condition of a filter on `experiments e`.
pub fn experiment_condition(filter: &ExperimentFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &write);
    writer.finish(text)
}

fn write(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Name(test) => writer.text_test("e.name", test),
        Condition::Id(test) => writer.text_test("cast(e.experiment_id as text)", test),
        Condition::Time(field, test) => writer.number_test(time(*field), test),
        Condition::Tag(key, test) => {
            let owner = "experiment_id = e.experiment_id";
            let operand = writer.operand(Place::Entry { table: "experiment_tags", owner, key });
            writer.text_test(&operand, test)
        }
    }
}

fn time(time: Time) -> &'static str {
    match time {
        Time::Creation => "e.creation_time_ms",
        Time::LastUpdate => "e.last_update_time_ms",
    }
}

/// The SQL after `order by` for `experiments e`; newest first by default.
pub fn experiment_order_by(keys: &[ExperimentOrderBy]) -> Sql {
    let column = |key| match key {
        Key::Name => "e.name",
        Key::Id => "e.experiment_id",
        Key::Time(field) => time(field),
    };
    let keys = keys.iter().map(|by| (column(by.key), by.direction));
    order_list(keys, "e.creation_time_ms desc", "e.experiment_id asc")
}
