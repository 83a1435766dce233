//! The fields of a request by MLflow's JSON rules, for query, body and path.
//!
//! Names are in snake_case or lowerCamelCase, `null` means absent, integers may be strings, and
//! unknown fields are ignored. The error of each getter names the field.
mod read;

use std::{collections::BTreeMap, sync::Arc};

use kansoku_model::{Coded, ErrorCode, KeyValue};
use serde_json::{Map, Value};

/// The fields of a request, or of an object in it.
///
/// A nested object shares the tree of its request; nothing is copied.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The path of this object in the request, such as `trace.trace_info.`; empty for the root.
    at: String,
    root: Arc<Map<String, Value>>,
    /// The steps from the root to this object.
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Item(usize),
}

impl Fields {
    pub fn new(values: Map<String, Value>) -> Self {
        Self { at: String::new(), root: Arc::new(values), steps: Vec::new() }
    }

    fn values(&self) -> &Map<String, Value> {
        let mut steps = self.steps.iter();
        let Some(Step::Field(first)) = steps.next() else { return &self.root };
        let object = steps.try_fold(self.root.get(first), |value, step| {
            Some(match step {
                Step::Field(name) => value?.get(name),
                Step::Item(index) => value?.get(index),
            })
        });
        object
            .flatten()
            .and_then(Value::as_object)
            .expect("the steps were taken when this was made")
    }

    /// The object in a field, by either spelling of its name, or in an item of a list field.
    fn child(&self, name: &str, item: Option<usize>) -> Self {
        let field = match self.values().contains_key(name) {
            true => name.to_owned(),
            false => camel_case(name),
        };
        let mut steps = self.steps.clone();
        steps.push(Step::Field(field));
        steps.extend(item.map(Step::Item));
        let at = match item {
            Some(index) => format!("{}{name}[{index}].", self.at),
            None => format!("{}{name}.", self.at),
        };
        Self { at, root: self.root.clone(), steps }
    }

    /// Whether the field is present, even if its value is empty.
    pub fn has(&self, name: &str) -> Result<bool, FieldError> {
        Ok(self.get(name)?.is_some())
    }

    pub fn str(&self, name: &str) -> Result<Option<String>, FieldError> {
        self.get(name)?.map(|value| self.expect_str(name, value)).transpose()
    }

    /// A required string. An empty one counts as missing, as in MLflow.
    pub fn required_str(&self, name: &str) -> Result<String, FieldError> {
        self.str(name)?.filter(|text| !text.is_empty()).ok_or_else(|| self.missing(name))
    }

    pub fn i64(&self, name: &str) -> Result<Option<i64>, FieldError> {
        self.get(name)?.map(|value| self.expect_i64(name, value)).transpose()
    }

    pub fn required_i64(&self, name: &str) -> Result<i64, FieldError> {
        self.i64(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn f64(&self, name: &str) -> Result<Option<f64>, FieldError> {
        self.get(name)?.map(|value| self.expect_f64(name, value)).transpose()
    }

    fn expect_f64(&self, name: &str, value: &Value) -> Result<f64, FieldError> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                text => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            },
            _ => None,
        };
        number.ok_or_else(|| self.wrong_type(name, value))
    }

    pub fn bool(&self, name: &str) -> Result<Option<bool>, FieldError> {
        self.get(name)?.map(|value| self.expect_bool(name, value)).transpose()
    }

    fn expect_bool(&self, name: &str, value: &Value) -> Result<bool, FieldError> {
        match value {
            Value::Bool(value) => Ok(*value),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Value::String(text) => Err(FieldError::NotABool(shortened(text))),
            value => Err(self.wrong_type(name, value)),
        }
    }

    /// An enum by name or number; `None` if the field is absent or the value unknown.
    pub fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, i64, T)],
    ) -> Result<Option<T>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let is_chosen = |(word, number, _): &&(&str, i64, T)| match value {
            Value::String(text) => text == word,
            Value::Number(n) => n.as_i64() == Some(*number),
            _ => false,
        };
        match value {
            Value::String(_) | Value::Number(_) => {
                Ok(choices.iter().find(is_chosen).map(|(_, _, chosen)| *chosen))
            }
            _ => Err(self.wrong_type(name, value)),
        }
    }

    /// A list of strings; empty if absent. Use [`Fields::has`] or [`Fields::required_list_str`] to
    /// tell these apart.
    pub fn list_str(&self, name: &str) -> Result<Vec<String>, FieldError> {
        let texts = |items: &[Value]| {
            items.iter().map(|item| self.expect_str(name, item)).collect::<Result<Vec<_>, _>>()
        };
        match self.get(name)? {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => texts(items),
            // A query in which the key occurs once.
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(value) => Err(self.wrong_type(name, value)),
        }
    }

    pub fn required_list_str(&self, name: &str) -> Result<Vec<String>, FieldError> {
        if self.has(name)? { self.list_str(name) } else { Err(self.missing(name)) }
    }

    /// A list of objects; empty if absent.
    pub fn list(&self, name: &str) -> Result<Vec<Fields>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(Vec::new()) };
        let Value::Array(items) = value else { return Err(self.wrong_type(name, value)) };
        let object = |(index, item): (usize, &Value)| match item {
            Value::Object(_) => Ok(self.child(name, Some(index))),
            item => Err(self.wrong_type(name, item)),
        };
        items.iter().enumerate().map(object).collect()
    }

    pub fn object(&self, name: &str) -> Result<Option<Fields>, FieldError> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Object(_)) => Ok(Some(self.child(name, None))),
            Some(value) => Err(self.wrong_type(name, value)),
        }
    }

    pub fn required_object(&self, name: &str) -> Result<Fields, FieldError> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// A JSON object of strings; empty if absent. `null` values are left out.
    pub fn map(&self, name: &str) -> Result<BTreeMap<String, String>, FieldError> {
        let Some(value) = self.get(name)? else { return Ok(BTreeMap::new()) };
        let Value::Object(values) = value else { return Err(self.wrong_type(name, value)) };
        let present = values.iter().filter(|(_, value)| !value.is_null());
        present
            .map(|(key, value)| {
                Ok((key.clone(), self.expect_str(&format!("{name}.{key}"), value)?))
            })
            .collect()
    }

    /// MLflow's other form of a map: a list of `{"key", "value"}`.
    pub fn key_values(&self, name: &str) -> Result<Vec<KeyValue>, FieldError> {
        let pair = |item: Fields| {
            let value = item.str("value")?.unwrap_or_default();
            Ok(KeyValue { key: item.required_str("key")?, value })
        };
        self.list(name)?.into_iter().map(pair).collect()
    }

    /// The value as sent; `None` if it is absent or `null`.
    pub fn value(&self, name: &str) -> Result<Option<Value>, FieldError> {
        Ok(self.get(name)?.cloned())
    }

    /// All fields as sent.
    pub fn into_values(self) -> Map<String, Value> {
        if self.steps.is_empty() {
            return Arc::unwrap_or_clone(self.root);
        }
        self.values().clone()
    }

    pub fn missing(&self, name: &str) -> FieldError {
        FieldError::Missing(format!("{}{name}", self.at))
    }

    /// The error for a value of the wrong type.
    pub fn wrong_type(&self, name: &str, value: &Value) -> FieldError {
        FieldError::WrongType {
            name: format!("{}{name}", self.at),
            value: shortened(&value.to_string()),
            type_name: type_name(value),
        }
    }

    fn get(&self, name: &str) -> Result<Option<&Value>, FieldError> {
        let values = self.values();
        let snake = values.get(name);
        let camel = name.contains('_').then(|| values.get(&camel_case(name))).flatten();
        match (snake, camel) {
            (Some(_), Some(_)) => Err(FieldError::BothSpellings(format!("{}{name}", self.at))),
            (value, other) => Ok(value.or(other).filter(|value| !value.is_null())),
        }
    }

    fn expect_str(&self, name: &str, value: &Value) -> Result<String, FieldError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            value => Err(self.wrong_type(name, value)),
        }
    }

    fn expect_i64(&self, name: &str, value: &Value) -> Result<i64, FieldError> {
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong_type(name, value))
    }

    /// Sets a field, replacing the one that was sent in either spelling.
    pub fn set(&mut self, name: &str, value: &str) {
        let values = Arc::make_mut(&mut self.root);
        values.remove(&camel_case(name));
        values.insert(name.to_owned(), Value::String(value.to_owned()));
    }
}

/// The reason why a field was rejected.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    #[error(
        "Missing value for required parameter '{0}'. \
         See the API docs for more information about request parameters."
    )]
    Missing(String),
    #[error(
        "Invalid value {value} for parameter '{name}' supplied:  \
         Hint: Value was of type '{type_name}'. \
         See the API docs for more information about request parameters."
    )]
    WrongType { name: String, value: String, type_name: &'static str },
    #[error("Invalid boolean value: {0}, must be 'true' or 'false'.")]
    NotABool(String),
    #[error("'{0}' is given in snake_case and in lowerCamelCase; send it once")]
    BothSpellings(String),
    /// The error of the type that the value was parsed into.
    #[error("{0}")]
    Invalid(String),
}

impl Coded for FieldError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing(_)
            | Self::WrongType { .. }
            | Self::NotABool(_)
            | Self::BothSpellings(_)
            | Self::Invalid(_) => ErrorCode::InvalidParameterValue,
        }
    }
}

/// Python's name for a JSON type.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// The integer in a double; `None` beyond 2^53, where it would be ambiguous.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

/// The beginning of a value, for an error message.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
