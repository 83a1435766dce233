//! The order of a trace search, and the start of the next page.
//!
//! NULLs are last in both directions. Ties are broken by time, newest first, and then by the trace
//! id, so that a page token denotes the same position however many traces arrive meanwhile.
use kansoku_model::{metadata_key, tag_key};

use crate::{
    FilterError, SqlValue,
    catalog::{self, FieldGroup, NumberField, Source, TextField},
    error::short,
    sort::{self, Direction},
};

/// A sort key of traces.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    pub(crate) key: Key,
    pub(crate) direction: Direction,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Number(NumberField),
    Text(TextField),
    Experiment,
}

/// The type of a key's values in page tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    Integers,
    Texts,
}

/// The sort keys of a search; newest first by default.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    keys: Vec<OrderBy>,
}

impl OrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, resolve)?;
        Ok(keys.into_iter().map(|(key, direction)| Self { key, direction }).collect())
    }
}

fn resolve(prefix: Option<&str>, key: &str) -> Result<Key, String> {
    let unknown = || {
        let names = catalog::sort_names().chain(["experiment_id"]);
        let names: Vec<_> = names.map(|name| format!("'{name}'")).collect();
        let key = short(key);
        format!("Invalid attribute key '{key}' specified. Valid keys are {}", names.join(", "))
    };
    let Some(group) = prefix.map_or(Some(FieldGroup::Trace), FieldGroup::of_prefix) else {
        let prefix = prefix.unwrap_or_default();
        let whole = Key::of_trace(&format!("{prefix}.{key}"));
        return whole.ok_or_else(|| format!("Invalid identifier type '{}'", short(prefix)));
    };
    match group {
        FieldGroup::Trace if key == "experiment_id" => Ok(Key::Experiment),
        FieldGroup::Trace => Key::of_trace(key).ok_or_else(unknown),
        FieldGroup::Tag if key == tag_key::TRACE_NAME => Ok(Key::Text(TextField::Name)),
        FieldGroup::Tag if !key.is_empty() => Ok(Key::Text(TextField::Tag(key.to_owned()))),
        FieldGroup::Metadata if !key.is_empty() => match key {
            metadata_key::TOKEN_USAGE | metadata_key::COST => Err(format!(
                "Ordering by reserved metadata '{key}' is not supported because it is represented by multiple columns."
            )),
            key => Ok(Key::Text(TextField::Metadata(key.to_owned().into()))),
        },
        FieldGroup::Tag
        | FieldGroup::Metadata
        | FieldGroup::Span
        | FieldGroup::Feedback
        | FieldGroup::Expectation
        | FieldGroup::Issue
        | FieldGroup::Inputs
        | FieldGroup::Outputs => {
            Err(format!("Invalid identifier type '{}'", short(prefix.unwrap_or_default())))
        }
    }
}

impl Key {
    /// The key for the field of this name in the group [`FieldGroup::Trace`], if it is sortable.
    fn of_trace(name: &str) -> Option<Self> {
        let def = catalog::of_trace(name).filter(|def| def.sortable)?;
        match &def.source {
            Source::Number(field) => Some(Self::Number(*field)),
            Source::Text(field) => Some(Self::Text(field.clone())),
            Source::Run => Some(Self::Text(TextField::SOURCE_RUN)),
            _ => None,
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        match self {
            Self::Number(field) => field.is_nullable(),
            Self::Text(field) => !matches!(field, TextField::Status | TextField::TraceId),
            Self::Experiment => false,
        }
    }

    fn values(&self) -> Values {
        match self {
            Self::Number(_) | Self::Experiment => Values::Integers,
            Self::Text(_) => Values::Texts,
        }
    }
}

impl Order {
    /// An order by the given keys, then newest first.
    pub fn new(keys: &[OrderBy]) -> Self {
        let mut keys = keys.to_vec();
        let newest = Key::Number(NumberField::Timestamp);
        if keys.iter().all(|by| by.key != newest) {
            keys.push(OrderBy { key: newest, direction: Direction::Descending });
        }
        Self { keys }
    }

    pub(crate) fn keys(&self) -> &[OrderBy] {
        &self.keys
    }

    /// Whether the order is by time, newest first, and nothing else, which is the order of the
    /// indexes.
    pub fn is_newest_first(&self) -> bool {
        matches!(
            self.keys.as_slice(),
            [OrderBy {
                key: Key::Number(NumberField::Timestamp),
                direction: Direction::Descending
            }]
        )
    }

    /// Number of sort keys, which is the number of values in a page token.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the values can be from a page token of this order.
    pub(crate) fn fits(&self, values: &[SqlValue]) -> bool {
        let fits = |by: &OrderBy, value: &SqlValue| match value {
            SqlValue::Null => by.key.is_nullable(),
            SqlValue::Integer(_) => by.key.values() == Values::Integers,
            // SQLite adds two large integers to a float.
            SqlValue::Real(_) => by.key == Key::Number(NumberField::EndTime),
            SqlValue::Text(_) => by.key.values() == Values::Texts,
        };
        self.keys.len() == values.len() && self.keys.iter().zip(values).all(|(by, v)| fits(by, v))
    }
}
