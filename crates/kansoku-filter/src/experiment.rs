//! Filters and orders of experiments.
use crate::{
    Dialect, FilterError, Sql,
    clause::{Clause, Literal, NumberTest, Op, TextTest},
    error::{Refusal, short},
    parse::{self, Expr},
    sort::{self, Direction},
    sql::{Place, Writer},
    trace::TAG_PREFIXES,
};

/// Which experiments a search keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentFilter {
    expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Name(TextTest),
    Id(TextTest),
    Time(Time, NumberTest),
    Tag(String, TextTest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Creation,
    LastUpdate,
}

impl Time {
    fn column(self) -> &'static str {
        match self {
            Self::Creation => "e.creation_time_ms",
            Self::LastUpdate => "e.last_update_time_ms",
        }
    }
}

const NAME_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike];
const ID_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::In, Op::NotIn];
const TAG_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::IsNull, Op::IsNotNull];

impl ExperimentFilter {
    pub fn all() -> Self {
        Self { expr: Expr::all() }
    }

    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, resolve).map(|expr| Self { expr })
    }

    pub fn is_all(&self) -> bool {
        self.expr.is_all()
    }

    /// A condition on `experiments e`.
    pub fn compile(&self, dialect: Dialect) -> Sql {
        let mut writer = Writer::new(dialect);
        let text = writer.expr(&self.expr, &write);
        writer.finish(text)
    }
}

fn write(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Name(test) => writer.text_test("e.name", test),
        Condition::Id(test) => writer.text_test("cast(e.experiment_id as text)", test),
        Condition::Time(time, test) => writer.number_test(time.column(), test),
        Condition::Tag(key, test) => {
            let owner = "experiment_id = e.experiment_id";
            let operand = writer.operand(Place::Entry { table: "experiment_tags", owner, key });
            writer.text_test(&operand, test)
        }
    }
}

fn resolve(clause: Clause) -> Result<Condition, Refusal> {
    match clause.prefix.as_deref() {
        None | Some("attribute" | "attributes") => of_attribute(&clause),
        Some(prefix) if TAG_PREFIXES.contains(&prefix) => {
            if clause.key.is_empty() {
                return Err(clause.bad_name("Tag key cannot be empty"));
            }
            Ok(Condition::Tag(clause.key.clone(), clause.text_test("tag", TAG_OPS)?))
        }
        Some(prefix) => Err(clause.bad_name(format!(
            "Invalid entity type '{}'. Valid values are 'attribute', 'attributes', 'tag', 'tags'",
            short(prefix)
        ))),
    }
}

fn of_attribute(clause: &Clause) -> Result<Condition, Refusal> {
    let key = clause.key.as_str();
    if !["name", "experiment_id", "creation_time", "last_update_time"].contains(&key) {
        return Err(clause.bad_name(unknown(key)));
    }
    if matches!(clause.op, Op::IsNull | Op::IsNotNull) {
        return Err(clause.bad_op(format!(
            "IS NULL / IS NOT NULL is only supported for tags, not for attribute '{key}'"
        )));
    }
    if matches!(clause.value, Literal::List(_)) && key != "experiment_id" {
        return Err(clause.bad_value(
            "Only ['experiment_id'] attributes support comparison with a list of quoted string values.",
        ));
    }
    match key {
        "name" => Ok(Condition::Name(clause.text_test("attributes", NAME_OPS)?)),
        "experiment_id" => Ok(Condition::Id(clause.text_test("attributes", ID_OPS)?)),
        _ => {
            let time = if key == "creation_time" { Time::Creation } else { Time::LastUpdate };
            Ok(Condition::Time(time, clause.number_test(key, Op::NUMBER)?))
        }
    }
}

fn unknown(key: &str) -> String {
    format!(
        "Invalid attribute key '{}' specified. Valid keys are '{{'name', 'creation_time', 'last_update_time', 'experiment_id'}}'",
        short(key)
    )
}

/// One key of an order of experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentOrderBy {
    column: &'static str,
    direction: Direction,
}

impl ExperimentOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, column)?;
        Ok(keys.into_iter().map(|(column, direction)| Self { column, direction }).collect())
    }

    /// What follows `order by` for `experiments e`: newest first unless told otherwise.
    pub fn order_by(keys: &[Self]) -> Sql {
        let mut columns: Vec<_> = keys
            .iter()
            .map(|by| format!("{} {}", by.column, by.direction.spelled(false)))
            .collect();
        if columns.is_empty() {
            columns.push("e.creation_time_ms desc".to_owned());
        }
        columns.push("e.experiment_id asc".to_owned());
        Sql { text: columns.join(", "), params: Vec::new() }
    }
}

fn column(prefix: Option<&str>, key: &str) -> Result<&'static str, String> {
    match (prefix, key) {
        (None | Some("attribute" | "attributes"), key) => match key {
            "name" => Ok("e.name"),
            "experiment_id" => Ok("e.experiment_id"),
            "creation_time" => Ok(Time::Creation.column()),
            "last_update_time" => Ok(Time::LastUpdate.column()),
            _ => Err(unknown(key)),
        },
        (Some(prefix), _) if TAG_PREFIXES.contains(&prefix) => {
            Err("Invalid order_by entity: tag".to_owned())
        }
        (Some(prefix), _) => Err(format!("Invalid order_by entity: {}", short(prefix))),
    }
}
