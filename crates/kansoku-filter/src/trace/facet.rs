//! Fields whose values can be counted, by the names a filter has for them.
use kansoku_model::{metadata_key, tag_key};

use super::field::{Attribute, METADATA_PREFIXES, TAG_PREFIXES, TextField as Field, attribute};
use crate::{
    FilterError,
    error::{Refusal, short},
    lex::{Kind, lex},
    parse::split_name,
};

/// A field of traces that has texts for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FacetField {
    Status,
    Name,
    Session,
    User,
    Version,
    Environment,
    Error,
    Tag(String),
    Metadata(String),
    Feedback(String),
    Expectation(String),
    SpanName,
    SpanType,
    SpanStatus,
    SpanModel,
    SpanProvider,
    /// A number, an id, or text of which no two are alike: nothing to count.
    Uncounted,
}

impl FacetField {
    /// Reads a field as a filter has it, such as ``tags.`my-tag` ``.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let whole = 0..text.len();
        let refuse = |message: String| Refusal::new(whole.clone(), message).of(text);
        let mut tokens = lex(text).map_err(|refusal| refusal.of(text))?.into_iter();
        let (Some(token), None) = (tokens.next(), tokens.next()) else {
            return Err(refuse(format!("'{}' is not a field", short(text))));
        };
        let (prefix, key) = match token.kind {
            Kind::Word { bare, quoted } => split_name(bare, quoted),
            _ => return Err(refuse(format!("'{}' is not a field", short(text)))),
        };
        let field = match prefix.as_deref() {
            None | Some("trace" | "attribute" | "attributes") => of_trace(&key),
            Some(prefix) if TAG_PREFIXES.contains(&prefix) => match key.as_str() {
                tag_key::TRACE_NAME => Some(Self::Name),
                _ => Some(Self::Tag(key.clone())),
            },
            Some(prefix) if METADATA_PREFIXES.contains(&prefix) => Some(of_metadata(&key)),
            Some("feedback") => Some(Self::Feedback(key.clone())),
            Some("expectation") => Some(Self::Expectation(key.clone())),
            Some("span") => of_span(&key),
            Some("issue") => Some(Self::Uncounted),
            Some(_) => None,
        };
        let field = field.filter(|_| !key.is_empty());
        field.ok_or_else(|| refuse(format!("'{}' is not a field of traces", short(text))))
    }
}

fn of_trace(key: &str) -> Option<FacetField> {
    Some(match attribute(key)? {
        Attribute::Text(Field::Status) => FacetField::Status,
        Attribute::Text(Field::Name) => FacetField::Name,
        Attribute::Text(Field::Version) => FacetField::Version,
        Attribute::Text(Field::Environment) => FacetField::Environment,
        Attribute::Text(Field::Metadata(key)) => of_metadata(&key),
        Attribute::Run => FacetField::Metadata(metadata_key::SOURCE_RUN.to_owned()),
        Attribute::Error => FacetField::Error,
        Attribute::Text(_) | Attribute::Number(_) | Attribute::Prompt | Attribute::Payload => {
            FacetField::Uncounted
        }
    })
}

fn of_metadata(key: &str) -> FacetField {
    match key {
        metadata_key::SESSION => FacetField::Session,
        metadata_key::USER => FacetField::User,
        key => FacetField::Metadata(key.to_owned()),
    }
}

fn of_span(key: &str) -> Option<FacetField> {
    Some(match key {
        "name" => FacetField::SpanName,
        "type" => FacetField::SpanType,
        "status" => FacetField::SpanStatus,
        "model" => FacetField::SpanModel,
        "provider" => FacetField::SpanProvider,
        "content" => FacetField::Uncounted,
        key if key.starts_with("attributes.") => FacetField::Uncounted,
        _ => return None,
    })
}
