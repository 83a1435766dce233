//! Writes parameters, tests and combinations of tests for SQLite.
use crate::{
    clause::{Comparison, NumberTest, TextTest},
    parse::Expr,
    sort::Direction,
    sql::{Sql, SqlValue, joined},
};

/// A condition that every row satisfies.
pub(super) const EVERYTHING: &str = "1";

/// Negates a condition. NULL counts as false; otherwise NOT would exclude records without the key.
pub(super) fn not(condition: &str) -> String {
    format!("not coalesce({condition}, 0)")
}

/// Sorts NULLs last in both directions. Keys that are never NULL need no such clause, and can use
/// an index.
pub(super) fn direction(direction: Direction, nullable: bool) -> &'static str {
    match (direction, nullable) {
        (Direction::Ascending, false) => "asc",
        (Direction::Descending, false) => "desc",
        (Direction::Ascending, true) => "asc nulls last",
        (Direction::Descending, true) => "desc nulls last",
    }
}

/// The list of an ORDER BY over columns that are never NULL: the keys, or `default` if there are
/// none, and then `last`, which makes the order total.
pub(super) fn order_list(
    keys: impl Iterator<Item = (&'static str, Direction)>,
    default: &str,
    last: &str,
) -> Sql {
    let mut columns: Vec<_> =
        keys.map(|(column, way)| format!("{column} {}", direction(way, false))).collect();
    if columns.is_empty() {
        columns.push(default.to_owned());
    }
    columns.push(last.to_owned());
    Sql { text: columns.join(", "), params: Vec::new() }
}

/// The location of a field's value.
pub(super) enum Place<'a> {
    /// An expression over the record itself.
    Column(&'static str),
    /// The value of a key in another table, found by primary key; NULL if missing.
    Entry { table: &'static str, owner: &'static str, key: &'a str },
    /// The first of several that is not NULL.
    FirstOf(Vec<Place<'a>>),
}

#[derive(Default)]
pub(super) struct Writer {
    params: Vec<SqlValue>,
}

impl Writer {
    pub(super) fn finish(self, text: String) -> Sql {
        Sql { text, params: self.params }
    }

    /// Adds a parameter; returns its placeholder.
    pub(super) fn param(&mut self, value: SqlValue) -> String {
        self.params.push(value);
        format!("?{}", self.params.len())
    }

    pub(super) fn text_param(&mut self, text: &str) -> String {
        self.param(SqlValue::Text(text.to_owned()))
    }

    /// The SQL expression of a location.
    pub(super) fn operand(&mut self, place: Place<'_>) -> String {
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

    pub(super) fn text_test(&mut self, operand: &str, test: &TextTest) -> String {
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

    pub(super) fn number_test(&mut self, operand: &str, test: &NumberTest) -> String {
        let value = self.param(test.value.to_sql());
        format!("{operand} {} {value}", test.comparison.symbol())
    }

    /// Whether a row `m` of a metric's values has this key and passes. NaN, which is stored as NULL,
    /// differs from every number.
    pub(super) fn metric_test(&mut self, key: &str, test: &NumberTest) -> String {
        let key = self.text_param(key);
        let passes = self.number_test("m.value", test);
        match test.comparison {
            Comparison::Ne => format!("m.key = {key} and ({passes} or m.value is null)"),
            _ => format!("m.key = {key} and {passes}"),
        }
    }

    /// Combines conditions by AND, OR and NOT; `leaf` writes a single condition.
    pub(super) fn expr<C>(
        &mut self,
        expr: &Expr<C>,
        leaf: &impl Fn(&mut Self, &C) -> String,
    ) -> String {
        match expr {
            Expr::And(terms) if terms.is_empty() => EVERYTHING.to_owned(),
            Expr::And(terms) | Expr::Or(terms) => {
                let terms: Vec<_> = terms.iter().map(|term| self.expr(term, leaf)).collect();
                joined(&terms, if matches!(expr, Expr::And(_)) { " and " } else { " or " })
            }
            Expr::Not(inner) => {
                let inner = self.expr(inner, leaf);
                not(&inner)
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
