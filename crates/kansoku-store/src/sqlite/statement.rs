//! SQL put together at run time; values are always parameters.
use kansoku_filter::{Sql, SqlValue};
use rusqlite::types::Value;

/// A statement while it is put together; values are always parameters.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) params: Vec<Value>,
}

impl Statement {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn push_with(&mut self, text: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        self.text.push_str(&format!("{text}?{}", self.params.len()));
    }

    pub(super) fn push_list(&mut self, values: impl Iterator<Item = Value>) {
        for (i, value) in values.enumerate() {
            self.push_with(if i == 0 { "" } else { ", " }, value);
        }
    }

    pub(super) fn push_sql(&mut self, sql: Sql) {
        let sql = sql.offset(self.params.len());
        self.text.push_str(&sql.text);
        self.params.extend(sql.params.into_iter().map(bind));
    }
}

fn bind(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(n) => Value::Integer(n),
        SqlValue::Real(n) => Value::Real(n),
        SqlValue::Text(text) => Value::Text(text),
    }
}
