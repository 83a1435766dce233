//! Reading protobuf's JSON from a parsed tree, with the path of whatever does not fit.
//!
//! `null` is absent, numbers may be text, and a misfit is an error that names its place.
use std::fmt;

use serde_json::{Map, Value};

/// A place in the tree; lives on the stack, so that walking allocates nothing.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    up: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

/// A value that is not what its place asks for.
#[derive(Debug, thiserror::Error)]
#[error("`{at}` must be {expected}")]
pub struct Misfit {
    at: String,
    expected: &'static str,
}

impl<'a> At<'a> {
    pub(crate) const ROOT: Self = Self { up: None, step: Step::Root };

    pub(crate) fn field(&'a self, name: &'a str) -> Self {
        Self { up: Some(self), step: Step::Field(name) }
    }

    fn item(&'a self, index: usize) -> Self {
        Self { up: Some(self), step: Step::Item(index) }
    }

    pub(crate) fn misfit(&self, expected: &'static str) -> Misfit {
        Misfit { at: self.to_string(), expected }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.up.filter(|up| !matches!(up.step, Step::Root));
        if let Some(up) = above {
            up.fmt(f)?;
        }
        match self.step {
            Step::Root => f.write_str("the body"),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Field(name) if above.is_some() => write!(f, ".{name}"),
            Step::Field(name) => f.write_str(name),
        }
    }
}

pub(crate) fn object(value: Value, at: &At<'_>) -> Result<Map<String, Value>, Misfit> {
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(at.misfit("an object")),
    }
}

pub(crate) fn list<T>(
    value: Value,
    at: &At<'_>,
    read: impl Fn(Value, &At<'_>) -> Result<T, Misfit>,
) -> Result<Vec<T>, Misfit> {
    match value {
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                list.push(read(item, &at.item(index))?);
            }
            Ok(list)
        }
        Value::Null => Ok(Vec::new()),
        _ => Err(at.misfit("a list")),
    }
}

pub(crate) fn text(value: Value, at: &At<'_>) -> Result<String, Misfit> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        _ => Err(at.misfit("a string")),
    }
}

pub(crate) fn whole_u64(value: Value, at: &At<'_>) -> Result<u64, Misfit> {
    const EXPECTED: &str = "a whole number from 0 to 18446744073709551615";
    let number = match &value {
        Value::Null => Some(0),
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| at.misfit(EXPECTED))
}

pub(crate) fn whole_i64(value: Value, at: &At<'_>) -> Result<i64, Misfit> {
    let number = match &value {
        Value::Null => Some(0),
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            let size = i64::try_from(whole(number.abs())?).ok()?;
            Some(if number < 0.0 { -size } else { size })
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| at.misfit("a whole number of 64 bits"))
}

pub(crate) fn count_u32(value: Value, at: &At<'_>) -> Result<u32, Misfit> {
    // What does not fit is a count nobody can have meant; the largest says as much.
    Ok(u32::try_from(whole_u64(value, at)?).unwrap_or(u32::MAX))
}

pub(crate) fn double(value: Value, at: &At<'_>) -> Result<f64, Misfit> {
    let number = match &value {
        Value::Number(number) => number.as_f64(),
        // `parse` knows "NaN", "Infinity" and "-Infinity" too.
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| at.misfit("a number"))
}

/// Protobuf's JSON allows `1.0` and `1e3` where a whole number is due.
fn whole(number: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    ((0.0..LIMIT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
