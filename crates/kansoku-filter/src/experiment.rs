//! Filters and orders of experiments.
use crate::{
    FilterError,
    catalog::FieldGroup,
    clause::{Clause, Literal, NumberTest, Op, TextTest},
    error::{ParseError, short},
    parse::{self, Expr},
    sort::{self, Direction},
};

/// A filter of experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentFilter {
    pub(crate) expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Name(TextTest),
    Id(TextTest),
    Time(Time, NumberTest),
    Tag(String, TextTest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Creation,
    LastUpdate,
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

    /// Matches the experiment with this name.
    pub fn named(name: &str) -> Self {
        Self { expr: Expr::Is(Condition::Name(TextTest::Eq(name.to_owned()))) }
    }

    pub fn is_all(&self) -> bool {
        self.expr.is_all()
    }
}

fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    match clause.prefix.as_deref() {
        None | Some("attribute" | "attributes") => of_attribute(&clause),
        Some(prefix) if FieldGroup::of_prefix(prefix) == Some(FieldGroup::Tag) => {
            let (key, test) = clause.tag_test(TAG_OPS)?;
            Ok(Condition::Tag(key, test))
        }
        Some(prefix) => Err(clause.bad_name(format!(
            "Invalid entity type '{}'. Valid values are 'attribute', 'attributes', 'tag', 'tags'",
            short(prefix)
        ))),
    }
}

fn of_attribute(clause: &Clause) -> Result<Condition, ParseError> {
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

/// A sort key of experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentOrderBy {
    pub(crate) key: Key,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Id,
    Time(Time),
}

impl ExperimentOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, key)?;
        Ok(keys.into_iter().map(|(key, direction)| Self { key, direction }).collect())
    }
}

fn key(prefix: Option<&str>, key: &str) -> Result<Key, String> {
    match (prefix, key) {
        (None | Some("attribute" | "attributes"), key) => match key {
            "name" => Ok(Key::Name),
            "experiment_id" => Ok(Key::Id),
            "creation_time" => Ok(Key::Time(Time::Creation)),
            "last_update_time" => Ok(Key::Time(Time::LastUpdate)),
            _ => Err(unknown(key)),
        },
        (Some(prefix), _) if FieldGroup::of_prefix(prefix) == Some(FieldGroup::Tag) => {
            Err("Invalid order_by entity: tag".to_owned())
        }
        (Some(prefix), _) => Err(format!("Invalid order_by entity: {}", short(prefix))),
    }
}
