//! The order of a trace search.
use super::{
    number, text,
    writer::{Writer, direction},
};
use crate::{
    Order, PageToken,
    order_by::Key,
    sort::Direction,
    sql::{Sql, SqlValue},
};

fn operand(key: &Key, writer: &mut Writer) -> String {
    match key {
        Key::Number(field) => number(*field).to_owned(),
        Key::Text(field) => writer.operand(text(field)),
        Key::Experiment => "t.experiment_id".to_owned(),
    }
}

/// The sort keys over `traces t` as a select list: `… as k0, … as k1`. Keys of tags and metadata
/// are parameters.
pub fn trace_order_columns(order: &Order) -> Sql {
    let mut writer = Writer::default();
    let mut columns = Vec::new();
    for (i, by) in order.keys().iter().enumerate() {
        columns.push(format!("{} as k{i}", operand(&by.key, &mut writer)));
    }
    writer.finish(columns.join(", "))
}

/// The SQL after `order by` in a statement that selects [`trace_order_columns`] from `traces t`.
pub fn trace_order_by(order: &Order) -> String {
    let mut keys = Vec::new();
    for (i, by) in order.keys().iter().enumerate() {
        keys.push(format!("k{i} {}", direction(by.direction, by.key.is_nullable())));
    }
    keys.push("t.trace_id asc".to_owned());
    keys.join(", ")
}

/// A condition on `traces t` for those after the last trace of a page.
pub fn traces_after(order: &Order, token: &PageToken) -> Sql {
    let mut writer = Writer::default();
    let id = writer.text_param(&token.trace_id);
    let mut after = format!("t.trace_id > {id}");
    for (by, value) in order.keys().iter().zip(&token.values).rev() {
        let key = operand(&by.key, &mut writer);
        if *value == SqlValue::Null {
            after = format!("({key} is null and {after})");
            continue;
        }
        let value = writer.param(value.clone());
        let beyond = match by.direction {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        };
        // The first half lets an index start at this position.
        after = format!("({key} {beyond}= {value} and ({key} {beyond} {value} or {after}))");
        if by.key.is_nullable() {
            after = format!("({key} is null or {after})");
        }
    }
    writer.finish(after)
}
