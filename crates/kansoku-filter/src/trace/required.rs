//! Conditions that every match of a filter satisfies, in terms of indexes.
//!
//! They are always weaker than the filter itself: a store may start from any of them, and then
//! checks the whole filter.
use std::borrow::Cow;

use kansoku_model::TagOrMetadataKind;

use super::{
    field::{AssessmentKind, Condition},
    forms::json_forms,
    literal::{Literal, required_literal},
    spans::SpanTest,
};
use crate::{
    Term,
    catalog::{NumberField, SpanField, TextField},
    clause::{Comparison, NumberTest, TextTest, ValueTest},
    lex::Number,
    parse::Expr,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Required {
    /// Inclusive bounds of the request time, in ms since the Unix epoch.
    pub from_ms: Option<i64>,
    pub to_ms: Option<i64>,
    /// Each match has one of these ids. If the list is empty, nothing can match.
    pub trace_ids: Option<Vec<String>>,
    /// Each match satisfies all of these.
    pub any_of: Vec<AnyOf>,
    /// Whether the filter decompresses spans, which is slow.
    pub reads_payload: bool,
    /// Each match contains all of these in its stored payload.
    pub literals: Vec<Literal>,
}

/// The trace has at least one of the terms, or its session has an assessment as in `sessions`.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyOf {
    pub terms: Vec<Term<'static>>,
    /// The session-level assessment that is sufficient for all traces of its session.
    pub sessions: Option<SessionAssessment>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SessionAssessment {
    pub kind: &'static str,
    pub name: String,
    /// JSON texts of the value; empty if any value is accepted.
    pub values: Vec<String>,
}

/// Maximum number of terms: merging more from an index is slower than a scan.
const TERMS_MAX: usize = 1000;

/// The conditions that every match of `expr` satisfies. `rendered` are the words that rendering
/// adds to the payload.
pub(super) fn required_by(expr: &Expr<Condition>, rendered: &[&str]) -> Required {
    let of_term = |term| required_by(term, rendered);
    match expr {
        Expr::And(terms) => terms.iter().map(of_term).fold(Required::default(), and),
        Expr::Or(terms) => terms.iter().map(of_term).reduce(or).unwrap_or_default(),
        Expr::Not(inner) => {
            Required { reads_payload: of_term(inner).reads_payload, ..Required::default() }
        }
        Expr::Is(condition) => of_condition(condition, rendered),
    }
}

fn and(a: Required, b: Required) -> Required {
    let trace_ids = match (a.trace_ids, b.trace_ids) {
        (Some(mut a), Some(b)) => {
            a.retain(|id| b.contains(id));
            Some(a)
        }
        (a, b) => a.or(b),
    };
    let mut any_of = a.any_of;
    any_of.extend(b.any_of);
    Required {
        from_ms: a.from_ms.max(b.from_ms),
        to_ms: [a.to_ms, b.to_ms].into_iter().flatten().min(),
        trace_ids,
        any_of,
        reads_payload: a.reads_payload || b.reads_payload,
        literals: a.literals.into_iter().chain(b.literals).collect(),
    }
}

/// Only what both branches require is required.
fn or(a: Required, b: Required) -> Required {
    let trace_ids = a.trace_ids.zip(b.trace_ids).map(|(mut a, b)| {
        a.extend(b);
        a.sort();
        a.dedup();
        a
    });
    Required {
        from_ms: a.from_ms.zip(b.from_ms).map(|(a, b)| a.min(b)),
        to_ms: a.to_ms.zip(b.to_ms).map(|(a, b)| a.max(b)),
        trace_ids,
        any_of: either(a.any_of, b.any_of).into_iter().collect(),
        reads_payload: a.reads_payload || b.reads_payload,
        literals: Vec::new(),
    }
}

/// Combines the most selective condition of each side.
fn either(a: Vec<AnyOf>, b: Vec<AnyOf>) -> Option<AnyOf> {
    let narrowest = |all: Vec<AnyOf>| {
        all.into_iter().min_by_key(|any| (any.sessions.is_some(), any.terms.len()))
    };
    let (a, b) = narrowest(a).zip(narrowest(b))?;
    let sessions = match (a.sessions, b.sessions) {
        (Some(mut a), Some(b)) if (a.kind, &a.name) == (b.kind, &b.name) => {
            // No values means any value, which then applies to the combination, too.
            if a.values.is_empty() || b.values.is_empty() {
                a.values.clear();
            } else {
                a.values.extend(b.values);
            }
            Some(a)
        }
        (Some(_), Some(_)) => return None,
        (a, b) => a.or(b),
    };
    let mut terms = a.terms;
    terms.extend(b.terms);
    terms.sort();
    terms.dedup();
    (terms.len() <= TERMS_MAX).then_some(AnyOf { terms, sessions })
}

fn of_condition(condition: &Condition, rendered: &[&str]) -> Required {
    match condition {
        Condition::Text(TextField::TraceId, test) => Required {
            trace_ids: test.equals_one_of().map(<[String]>::to_vec),
            ..Required::default()
        },
        Condition::Text(field, test) if !field.places().is_empty() => {
            let Some(values) = test.equals_one_of() else { return Required::default() };
            let mut terms = Vec::new();
            for value in values {
                let places = field.places().iter();
                let term = |(kind, key): &(TagOrMetadataKind, &'static str)| {
                    term_at(*kind, (*key).into(), value.clone().into())
                };
                terms.extend(places.map(term));
            }
            of_terms(terms, None)
        }
        Condition::Text(field, test) => terms(test, |value| term_of(field, value)),
        Condition::Error(TextTest::Null) => Required::default(),
        // Only failed spans have an error.
        Condition::Error(_) => of_terms(vec![Term::SpanStatus("ERROR".into())], None),
        Condition::Number(NumberField::Timestamp, test) => bounds(test),
        Condition::Number(..) => Required::default(),
        Condition::Run(test) => terms(test, Term::Run),
        Condition::Prompt { name, version } => {
            of_terms(vec![Term::Prompt(name.clone().into(), version.clone().into())], None)
        }
        Condition::Payload(test) => of_payload(test, rendered),
        Condition::Span(test) => of_span(test, rendered),
        Condition::SomeSpan(expr) => required_by(expr, rendered),
        Condition::Assessment { kind, name, test, .. } => of_assessment(*kind, name, test),
        Condition::Issue(id) => of_terms(vec![Term::Issue(id.clone().into())], None),
        Condition::Root(_, ValueTest::Text(test)) => of_payload(test, rendered),
        Condition::Root(_, ValueTest::Number(_)) => {
            Required { reads_payload: true, ..Required::default() }
        }
    }
}

fn of_span(test: &SpanTest, rendered: &[&str]) -> Required {
    match test {
        SpanTest::Text(SpanField::Name, test) => terms(test, Term::SpanName),
        SpanTest::Text(SpanField::Type, test) => terms(test, Term::SpanType),
        SpanTest::Text(SpanField::Status, test) => terms(test, Term::SpanStatus),
        SpanTest::Text(SpanField::Content | SpanField::Attribute(_), test) => {
            of_payload(test, rendered)
        }
        SpanTest::Text(SpanField::Model | SpanField::Provider, _) | SpanTest::Number(..) => {
            Required::default()
        }
    }
}

fn of_payload(test: &TextTest, rendered: &[&str]) -> Required {
    let literals = required_literal(test, rendered).into_iter().collect();
    Required { reads_payload: true, literals, ..Required::default() }
}

fn term_of(field: &TextField, value: Cow<'static, str>) -> Term<'static> {
    match field {
        TextField::TraceId => unreachable!("an id is looked up, not indexed as a term"),
        TextField::ClientRequestId => Term::ClientRequestId(value),
        TextField::Status => Term::State(value),
        TextField::Name => Term::Name(value),
        TextField::Tag(key) => term_at(TagOrMetadataKind::Tag, key.clone().into(), value),
        TextField::Metadata(key) => term_at(TagOrMetadataKind::Metadata, key.clone(), value),
        TextField::Version | TextField::Environment => unreachable!("it stands in several places"),
    }
}

fn term_at(
    kind: TagOrMetadataKind,
    key: Cow<'static, str>,
    value: Cow<'static, str>,
) -> Term<'static> {
    match kind {
        TagOrMetadataKind::Tag => Term::Tag(key, value),
        TagOrMetadataKind::Metadata => Term::Metadata(key, value),
    }
}

fn of_assessment(kind: AssessmentKind, name: &str, test: &ValueTest) -> Required {
    let kind = kind.as_str();
    let assessed = Term::Assessed { kind: kind.into(), name: name.to_owned().into() };
    let session = |values| Some(SessionAssessment { kind, name: name.to_owned(), values });
    match test {
        ValueTest::Text(TextTest::Null) => Required::default(),
        ValueTest::Text(TextTest::Eq(value)) => {
            let values = json_forms(value).to_vec();
            let as_term = |value: &String| Term::AssessedAs {
                kind: kind.into(),
                name: name.to_owned().into(),
                value_json: value.clone().into(),
            };
            let terms: Vec<_> = values.iter().map(as_term).collect();
            if terms.iter().all(Term::is_indexed) {
                return of_terms(terms, session(values));
            }
            of_terms(vec![assessed], session(values))
        }
        ValueTest::Text(_) | ValueTest::Number(_) => of_terms(vec![assessed], session(Vec::new())),
    }
}

fn terms(test: &TextTest, term: impl Fn(Cow<'static, str>) -> Term<'static>) -> Required {
    match test.equals_one_of() {
        Some(values) => {
            of_terms(values.iter().map(|value| term(value.clone().into())).collect(), None)
        }
        None => Required::default(),
    }
}

/// No condition if the index does not contain one of the terms.
fn of_terms(mut terms: Vec<Term<'static>>, sessions: Option<SessionAssessment>) -> Required {
    if !terms.iter().all(Term::is_indexed) {
        return Required::default();
    }
    terms.sort();
    terms.dedup();
    Required { any_of: vec![AnyOf { terms, sessions }], ..Required::default() }
}

fn bounds(test: &NumberTest) -> Required {
    // A fraction is between two milliseconds; `as` saturates at both ends.
    let (floor, ceil) = match test.value {
        Number::Integer(n) => (n, n),
        Number::Real(n) => (n.floor() as i64, n.ceil() as i64),
    };
    let (from_ms, to_ms) = match test.comparison {
        Comparison::Eq => (Some(ceil.min(floor)), Some(floor.max(ceil))),
        Comparison::Ne => (None, None),
        Comparison::Lt | Comparison::Le => (None, Some(ceil)),
        Comparison::Gt | Comparison::Ge => (Some(floor), None),
    };
    // Exclusive bounds of integers become inclusive.
    let (from_ms, to_ms) = match (test.comparison, test.value) {
        (Comparison::Lt, Number::Integer(n)) => (from_ms, Some(n.saturating_sub(1))),
        (Comparison::Gt, Number::Integer(n)) => (Some(n.saturating_add(1)), to_ms),
        _ => (from_ms, to_ms),
    };
    Required { from_ms, to_ms, ..Required::default() }
}
