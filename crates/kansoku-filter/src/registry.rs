//! Filters and orders of registered models and of their versions.
//!
//! A search finds either prompts or other models, never both: the others, unless the filter asks
//! for prompts by their tag.
use kansoku_model::IS_PROMPT_TAG;

use crate::{
    FilterError,
    catalog::FieldGroup,
    clause::{Clause, Literal, NumberTest, Op, TextTest},
    error::{ParseError, short},
    lex::Number,
    parse::{self, Expr},
    sort::{self, Direction},
};

/// A filter of registered models.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredModelFilter {
    pub(crate) expr: Expr<Condition>,
}

/// A filter of versions of registered models.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelVersionFilter {
    pub(crate) expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(Field, TextTest),
    /// A test of the number of a version.
    Version(NumberTest),
    IsPrompt(bool),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    Name,
    RunId,
    Source,
    Tag(String),
}

const LISTED_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::In, Op::NotIn];
const TEXT_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike];

impl RegisteredModelFilter {
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, of_model).map(|expr| Self { expr: without_prompts_by_default(expr) })
    }
}

impl ModelVersionFilter {
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, of_version).map(|expr| Self { expr: without_prompts_by_default(expr) })
    }
}

fn without_prompts_by_default(expr: Expr<Condition>) -> Expr<Condition> {
    match expr.any(&|condition| matches!(condition, Condition::IsPrompt(_))) {
        true => expr,
        false => Expr::And(vec![Expr::Is(Condition::IsPrompt(false)), expr]),
    }
}

fn of_model(clause: Clause) -> Result<Condition, ParseError> {
    resolve(clause, &["name"])
}

fn of_version(clause: Clause) -> Result<Condition, ParseError> {
    resolve(clause, &["name", "version_number", "run_id", "source_path"])
}

fn resolve(clause: Clause, attributes: &[&str]) -> Result<Condition, ParseError> {
    match clause.prefix.as_deref() {
        None | Some("attribute") => of_attribute(&clause, attributes),
        Some(prefix) if FieldGroup::of_prefix(prefix) == Some(FieldGroup::Tag) => of_tag(&clause),
        Some(prefix) => Err(clause.bad_name(format!(
            "Invalid entity type '{}'. Valid values are 'attribute', 'tag', 'tags'",
            short(prefix)
        ))),
    }
}

fn of_attribute(clause: &Clause, attributes: &[&str]) -> Result<Condition, ParseError> {
    let key = clause.key.as_str();
    if !attributes.contains(&key) {
        return Err(clause.bad_name(unknown(key, attributes)));
    }
    let (field, ops) = match key {
        "name" => (Field::Name, LISTED_OPS),
        "run_id" => (Field::RunId, LISTED_OPS),
        "source_path" => (Field::Source, TEXT_OPS),
        _ => return of_version_number(clause),
    };
    Ok(Condition::Text(field, clause.text_test("attributes", ops)?))
}

/// A number, which may be quoted.
fn of_version_number(clause: &Clause) -> Result<Condition, ParseError> {
    let mut clause = clause.clone();
    if let Literal::Text(text) = &clause.value
        && let Ok(number) = text.trim().parse()
    {
        clause.value = Literal::Number(Number::Integer(number));
    }
    if matches!(clause.value, Literal::Number(Number::Real(_))) {
        let value = clause.display_value();
        return Err(clause
            .bad_value(format!("Expected a whole number for version_number. Got value {value}")));
    }
    Ok(Condition::Version(clause.number_test("version_number", Op::NUMBER)?))
}

fn of_tag(clause: &Clause) -> Result<Condition, ParseError> {
    let (key, test) = clause.tag_test(TEXT_OPS)?;
    if key != IS_PROMPT_TAG {
        return Ok(Condition::Text(Field::Tag(key), test));
    }
    // Models lack the tag, so its absence means "no prompt".
    Ok(Condition::IsPrompt(match &test {
        TextTest::Eq(value) => value.eq_ignore_ascii_case("true"),
        TextTest::Ne(value) => value.eq_ignore_ascii_case("false"),
        _ => false,
    }))
}

fn unknown(key: &str, valid: &[&str]) -> String {
    let valid: Vec<_> = valid.iter().map(|name| format!("'{name}'")).collect();
    let (key, valid) = (short(key), valid.join(", "));
    format!("Invalid attribute key '{key}' specified. Valid keys are {valid}")
}

/// A sort key of registered models.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredModelOrderBy {
    pub(crate) key: Key,
    pub(crate) direction: Direction,
}

/// A sort key of versions of registered models.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelVersionOrderBy {
    pub(crate) key: Key,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Version,
    CreationTime,
    LastUpdateTime,
}

impl RegisteredModelOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, model_key)?;
        Ok(keys.into_iter().map(|(key, direction)| Self { key, direction }).collect())
    }
}

impl ModelVersionOrderBy {
    /// Parses the keys. Without any, the order is latest update first.
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, version_key)?;
        Ok(keys.into_iter().map(|(key, direction)| Self { key, direction }).collect())
    }
}

/// The sort keys of versions: the given ones, or by default latest update first; then by name, and
/// the highest version first.
pub(crate) fn version_order(keys: &[ModelVersionOrderBy]) -> Vec<(Key, Direction)> {
    let mut order: Vec<_> = keys.iter().map(|by| (by.key, by.direction)).collect();
    if order.is_empty() {
        order.push((Key::LastUpdateTime, Direction::Descending));
    }
    order.extend([(Key::Name, Direction::Ascending), (Key::Version, Direction::Descending)]);
    order
}

/// The sort keys of registered models: the given ones, then by name.
pub(crate) fn model_order(keys: &[RegisteredModelOrderBy]) -> Vec<(Key, Direction)> {
    let keys = keys.iter().map(|by| (by.key, by.direction));
    keys.chain([(Key::Name, Direction::Ascending)]).collect()
}

fn model_key(prefix: Option<&str>, key: &str) -> Result<Key, String> {
    match (prefix, key) {
        (None, "name") => Ok(Key::Name),
        (None, "timestamp" | "last_updated_timestamp") => Ok(Key::LastUpdateTime),
        (_, key) => Err(unknown(key, &["name", "timestamp", "last_updated_timestamp"])),
    }
}

fn version_key(prefix: Option<&str>, key: &str) -> Result<Key, String> {
    let valid = ["name", "version_number", "creation_timestamp", "last_updated_timestamp"];
    match (prefix, key) {
        (None | Some("attribute" | "attributes"), key) => match key {
            "name" => Ok(Key::Name),
            "version_number" => Ok(Key::Version),
            "creation_timestamp" => Ok(Key::CreationTime),
            "last_updated_timestamp" => Ok(Key::LastUpdateTime),
            _ => Err(unknown(key, &valid)),
        },
        (Some(prefix), _) => Err(format!("Invalid order_by entity: {}", short(prefix))),
    }
}
