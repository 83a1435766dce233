//! Evaluates a filter on one trace in memory.
//!
//! The result is the same as that of an engine's SQL. It serves as the oracle that engines are
//! compared with, for the final decision in engines that can only find candidates, and to filter
//! traces as they arrive. Nothing here does I/O: payload comes from [`SpanPayload`] when a test
//! needs it.
mod datasets;
mod issues;
mod logged_models;
mod meta;
mod number;
mod order;
mod registry;
mod spans;
mod text;

use std::borrow::Cow;

use kansoku_model::{
    Assessment, Cost, RootField, SpanId, SpanRow, SpanStatus, TagOrMetadataKind, TokenUsage,
    TraceInfo, first_of, metadata_key,
};
use serde_json::Value;

use crate::{
    Filter, SqlValue,
    catalog::{NumberField, TextField},
    clause::{TextTest, ValueTest},
    lex::Number,
    parse::Expr,
    trace::{
        Condition, SpanTest,
        cost::{AndStep, and_steps, by_cost},
        forms::json_forms,
    },
};
pub use spans::SpanValues;
use text::Regexes;

/// Everything of a trace that a filter can test.
#[derive(Clone, Copy)]
pub struct TraceView<'a> {
    /// The trace's info as a store returns it, with all assessments.
    pub info: &'a TraceInfo,
    /// Total token usage of the trace.
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// Runs that the trace is linked to. The run it was created in is in its metadata.
    pub run_ids: &'a [String],
    /// Names and versions of the prompts that the trace is linked to.
    pub prompts: &'a [(String, String)],
    pub spans: &'a [SpanRow],
    /// Assessments of all traces of the same session and experiment; empty if the trace has no
    /// session.
    pub session_assessments: &'a [Assessment],
    pub payload: &'a dyn SpanPayload,
}

/// The stored content of a trace's spans, decoded on demand.
pub trait SpanPayload {
    /// The span as JSON text.
    fn json(&self, span: SpanId) -> Option<Cow<'_, str>>;

    /// An attribute: strings as they are, other values as JSON text.
    fn attribute(&self, span: SpanId, key: &str) -> Option<Cow<'_, str>>;

    /// The value of a span at a path; `None` for JSON's `null`.
    fn root_value(&self, root: SpanId, field: &RootField) -> Option<Value>;
}

/// No content, for filters without conditions on content.
pub struct NoPayload;

impl SpanPayload for NoPayload {
    fn json(&self, _: SpanId) -> Option<Cow<'_, str>> {
        None
    }

    fn attribute(&self, _: SpanId, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn root_value(&self, _: SpanId, _: &RootField) -> Option<Value> {
        None
    }
}

/// The earliest span without a parent. Ties are broken by id, compared as signed numbers as
/// databases do.
pub fn root_of<'a>(spans: impl IntoIterator<Item = &'a SpanRow>) -> Option<&'a SpanRow> {
    let roots = spans.into_iter().filter(|span| span.parent_id.is_none());
    roots.min_by_key(|span| (span.start_ns, span.span_id.0.cast_signed()))
}

/// The text of a JSON value in comparisons: strings as they are, other values as JSON text.
pub fn text_of_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The number of a JSON value in comparisons; `None` if it is not a number.
pub fn number_of_value(value: &Value) -> Option<SqlValue> {
    let number = value.as_number()?;
    let whole = number.as_i64().map(SqlValue::Integer);
    whole.or_else(|| number.as_f64().map(SqlValue::Real))
}

/// A trace's value of a numeric field, in the field's unit. Sums that exceed `i64` saturate.
pub fn number(field: NumberField, trace: &TraceView<'_>) -> Option<i64> {
    Some(match number_of(field, trace)? {
        Number::Integer(number) => number,
        Number::Real(number) => number as i64,
    })
}

/// A filter with compiled patterns.
#[derive(Clone, Debug)]
pub struct Evaluator<'a> {
    expr: &'a Expr<Condition>,
    regexes: Regexes,
}

impl<'a> Evaluator<'a> {
    pub fn new(filter: &'a Filter) -> Self {
        let mut regexes = Regexes::default();
        regexes.compile_all(filter.expr());
        Self { expr: filter.expr(), regexes }
    }

    /// Whether the trace matches the filter.
    pub fn matches(&self, trace: &TraceView<'_>) -> bool {
        self.holds(self.expr, trace)
    }

    fn holds(&self, expr: &Expr<Condition>, trace: &TraceView<'_>) -> bool {
        match expr {
            Expr::And(terms) => and_steps(terms).iter().all(|step| match step {
                AndStep::OneSpan(tests) => self.any_span(trace, tests),
                AndStep::Term(term) => self.holds(term, trace),
            }),
            Expr::Or(terms) => by_cost(terms).into_iter().any(|term| self.holds(term, trace)),
            Expr::Not(inner) => !self.holds(inner, trace),
            Expr::Is(condition) => self.condition(condition, trace),
        }
    }

    fn condition(&self, condition: &Condition, trace: &TraceView<'_>) -> bool {
        match condition {
            Condition::Text(field, test) => self.text(test, text_of(field, trace.info)),
            Condition::Number(field, test) => {
                number_of(*field, trace).is_some_and(|value| number::passes(value, test))
            }
            Condition::Run(test) => self.run(test, trace),
            Condition::Prompt { name, version } => {
                trace.prompts.iter().any(|(n, v)| n == name && v == version)
            }
            Condition::Payload(test) => {
                trace.spans.iter().any(|span| self.content(test, trace, span))
            }
            Condition::Error(test) => self.error(test, trace.spans),
            Condition::Span(test) => self.any_span(trace, &[test]),
            Condition::SomeSpan(expr) => {
                trace.spans.iter().any(|span| self.span_holds(expr, trace, span))
            }
            Condition::Assessment { kind, name, test, .. } => {
                self.assessed(kind.as_str(), name, test, trace)
            }
            Condition::Issue(id) => {
                let is_issue = |a: &Assessment| a.valid && a.value.kind() == "issue";
                let assessments = trace.info.assessments.iter();
                assessments.filter(|a| is_issue(a)).any(|a| a.assessment_name == *id)
            }
            Condition::Root(field, test) => self.root_value(field, test, trace),
        }
    }

    /// A trace without the field passes IS NULL only.
    fn text(&self, test: &TextTest, value: Option<&str>) -> bool {
        match (test, value) {
            (TextTest::Null, value) => value.is_none(),
            (_, None) => false,
            (test, Some(value)) => text::passes(value, test, &self.regexes),
        }
    }

    /// One run of the trace must pass. A trace without a run passes IS NULL only.
    fn run(&self, test: &TextTest, trace: &TraceView<'_>) -> bool {
        let made_in = trace.info.metadata.get(metadata_key::SOURCE_RUN);
        let mut runs = made_in.into_iter().chain(trace.run_ids);
        match test {
            TextTest::Null => runs.next().is_none(),
            test => runs.any(|run| self.text(test, Some(run))),
        }
    }

    /// One span must pass all tests.
    fn any_span(&self, trace: &TraceView<'_>, tests: &[&SpanTest]) -> bool {
        let (unpacked, rows): (Vec<&SpanTest>, Vec<&SpanTest>) =
            tests.iter().copied().partition(|test| test.is_payload());
        let in_order: Vec<&SpanTest> = rows.into_iter().chain(unpacked).collect();
        let passes = |span: &SpanRow| in_order.iter().all(|test| self.span(test, trace, span));
        trace.spans.iter().any(passes)
    }

    fn root_value(&self, field: &RootField, test: &ValueTest, trace: &TraceView<'_>) -> bool {
        let value =
            root_of(trace.spans).and_then(|root| trace.payload.root_value(root.span_id, field));
        match test {
            ValueTest::Text(test) => self.text(test, value.as_ref().map(text_of_value).as_deref()),
            ValueTest::Number(test) => match value.as_ref().and_then(number_of_value) {
                Some(SqlValue::Integer(n)) => number::passes(Number::Integer(n), test),
                Some(SqlValue::Real(n)) => number::passes(Number::Real(n), test),
                _ => false,
            },
        }
    }

    /// One failed span with a message must pass. A trace without one passes IS NULL only.
    fn error(&self, test: &TextTest, spans: &[SpanRow]) -> bool {
        let failed = spans.iter().filter(|span| span.status == SpanStatus::Error);
        let mut errors = failed.filter_map(|span| span.error.as_deref());
        match test {
            TextTest::Null => errors.next().is_none(),
            test => errors.any(|error| self.text(test, Some(error))),
        }
    }

    /// A valid assessment of the trace must pass, or a session-level one of any trace of its
    /// session.
    fn assessed(&self, kind: &str, name: &str, test: &ValueTest, trace: &TraceView<'_>) -> bool {
        let own = trace.info.assessments.iter();
        let of_session = trace.session_assessments.iter().filter(|a| a.is_of_session());
        let is_named =
            |a: &&Assessment| a.valid && a.value.kind() == kind && a.assessment_name == name;
        let mut named = own.chain(of_session).filter(is_named);
        match test {
            ValueTest::Text(TextTest::Null) => named.next().is_none(),
            ValueTest::Text(TextTest::NotNull) => named.next().is_some(),
            ValueTest::Text(TextTest::Eq(value)) => {
                named.any(|a| a.value.json().is_some_and(|json| json_forms(value).contains(&json)))
            }
            ValueTest::Text(TextTest::Ne(value)) => {
                named.any(|a| a.value.json().is_some_and(|json| !json_forms(value).contains(&json)))
            }
            ValueTest::Text(test) => named.any(|a| self.text(test, a.value.json().as_deref())),
            ValueTest::Number(test) => named.any(|a| {
                let number = a.value.number().map(Number::Real);
                number.is_some_and(|number| number::passes(number, test))
            }),
        }
    }
}

fn text_of<'a>(field: &TextField, info: &'a TraceInfo) -> Option<&'a str> {
    match field {
        TextField::TraceId => Some(info.trace_id.as_str()),
        TextField::ClientRequestId => info.client_request_id.as_deref(),
        TextField::Status => Some(info.state.as_str()),
        TextField::Name => info.name.as_deref(),
        TextField::Tag(key) => entry(info, TagOrMetadataKind::Tag, key),
        TextField::Metadata(key) => entry(info, TagOrMetadataKind::Metadata, key),
        TextField::Version | TextField::Environment => {
            first_of(field.places(), &info.tags, &info.metadata)
        }
    }
}

fn entry<'a>(info: &'a TraceInfo, kind: TagOrMetadataKind, key: &str) -> Option<&'a str> {
    let entries = match kind {
        TagOrMetadataKind::Tag => &info.tags,
        TagOrMetadataKind::Metadata => &info.metadata,
    };
    entries.get(key).map(String::as_str)
}

fn number_of(field: NumberField, trace: &TraceView<'_>) -> Option<Number> {
    let began = trace.info.request_time.0;
    let duration = trace.info.execution_duration.map(|duration| duration.0);
    let saturated = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    match field {
        NumberField::Timestamp => Some(Number::Integer(began)),
        NumberField::ExecutionTime => duration.map(Number::Integer),
        NumberField::EndTime => Some(number::sum(began, duration.unwrap_or(0))),
        NumberField::Tokens => {
            trace.usage.map(|usage| Number::Integer(saturated(usage.total_tokens)))
        }
        NumberField::Cost => trace.cost.map(|cost| Number::Integer(cost.total.0)),
        NumberField::RetrieverCount => {
            let of_type = |span: &&SpanRow| span.span_type.as_deref() == Some("RETRIEVER");
            let count = trace.spans.iter().filter(of_type).count();
            Some(Number::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
        }
    }
}
