//! Filters and orders of evaluation datasets.
use crate::{
    FilterError,
    catalog::FieldGroup,
    clause::{Clause, Literal, NumberTest, Op, TextTest},
    error::{ParseError, short},
    lex::Number,
    parse::{self, Expr},
    sort::{self, Direction},
};

/// A filter of evaluation datasets.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetFilter {
    pub(crate) expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(Text, TextTest),
    Time(Time, NumberTest),
    Tag(String, TextTest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Name,
    CreatedBy,
    LastUpdatedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Created,
    LastUpdate,
}

const NAME_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::In];
const TEXT_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike];

impl DatasetFilter {
    pub fn all() -> Self {
        Self { expr: Expr::all() }
    }

    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, resolve).map(|expr| Self { expr })
    }
}

fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    match clause.prefix.as_deref() {
        None | Some("attribute" | "attributes") => attribute(&clause),
        Some(prefix) if FieldGroup::of_prefix(prefix) == Some(FieldGroup::Tag) => {
            let (key, test) = clause.tag_test(TEXT_OPS)?;
            Ok(Condition::Tag(key, test))
        }
        Some(prefix) => Err(clause.bad_name(format!(
            "Invalid entity type '{}'. Valid values are 'attribute', 'attributes', 'tag', 'tags'",
            short(prefix)
        ))),
    }
}

fn attribute(clause: &Clause) -> Result<Condition, ParseError> {
    let (text, ops) = match clause.key.as_str() {
        "name" => (Text::Name, NAME_OPS),
        "created_by" => (Text::CreatedBy, TEXT_OPS),
        "last_updated_by" => (Text::LastUpdatedBy, TEXT_OPS),
        "created_time" => return time(Time::Created, clause),
        "last_update_time" => return time(Time::LastUpdate, clause),
        key => return Err(clause.bad_name(unknown(key))),
    };
    Ok(Condition::Text(text, clause.text_test("attributes", ops)?))
}

fn time(time: Time, clause: &Clause) -> Result<Condition, ParseError> {
    if let Literal::Number(Number::Real(_)) = clause.value {
        return Err(clause.bad_value(format!(
            "Invalid value for numeric attribute '{}': {}; it is whole milliseconds",
            clause.key,
            clause.display_value()
        )));
    }
    Ok(Condition::Time(time, clause.number_test(&clause.key, Op::NUMBER)?))
}

fn unknown(key: &str) -> String {
    format!(
        "Invalid attribute key '{}' specified. Valid keys are 'name', 'created_time', 'last_update_time', 'created_by', 'last_updated_by'",
        short(key)
    )
}

/// A sort key of datasets.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetOrderBy {
    pub(crate) key: Key,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Time(Time),
}

impl DatasetOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, key)?;
        Ok(keys.into_iter().map(|(key, direction)| Self { key, direction }).collect())
    }
}

fn key(prefix: Option<&str>, key: &str) -> Result<Key, String> {
    match (prefix, key) {
        (None | Some("attribute" | "attributes"), key) => match key {
            "name" => Ok(Key::Name),
            "created_time" => Ok(Key::Time(Time::Created)),
            "last_update_time" => Ok(Key::Time(Time::LastUpdate)),
            _ => Err(format!(
                "Invalid order_by key '{}' specified. Valid keys are 'name', 'created_time', 'last_update_time'",
                short(key)
            )),
        },
        (Some(prefix), _) => Err(format!("Invalid order_by entity: {}", short(prefix))),
    }
}
