//! Tests of single spans, and filters of traces applied to single spans.
//!
//! A search for spans takes a filter of traces. Its conditions on traces select traces. Its conditions
//! on spans, including those on errors and texts, select spans: each span is tested by itself.
use super::{Condition, Filter};
use crate::{
    catalog::{SpanField, SpanNumber},
    clause::{NumberTest, TextTest},
    parse::Expr,
};

/// A test of one span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SpanTest {
    Text(SpanField, TextTest),
    Number(SpanNumber, NumberTest),
}

impl SpanTest {
    /// Whether the payload of the span has to be decompressed.
    pub(crate) fn is_payload(&self) -> bool {
        match self {
            Self::Text(field, _) => field.is_payload(),
            Self::Number(..) => false,
        }
    }
}

impl Filter {
    /// The traces with at least one span that this filter keeps.
    pub fn with_some_span(self) -> Self {
        let (of_traces, of_spans) = self.split_spans();
        match of_spans.is_all() {
            true => of_traces,
            false => {
                let some_span = Expr::Is(Condition::SomeSpan(Box::new(of_spans.expr)));
                let mut terms = terms_of(of_traces.expr);
                terms.push(some_span);
                Self { expr: and_list(terms) }
            }
        }
    }

    /// Splits the filter into the conditions that depend on the trace alone, and the rest. A span
    /// passes the filter if its trace passes the first and the span passes the second.
    pub fn split_spans(self) -> (Self, Self) {
        let (of_spans, of_traces) = terms_of(self.expr)
            .into_iter()
            .partition(|term| any_condition(term, &Condition::is_of_spans));
        (Self { expr: and_list(of_traces) }, Self { expr: and_list(of_spans) })
    }

    /// Whether any condition depends on more than a single span.
    pub fn asks_of_traces(&self) -> bool {
        any_condition(&self.expr, &|condition| !condition.is_of_spans())
    }

    /// Whether any condition is about values of the root span.
    pub fn asks_for_root(&self) -> bool {
        any_condition(&self.expr, &|condition| matches!(condition, Condition::Root(..)))
    }

    /// Whether any condition needs the payload of spans, which has to be decompressed.
    pub fn asks_for_payload(&self) -> bool {
        asks_for_payload(&self.expr)
    }
}

pub(crate) fn asks_for_payload(expr: &Expr<Condition>) -> bool {
    any_condition(expr, &|condition| match condition {
        Condition::Payload(_) | Condition::Root(..) => true,
        Condition::Span(test) => test.is_payload(),
        _ => false,
    })
}

/// The conditions joined by AND, without parentheses: applied to one span, they are all about it.
fn terms_of(expr: Expr<Condition>) -> Vec<Expr<Condition>> {
    match expr {
        Expr::And(terms) => terms.into_iter().flat_map(terms_of).collect(),
        expr => vec![expr],
    }
}

/// The conjunction of the terms; a single term stands for itself.
fn and_list(mut terms: Vec<Expr<Condition>>) -> Expr<Condition> {
    match terms.len() {
        1 => terms.remove(0),
        _ => Expr::And(terms),
    }
}

/// Whether any condition passes, including those inside of [`Condition::SomeSpan`].
pub(crate) fn any_condition(expr: &Expr<Condition>, passes: &dyn Fn(&Condition) -> bool) -> bool {
    expr.any(&|condition| match condition {
        Condition::SomeSpan(inner) => any_condition(inner, passes),
        condition => passes(condition),
    })
}

impl Condition {
    /// Whether a search for spans tests each span with it.
    fn is_of_spans(&self) -> bool {
        match self {
            Self::Payload(_) | Self::Error(_) | Self::Span(_) | Self::SomeSpan(_) => true,
            Self::Text(..)
            | Self::Number(..)
            | Self::Run(_)
            | Self::Prompt { .. }
            | Self::Assessment { .. }
            | Self::Issue(_)
            | Self::Root(..) => false,
        }
    }
}
