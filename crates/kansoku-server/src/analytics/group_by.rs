//! By what traces are put into groups, and the filter that keeps one of them.
use kansoku_filter::{FacetField, print};
use kansoku_store::TraceFacts;

use super::error_signature::{normalised, pattern};
use super::field_values::each_value;
use crate::ApiError;

#[derive(Clone, Debug)]
pub(crate) struct GroupBy {
    pub(crate) field: FacetField,
    /// The field as a filter has it.
    name: String,
}

impl GroupBy {
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let named = |field: FacetField, name: &str| Self { field, name: name.to_owned() };
        Ok(match text {
            "session" => named(FacetField::Session, text),
            "user" => named(FacetField::User, text),
            "version" => named(FacetField::Version, text),
            "environment" => named(FacetField::Environment, text),
            "name" => named(FacetField::Name, text),
            "status" => named(FacetField::Status, text),
            "error" => named(FacetField::Error, text),
            "model" => named(FacetField::SpanModel, "span.model"),
            _ => {
                let (prefix, key) = text.split_once(':').unwrap_or_default();
                let (field, prefix) = match prefix {
                    "tag" => (FacetField::Tag(key.to_owned()), "tags"),
                    "metadata" => (FacetField::Metadata(key.to_owned()), "metadata"),
                    _ => return Err(unknown()),
                };
                named(field, &print::field_name(prefix, key).ok_or_else(unknown)?)
            }
        })
    }

    /// The groups that a trace is in: several only where it called several models.
    pub(crate) fn each_group(&self, facts: &TraceFacts, see: &mut dyn FnMut(Option<&str>)) {
        let mut seen: Vec<String> = Vec::new();
        each_value(&self.field, facts, &mut |value| {
            let value = match self.field {
                // Errors that differ in numbers and ids are one.
                FacetField::Error => normalised(value),
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
        let clause = match (&self.field, value) {
            // Of a span's model no filter asks whether it is there.
            (FacetField::SpanModel, None) => format!("NOT {name} LIKE '%'"),
            (_, None) => format!("{name} IS NULL"),
            (FacetField::Error, Some(value)) if value.contains('…') => {
                format!("{name} LIKE '{}'", pattern(value))
            }
            (_, Some(value)) => print::equals(name, value),
        };
        print::both(q, &clause)
    }
}

fn unknown() -> ApiError {
    ApiError::invalid(
        "`by` is one of session, user, version, environment, name, status, error, model, \
         tag:KEY, metadata:KEY",
    )
}
