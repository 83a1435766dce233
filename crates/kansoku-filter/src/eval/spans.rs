//! Tests of single spans.
use std::borrow::Cow;

use kansoku_model::{Money, SpanRow, SpanStatus};

use super::{Evaluator, TraceView, number};
use crate::{
    catalog::{SpanField, SpanNumber},
    clause::TextTest,
    lex::Number,
    parse::Expr,
    trace::{Condition, SpanTest, any_condition, forms::payload_forms},
};

/// The values of a span that packed columns have.
#[derive(Clone, Copy, Debug)]
pub struct SpanValues<'a> {
    pub name: &'a str,
    pub span_type: Option<&'a str>,
    pub model: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub is_failed: bool,
    /// `None` while it is open.
    pub duration_us: Option<i64>,
    pub total_tokens: Option<i64>,
    pub cost: Option<Money>,
}

impl<'a> From<&'a SpanRow> for SpanValues<'a> {
    fn from(row: &'a SpanRow) -> Self {
        Self {
            name: &row.name,
            span_type: row.span_type.as_deref(),
            model: row.model.as_deref(),
            provider: row.provider.as_deref(),
            is_failed: row.status == SpanStatus::Error,
            duration_us: row.duration_us(),
            total_tokens: row.usage.and_then(|usage| i64::try_from(usage.total_tokens).ok()),
            cost: row.cost.map(|cost| cost.total),
        }
    }
}

impl Evaluator<'_> {
    /// Whether a search for spans keeps this span of the trace.
    pub fn matches_span(&self, trace: &TraceView<'_>, span: &SpanRow) -> bool {
        self.span_holds(self.expr, trace, span)
    }

    /// Whether all conditions are about [`SpanValues`], so that [`Evaluator::matches_values`] decides.
    pub fn asks_for_values_alone(&self) -> bool {
        !any_condition(self.expr, &|condition| match condition {
            Condition::Span(SpanTest::Number(..)) => false,
            Condition::Span(SpanTest::Text(field, test)) => match field {
                SpanField::Name | SpanField::Type | SpanField::Model | SpanField::Provider => false,
                // The values do not distinguish these two.
                SpanField::Status => {
                    let passes = |status: SpanStatus| self.text(test, Some(status.as_str()));
                    passes(SpanStatus::Ok) != passes(SpanStatus::Unset)
                }
                SpanField::Content | SpanField::Attribute(_) => true,
            },
            _ => true,
        })
    }

    /// Whether a search for spans keeps a span with these values. The result is meaningless unless
    /// [`Evaluator::asks_for_values_alone`].
    pub fn matches_values(&self, span: &SpanValues<'_>) -> bool {
        self.values_hold(self.expr, span)
    }

    pub(super) fn span_holds(
        &self,
        expr: &Expr<Condition>,
        trace: &TraceView<'_>,
        span: &SpanRow,
    ) -> bool {
        match expr {
            Expr::And(terms) => terms.iter().all(|term| self.span_holds(term, trace, span)),
            Expr::Or(terms) => terms.iter().any(|term| self.span_holds(term, trace, span)),
            Expr::Not(inner) => !self.span_holds(inner, trace, span),
            Expr::Is(Condition::Span(test)) => self.span(test, trace, span),
            Expr::Is(Condition::Payload(test)) => self.content(test, trace, span),
            Expr::Is(Condition::Error(test)) => self.error(test, std::slice::from_ref(span)),
            Expr::Is(condition) => self.condition(condition, trace),
        }
    }

    pub(super) fn span(&self, test: &SpanTest, trace: &TraceView<'_>, span: &SpanRow) -> bool {
        match test {
            SpanTest::Text(SpanField::Status, test) => self.text(test, Some(span.status.as_str())),
            SpanTest::Text(SpanField::Content, test) => self.content(test, trace, span),
            SpanTest::Text(SpanField::Attribute(key), test) => {
                self.text(test, trace.payload.attribute(span.span_id, key).as_deref())
            }
            test => self.value(test, &span.into()),
        }
    }

    /// Tests the stored JSON of the span.
    pub(super) fn content(&self, test: &TextTest, trace: &TraceView<'_>, span: &SpanRow) -> bool {
        let json: Option<Cow<'_, str>> = trace.payload.json(span.span_id);
        match (test, json.as_deref()) {
            (TextTest::Contains(part), Some(json)) => {
                payload_forms(part).iter().any(|form| crate::pattern::contains(form, json))
            }
            (test, json) => self.text(test, json),
        }
    }

    fn values_hold(&self, expr: &Expr<Condition>, span: &SpanValues<'_>) -> bool {
        match expr {
            Expr::And(terms) => terms.iter().all(|term| self.values_hold(term, span)),
            Expr::Or(terms) => terms.iter().any(|term| self.values_hold(term, span)),
            Expr::Not(inner) => !self.values_hold(inner, span),
            Expr::Is(Condition::Span(test)) => self.value(test, span),
            Expr::Is(_) => false,
        }
    }

    fn value(&self, test: &SpanTest, span: &SpanValues<'_>) -> bool {
        match test {
            SpanTest::Text(field, test) => {
                let text = match field {
                    SpanField::Name => Some(span.name),
                    SpanField::Type => span.span_type,
                    SpanField::Model => span.model,
                    SpanField::Provider => span.provider,
                    SpanField::Status if span.is_failed => Some(SpanStatus::Error.as_str()),
                    SpanField::Status => Some(SpanStatus::Ok.as_str()),
                    SpanField::Content | SpanField::Attribute(_) => None,
                };
                self.text(test, text)
            }
            SpanTest::Number(field, test) => {
                let value = match field {
                    SpanNumber::Duration => span.duration_us,
                    SpanNumber::Tokens => span.total_tokens,
                    SpanNumber::Cost => span.cost.map(|cost| cost.0),
                };
                value.is_some_and(|value| number::passes(Number::Integer(value), test))
            }
        }
    }
}
