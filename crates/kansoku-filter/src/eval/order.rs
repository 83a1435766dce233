//! The order of a search, evaluated on traces in memory.
use std::cmp::Ordering;

use super::{TraceView, number, number_of, text_of};
use crate::{Order, PageToken, SqlValue, lex::Number, order_by::Key, sort::Direction};

impl Order {
    /// The page token of a trace: its sort keys and id.
    pub fn place_of(&self, trace: &TraceView<'_>) -> PageToken {
        let value = |key: &Key| match key {
            Key::Number(field) => number_of(*field, trace).map_or(SqlValue::Null, Number::to_sql),
            Key::Text(field) => text_of(field, trace.info)
                .map_or(SqlValue::Null, |text| SqlValue::Text(text.to_owned())),
            Key::Experiment => SqlValue::Integer(trace.info.experiment_id.0),
        };
        PageToken {
            values: self.keys().iter().map(|by| value(&by.key)).collect(),
            trace_id: trace.info.trace_id.to_string(),
        }
    }

    /// Compares the positions of two traces in this order.
    pub fn compare(&self, a: &PageToken, b: &PageToken) -> Ordering {
        let values = a.values.iter().zip(&b.values);
        let by_keys = self.keys().iter().zip(values).map(|(by, (a, b))| {
            let nulls_last = (*a == SqlValue::Null).cmp(&(*b == SqlValue::Null));
            let ascending = compare_values(a, b);
            nulls_last.then(match by.direction {
                Direction::Ascending => ascending,
                Direction::Descending => ascending.reverse(),
            })
        });
        let differing = by_keys.into_iter().find(|ordering| ordering.is_ne());
        differing.unwrap_or_else(|| a.trace_id.cmp(&b.trace_id))
    }
}

/// Compares two values of one key, neither of which is NULL.
fn compare_values(a: &SqlValue, b: &SqlValue) -> Ordering {
    let as_number = |value: &SqlValue| match value {
        SqlValue::Integer(n) => Some(Number::Integer(*n)),
        SqlValue::Real(n) => Some(Number::Real(*n)),
        SqlValue::Null | SqlValue::Text(_) => None,
    };
    match (a, b) {
        (SqlValue::Text(a), SqlValue::Text(b)) => a.cmp(b),
        (a, b) => {
            let numbers = as_number(a).zip(as_number(b));
            numbers.and_then(|(a, b)| number::compare(a, b)).unwrap_or(Ordering::Equal)
        }
    }
}
