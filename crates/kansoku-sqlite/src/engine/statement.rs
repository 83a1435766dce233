//! SQL that is composed at run time; values are always parameters.
use kansoku_filter::{Sql, SqlValue};
use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, Error, OptionalExtension as _, Row, params_from_iter};

/// A statement that is being composed; values are always parameters.
#[derive(Default)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) params: Vec<Value>,
}

impl Statement {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn push_with(&mut self, text: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        self.text.push_str(&format!("{text}?{}", self.params.len()));
    }

    pub(crate) fn push_list(&mut self, values: impl Iterator<Item = Value>) {
        for (i, value) in values.enumerate() {
            self.push_with(if i == 0 { "" } else { ", " }, value);
        }
    }

    pub(crate) fn push_sql(&mut self, sql: Sql) {
        let sql = sql.offset(self.params.len());
        self.text.push_str(&sql.text);
        self.params.extend(sql.params.into_iter().map(bind));
    }

    /// The value of the first row, if there is a row.
    pub(crate) fn one<T: FromSql>(self, db: &Connection) -> Result<Option<T>, Error> {
        let mut select = db.prepare_cached(&self.text)?;
        select.query_row(params_from_iter(self.params), |row| row.get(0)).optional()
    }

    /// Reads one page of rows; also returns whether more rows follow.
    pub(crate) fn page<T>(
        mut self,
        db: &Connection,
        offset: usize,
        max_results: usize,
        from_row: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<(Vec<T>, bool), Error> {
        self.push(&format!(" limit {} offset {offset}", max_results.saturating_add(1)));
        let mut select = db.prepare(&self.text)?;
        let rows = select.query_map(params_from_iter(self.params), from_row)?;
        let mut found = rows.collect::<Result<Vec<_>, _>>()?;
        let more = max_results < found.len();
        found.truncate(max_results);
        Ok((found, more))
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
