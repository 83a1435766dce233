//! By what traces are put into groups, and the filter that keeps one of them.
use kansoku_filter::{FIELDS, Field, Projection, print};
use kansoku_store::ScannedTrace;

use super::error_signature::{error_signature, pattern};
use super::field_values::each_value;
use crate::ApiError;

#[derive(Clone, Debug)]
pub(crate) struct GroupBy {
    pub(crate) field: Field,
    /// The field as a filter has it.
    name: String,
}

impl GroupBy {
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let field = Field::grouped_by(text).ok_or_else(unknown)?;
        let name = field.name().ok_or_else(unknown)?;
        Ok(Self { field, name })
    }

    /// The groups that a trace is in: several only where it called several models.
    pub(crate) fn each_group(&self, scanned: &ScannedTrace, see: &mut dyn FnMut(Option<&str>)) {
        let mut seen: Vec<String> = Vec::new();
        each_value(&self.field, scanned, &mut |value| {
            let value = match self.field.projection() {
                // Errors that differ in numbers and ids are one.
                Projection::Error => error_signature(value),
                _ => value.to_owned(),
            };
            if !seen.contains(&value) {
                see(Some(&value));
                seen.push(value);
            }
        });
        if seen.is_empty() {
            see(None);
        }
    }

    /// `q` with what keeps the group alone.
    pub(crate) fn filter(&self, q: &str, value: Option<&str>) -> String {
        let name = &self.name;
        let clause = match (self.field.projection(), value) {
            // Of a span's model no filter asks whether it is there.
            (Projection::SpanModel, None) => format!("NOT {name} LIKE '%'"),
            (Projection::Number(_), None) => format!("NOT {name} != 0 AND NOT {name} = 0"),
            (Projection::Number(_), Some(value)) => format!("{name} = {value}"),
            (_, None) => format!("{name} IS NULL"),
            (Projection::Error, Some(value)) if value.contains('…') => {
                format!("{name} LIKE '{}'", pattern(value))
            }
            (_, Some(value)) => print::equals(name, value),
        };
        print::both(q, &clause)
    }
}

fn unknown() -> ApiError {
    ApiError::invalid(format!("`by` is one of {}", words()))
}

/// What traces can be grouped by.
pub(crate) fn words() -> String {
    let words = FIELDS.iter().filter_map(|def| {
        let word = def.groupable?;
        Some(if def.is_keyed() { format!("{word}:KEY") } else { word.to_owned() })
    });
    words.collect::<Vec<_>>().join(", ")
}
