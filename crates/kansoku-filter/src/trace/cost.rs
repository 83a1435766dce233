//! The order in which the parts of a filter are tested: cheap ones first.
use super::{
    field::Condition,
    spans::{SpanTest, asks_for_payload},
};
use crate::{catalog::TextField, parse::Expr};

/// The data of a trace that a test reads, from cheap to expensive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    /// The trace's own row.
    Column,
    /// A tag or an entry of the metadata.
    Entry,
    /// Links and assessments.
    Rows,
    Spans,
    /// Decompressed spans.
    Payload,
}

pub(crate) fn by_cost(terms: &[Expr<Condition>]) -> Vec<&Expr<Condition>> {
    let mut terms: Vec<_> = terms.iter().collect();
    terms.sort_by_cached_key(|term| cost(term));
    terms
}

/// A step in the evaluation of an AND list.
pub(crate) enum AndStep<'a> {
    /// All span clauses of the list: one span must pass them all.
    OneSpan(Vec<&'a SpanTest>),
    Term(&'a Expr<Condition>),
}

/// Splits an AND list into steps, with its span clauses as one step.
pub(crate) fn and_steps(terms: &[Expr<Condition>]) -> Vec<AndStep<'_>> {
    let mut spans = Vec::new();
    let mut others = Vec::new();
    for term in by_cost(terms) {
        match term {
            Expr::Is(Condition::Span(test)) => spans.push(test),
            term => others.push(term),
        }
    }
    let spans_cost = match spans.iter().any(|test| test.is_payload()) {
        true => Cost::Payload,
        false => Cost::Spans,
    };
    let mut steps: Vec<_> = others.iter().map(|term| AndStep::Term(term)).collect();
    if !spans.is_empty() {
        let dearer = others.iter().position(|term| spans_cost < cost(term));
        steps.insert(dearer.unwrap_or(steps.len()), AndStep::OneSpan(spans));
    }
    steps
}

fn cost(expr: &Expr<Condition>) -> Cost {
    match expr {
        Expr::And(terms) | Expr::Or(terms) => terms.iter().map(cost).max().unwrap_or(Cost::Column),
        Expr::Not(inner) => cost(inner),
        Expr::Is(condition) => match condition {
            Condition::Text(
                TextField::Tag(_)
                | TextField::Metadata(_)
                | TextField::Version
                | TextField::Environment,
                _,
            ) => Cost::Entry,
            Condition::Number(field, _) if field.is_of_spans() => Cost::Spans,
            Condition::Text(..) | Condition::Number(..) => Cost::Column,
            Condition::Run(_)
            | Condition::Prompt { .. }
            | Condition::Assessment { .. }
            | Condition::Issue(_) => Cost::Rows,
            Condition::Span(test) if test.is_payload() => Cost::Payload,
            Condition::SomeSpan(expr) if asks_for_payload(expr) => Cost::Payload,
            Condition::Span(_) | Condition::SomeSpan(_) | Condition::Error(_) => Cost::Spans,
            Condition::Payload(_) | Condition::Root(..) => Cost::Payload,
        },
    }
}
