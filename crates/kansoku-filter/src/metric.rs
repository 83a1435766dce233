//! Filters of trace metrics: one equality each, such as `trace.tag.env = 'prod'`.
//!
//! MLflow defines a separate small language for these: a view, an entity and, for some, a key; then
//! `=` and a quoted value. Several filters are combined by AND.
use std::ops::Range;

use crate::{
    FilterError,
    error::{ParseError, short},
    lex::{Kind, Number, Token, lex},
    limits::FILTER_BYTES_MAX,
};

/// An equality that the rows of a metric must satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricFilter {
    TraceStatus(String),
    TraceTag {
        key: String,
        value: String,
    },
    TraceMetadata {
        key: String,
        value: String,
    },
    SpanName(String),
    SpanStatus(String),
    SpanType(String),
    AssessmentName(String),
    /// `feedback`, `expectation` or `issue`
    AssessmentType(String),
}

/// The entities of each view, and whether they need a key.
const VIEWS: [(&str, &[(&str, bool)]); 3] = [
    ("trace", &[("status", false), ("tag", true), ("metadata", true)]),
    ("span", &[("name", false), ("status", false), ("type", false)]),
    ("assessment", &[("name", false), ("type", false)]),
];

impl MetricFilter {
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if FILTER_BYTES_MAX < text.len() {
            return Err(FilterError {
                message: format!("The filter is longer than {FILTER_BYTES_MAX} bytes"),
                filter: String::new(),
                at: 0..0,
            });
        }
        lex(text)
            .and_then(|tokens| comparison(text, &tokens))
            .map_err(|error| error.in_filter(text))
    }

    /// The view that the filter belongs to: `trace`, `span` or `assessment`.
    pub fn view(&self) -> &'static str {
        match self {
            Self::TraceStatus(_) | Self::TraceTag { .. } | Self::TraceMetadata { .. } => "trace",
            Self::SpanName(_) | Self::SpanStatus(_) | Self::SpanType(_) => "span",
            Self::AssessmentName(_) | Self::AssessmentType(_) => "assessment",
        }
    }
}

fn comparison(text: &str, tokens: &[Token]) -> Result<MetricFilter, ParseError> {
    let [name, operator, value, rest @ ..] = tokens else {
        let message = format!("Invalid filter: '{}'. Expected one filter clause.", short(text));
        return Err(ParseError::new(0..text.len(), message));
    };
    let Kind::Word { bare, quoted } = &name.kind else {
        return Err(invalid_identifier(name.at.clone(), &text[name.at.clone()]));
    };
    let (view, entity, key) = identifier(bare, quoted.as_deref(), name.at.clone())?;
    if operator.kind != Kind::Symbol("=") {
        let shown = short(&text[operator.at.clone()]);
        let message = format!("Invalid comparator: '{shown}', only '=' operator is supported");
        return Err(ParseError::new(operator.at.clone(), message));
    }
    let value = text_value(entity, value)?;
    if let Some(token) = rest.first() {
        let message = format!(
            "Invalid clause(s) in filter string: {}; send each comparison as a filter of its own",
            short(&text[token.at.clone()])
        );
        return Err(ParseError::new(token.at.clone(), message));
    }
    Ok(match (view, entity, key) {
        ("trace", "tag", Some(key)) => MetricFilter::TraceTag { key, value },
        ("trace", "metadata", Some(key)) => MetricFilter::TraceMetadata { key, value },
        ("trace", _, _) => MetricFilter::TraceStatus(value),
        ("span", "name", _) => MetricFilter::SpanName(value),
        ("span", "status", _) => MetricFilter::SpanStatus(value),
        ("span", _, _) => MetricFilter::SpanType(value),
        (_, "name", _) => MetricFilter::AssessmentName(value),
        _ => MetricFilter::AssessmentType(value),
    })
}

/// Splits a name such as ``trace.tag.`my-key` `` into view, entity and key.
fn identifier(
    bare: &str,
    quoted: Option<&str>,
    at: Range<usize>,
) -> Result<(&'static str, &'static str, Option<String>), ParseError> {
    let whole = format!("{bare}{}", quoted.unwrap_or_default());
    let mut parts = whole.splitn(3, '.');
    let (Some(view), Some(entity)) = (parts.next(), parts.next()) else {
        return Err(invalid_identifier(at, &whole));
    };
    let Some((view, entities)) = VIEWS.iter().find(|(name, _)| *name == view) else {
        let message = format!(
            "Invalid view type '{}'. Valid values are 'trace', 'span', 'assessment'",
            short(view)
        );
        return Err(ParseError::new(at, message));
    };
    let Some((entity, has_key)) = entities.iter().find(|(name, _)| *name == entity) else {
        let valid: Vec<_> = entities.iter().map(|(name, _)| format!("'{name}'")).collect();
        let message = format!(
            "Invalid entity '{}' specified for view type '{view}'. Valid entities are [{}]",
            short(entity),
            valid.join(", ")
        );
        return Err(ParseError::new(at, message));
    };
    let key = parts.next();
    let message = match (has_key, key) {
        (true, None | Some("")) => {
            format!("Filtering by {entity} requires a key, e.g. '{view}.{entity}.<key> = <value>'")
        }
        (false, Some(_)) => {
            format!("Filtering by {entity} does not require a key, use '{view}.{entity}' instead")
        }
        (true, Some(_)) | (false, None) => return Ok((view, entity, key.map(str::to_owned))),
    };
    Err(ParseError::new(at, message))
}

fn invalid_identifier(at: Range<usize>, name: &str) -> ParseError {
    let message = format!(
        "Invalid identifier '{}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.",
        short(name)
    );
    ParseError::new(at, message)
}

fn text_value(entity: &str, token: &Token) -> Result<String, ParseError> {
    let shown = match &token.kind {
        Kind::Text(text) => return Ok(text.clone()),
        Kind::Word { bare, .. } | Kind::Backticked(bare) => short(bare),
        Kind::Quantity(number, unit) => format!("{}{}", number.as_f64(), unit.name),
        Kind::Number(Number::Integer(n)) => n.to_string(),
        Kind::Number(Number::Real(n)) => n.to_string(),
        Kind::Symbol(symbol) => (*symbol).to_owned(),
    };
    let message = format!(
        "Expected a quoted string value for {entity} value (e.g. 'my-value'). Got value {shown}"
    );
    Err(ParseError::new(token.at.clone(), message))
}
