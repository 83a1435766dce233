//! SQL as it is built: text with numbered placeholders, and the values for them.
//!
//! What differs between engines is in two places: here how SQL is spelled, and
//! in the `place` functions where a field lives.
use std::fmt::Write;

use crate::{
    clause::{NumberTest, TextTest},
    parse::Expr,
};

/// An SQL engine, and the schema we keep in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
}

/// A piece of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Sql {
    pub text: String,
    pub params: Vec<SqlValue>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Sql {
    /// Renumbers the placeholders for a statement that has `first` parameters before these.
    pub fn offset(self, first: usize) -> Self {
        let mut pieces = self.text.split('?');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        // No text of a user is ever in here, so every `?` is a placeholder.
        for piece in pieces {
            let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
            let number: usize = piece[..digits].parse().expect("placeholders are numbered");
            let _ = write!(text, "?{}{}", number + first, &piece[digits..]);
        }
        Self { text, params: self.params }
    }
}

/// Where an engine keeps a field.
pub(crate) enum Place<'a> {
    /// An expression over the record itself.
    Column(&'static str),
    /// The value of a key in a table beside it, found by primary key; NULL without one.
    Entry { table: &'static str, owner: &'static str, key: &'a str },
    /// The first of several that is not NULL.
    FirstOf(Vec<Place<'a>>),
}

pub(crate) struct Writer {
    pub(crate) dialect: Dialect,
    params: Vec<SqlValue>,
}

impl Writer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, params: Vec::new() }
    }

    pub(crate) fn finish(self, text: String) -> Sql {
        Sql { text, params: self.params }
    }

    /// The placeholder of a new parameter.
    pub(crate) fn param(&mut self, value: SqlValue) -> String {
        self.params.push(value);
        match self.dialect {
            Dialect::Sqlite => format!("?{}", self.params.len()),
        }
    }

    pub(crate) fn text_param(&mut self, text: &str) -> String {
        self.param(SqlValue::Text(text.to_owned()))
    }

    /// The place as an operand of a comparison.
    pub(crate) fn operand(&mut self, place: Place<'_>) -> String {
        match place {
            Place::Column(column) => column.to_owned(),
            Place::Entry { table, owner, key } => {
                let key = self.text_param(key);
                format!("(select x.value from {table} x where x.{owner} and x.key = {key})")
            }
            Place::FirstOf(places) => {
                let all: Vec<_> = places.into_iter().map(|place| self.operand(place)).collect();
                format!("coalesce({})", all.join(", "))
            }
        }
    }

    pub(crate) fn text_test(&mut self, operand: &str, test: &TextTest) -> String {
        match test {
            TextTest::Eq(value) => format!("{operand} = {}", self.text_param(value)),
            TextTest::Ne(value) => format!("{operand} <> {}", self.text_param(value)),
            TextTest::In(values) => format!("{operand} in ({})", self.list(values)),
            TextTest::NotIn(values) => format!("{operand} not in ({})", self.list(values)),
            TextTest::Like(pattern) => self.call("like_cs", pattern, operand),
            TextTest::ILike(pattern) => self.call("like_ci", pattern, operand),
            TextTest::RLike(pattern) => self.call("regex", pattern, operand),
            TextTest::Contains(part) => self.call("contains_ci", part, operand),
            TextTest::Null => format!("{operand} is null"),
            TextTest::NotNull => format!("{operand} is not null"),
        }
    }

    pub(crate) fn number_test(&mut self, operand: &str, test: &NumberTest) -> String {
        let value = self.param(test.value.to_sql());
        format!("{operand} {} {value}", test.comparison.symbol())
    }

    /// NULL means "no" everywhere, or NOT would keep records that lack a key.
    pub(crate) fn not(&self, condition: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("not coalesce({condition}, 0)"),
        }
    }

    pub(crate) fn everything(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => "1".to_owned(),
        }
    }

    /// AND, OR and NOT around what `leaf` writes of a condition.
    pub(crate) fn expr<C>(
        &mut self,
        expr: &Expr<C>,
        leaf: &impl Fn(&mut Self, &C) -> String,
    ) -> String {
        match expr {
            Expr::And(terms) if terms.is_empty() => self.everything(),
            Expr::And(terms) | Expr::Or(terms) => {
                let terms: Vec<_> = terms.iter().map(|term| self.expr(term, leaf)).collect();
                joined(&terms, if matches!(expr, Expr::And(_)) { " and " } else { " or " })
            }
            Expr::Not(inner) => {
                let inner = self.expr(inner, leaf);
                self.not(&inner)
            }
            Expr::Is(condition) => leaf(self, condition),
        }
    }

    fn list(&mut self, values: &[String]) -> String {
        let params: Vec<_> = values.iter().map(|value| self.text_param(value)).collect();
        params.join(", ")
    }

    fn call(&mut self, function: &str, pattern: &str, operand: &str) -> String {
        let pattern = self.text_param(pattern);
        format!("{function}({pattern}, {operand})")
    }
}

pub(crate) fn joined(terms: &[String], separator: &str) -> String {
    match terms {
        [only] => only.clone(),
        terms => format!("({})", terms.join(separator)),
    }
}
