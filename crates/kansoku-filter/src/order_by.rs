//! The order of a trace search, and where the next page begins in it.
//!
//! NULLs are last in both directions; the trace id breaks every tie, so a page
//! token names one place however many traces arrive meanwhile.
use kansoku_model::{metadata_key, tag_key};

use crate::{
    Dialect, FilterError, PageToken, Sql, SqlValue,
    error::short,
    sort::{self, Direction},
    sql::Writer,
    trace::{Attribute, METADATA_PREFIXES, NumberField, TAG_PREFIXES, TextField, attribute},
};

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    key: Key,
    direction: Direction,
}

#[derive(Clone, Debug, PartialEq)]
enum Key {
    Number(NumberField),
    Text(TextField),
    Experiment,
}

/// What kind of values a key has, for page tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    Integers,
    Texts,
}

/// Newest first unless told otherwise.
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
    match prefix {
        None | Some("trace" | "attribute" | "attributes") => match attribute(key) {
            Some(Attribute::Number(field)) => Ok(Key::Number(field)),
            Some(Attribute::Text(
                field @ (TextField::Status | TextField::TraceId | TextField::Name),
            )) => Ok(Key::Text(field)),
            Some(Attribute::Run) => {
                Ok(Key::Text(TextField::Metadata(metadata_key::SOURCE_RUN.to_owned())))
            }
            _ if key == "experiment_id" => Ok(Key::Experiment),
            _ => Err(format!(
                "Invalid attribute key '{}' specified. Valid keys are 'timestamp_ms', 'execution_time_ms', 'end_time_ms', 'status', 'request_id', 'experiment_id', 'name', 'run_id', 'tokens', 'cost'",
                short(key)
            )),
        },
        Some(prefix) if TAG_PREFIXES.contains(&prefix) && !key.is_empty() => {
            Ok(Key::Text(if key == tag_key::TRACE_NAME {
                TextField::Name
            } else {
                TextField::Tag(key.to_owned())
            }))
        }
        Some(prefix) if METADATA_PREFIXES.contains(&prefix) && !key.is_empty() => match key {
            metadata_key::TOKEN_USAGE | metadata_key::COST => Err(format!(
                "Ordering by reserved metadata '{key}' is not supported because it is represented by multiple columns."
            )),
            key => Ok(Key::Text(TextField::Metadata(key.to_owned()))),
        },
        Some(prefix) => Err(format!("Invalid identifier type '{}'", short(prefix))),
    }
}

impl Key {
    fn is_nullable(&self) -> bool {
        match self {
            Self::Number(field) => !matches!(field, NumberField::Timestamp | NumberField::EndTime),
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

    fn operand(&self, writer: &mut Writer) -> String {
        match self {
            Self::Number(field) => field.column(writer.dialect).to_owned(),
            Self::Text(field) => {
                let place = field.place(writer.dialect);
                writer.operand(place)
            }
            Self::Experiment => "t.experiment_id".to_owned(),
        }
    }
}

impl Order {
    pub fn of(keys: &[OrderBy]) -> Self {
        if keys.is_empty() {
            let key = Key::Number(NumberField::Timestamp);
            return Self { keys: vec![OrderBy { key, direction: Direction::Descending }] };
        }
        Self { keys: keys.to_vec() }
    }

    /// Whether it is by time, newest first, and nothing else: the order of the indexes.
    pub fn is_newest_first(&self) -> bool {
        matches!(
            self.keys.as_slice(),
            [OrderBy {
                key: Key::Number(NumberField::Timestamp),
                direction: Direction::Descending
            }]
        )
    }

    /// How many `k…` columns there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys' expressions over `traces t` as a select list: `… as k0, … as k1`.
    /// Keys of tags and metadata are parameters.
    pub fn columns(&self) -> Sql {
        let mut writer = Writer::new(Dialect::Sqlite);
        let mut columns = Vec::new();
        for (i, by) in self.keys.iter().enumerate() {
            columns.push(format!("{} as k{i}", by.key.operand(&mut writer)));
        }
        writer.finish(columns.join(", "))
    }

    /// What follows `order by` where [`Self::columns`] are selected from `traces t`.
    pub fn order_by(&self) -> String {
        let mut keys = Vec::new();
        for (i, by) in self.keys.iter().enumerate() {
            keys.push(format!("k{i} {}", by.direction.spelled(by.key.is_nullable())));
        }
        keys.push("t.trace_id asc".to_owned());
        keys.join(", ")
    }

    /// A condition on `traces t`: what comes after the last trace of a page.
    pub fn after(&self, token: &PageToken) -> Sql {
        let mut writer = Writer::new(Dialect::Sqlite);
        let id = writer.text_param(&token.trace_id);
        let mut after = format!("t.trace_id > {id}");
        for (by, value) in self.keys.iter().zip(&token.values).rev() {
            let key = by.key.operand(&mut writer);
            if *value == SqlValue::Null {
                after = format!("({key} is null and {after})");
                continue;
            }
            let value = writer.param(value.clone());
            let beyond = match by.direction {
                Direction::Ascending => ">",
                Direction::Descending => "<",
            };
            // The first half lets an index start at the place.
            after = format!("({key} {beyond}= {value} and ({key} {beyond} {value} or {after}))");
            if by.key.is_nullable() {
                after = format!("({key} is null or {after})");
            }
        }
        writer.finish(after)
    }

    /// Whether these values can have come from a page in this order.
    pub(crate) fn fits(&self, values: &[SqlValue]) -> bool {
        let fits = |by: &OrderBy, value: &SqlValue| match value {
            SqlValue::Null => by.key.is_nullable(),
            SqlValue::Integer(_) => by.key.values() == Values::Integers,
            // Of two large integers SQLite makes a real.
            SqlValue::Real(_) => by.key == Key::Number(NumberField::EndTime),
            SqlValue::Text(_) => by.key.values() == Values::Texts,
        };
        self.keys.len() == values.len() && self.keys.iter().zip(values).all(|(by, v)| fits(by, v))
    }
}
