//! By what traces are put into groups, and the filter that keeps one of them.
use kansoku_filter::{FIELDS, Field, Projection, print};
use kansoku_model::{Coded, ErrorCode};
use kansoku_store::ScannedTrace;

use super::error_signature::{error_signature, pattern};
use super::field_values::each_value;

#[derive(Clone, Debug)]
pub struct GroupBy {
    pub field: Field,
    /// The field as a filter has it.
    name: String,
}

impl GroupBy {
    pub fn parse(text: &str) -> Result<Self, UnknownGroup> {
        let field = Field::grouped_by(text).ok_or(UnknownGroup)?;
        let name = field.name().ok_or(UnknownGroup)?;
        Ok(Self { field, name })
    }

    /// The groups that a trace is in: several only where it called several models.
    pub fn each_group(&self, scanned: &ScannedTrace, see: &mut dyn FnMut(Option<&str>)) {
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
    pub fn filter(&self, q: &str, value: Option<&str>) -> String {
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

/// A text that names no field to group traces by.
#[derive(Debug, thiserror::Error)]
#[error("`by` is one of {}", words())]
pub struct UnknownGroup;

impl Coded for UnknownGroup {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

/// What traces can be grouped by.
pub fn words() -> String {
    let words = FIELDS.iter().filter_map(|def| {
        let word = def.groupable?;
        Some(if def.is_keyed() { format!("{word}:KEY") } else { word.to_owned() })
    });
    words.collect::<Vec<_>>().join(", ")
}
