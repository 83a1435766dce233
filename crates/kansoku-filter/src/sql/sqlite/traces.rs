//! A trace filter as an SQL condition on `traces t`.
//!
//! Lookups in other tables use primary keys that begin with the trace. Cheap tests come first, so
//! that payload is decompressed only for traces that pass them.
use kansoku_model::{RootField, metadata_key};

use super::{
    SPAN_JSON, number, span_number, span_text, text,
    writer::{EVERYTHING, Writer, not},
};
use crate::{
    Filter,
    catalog::{SpanField, TextField},
    clause::{NumberTest, TextTest, ValueTest},
    parse::Expr,
    sql::{Sql, joined},
    trace::{
        Condition, SpanTest, asks_for_payload,
        cost::{AndStep, and_steps, by_cost},
        forms::{json_forms, payload_forms},
    },
};

/// The SQL condition of a filter on `traces t`.
pub fn trace_condition(filter: &Filter) -> Sql {
    let mut writer = Writer::default();
    let text = write(&mut writer, filter.expr());
    writer.finish(text)
}

fn write(writer: &mut Writer, expr: &Expr<Condition>) -> String {
    match expr {
        Expr::And(terms) if terms.is_empty() => EVERYTHING.to_owned(),
        Expr::And(terms) => {
            let steps = and_steps(terms);
            let write_step = |step: &AndStep<'_>| match step {
                AndStep::OneSpan(tests) => span(writer, tests),
                AndStep::Term(term) => write(writer, term),
            };
            joined(&steps.iter().map(write_step).collect::<Vec<_>>(), " and ")
        }
        Expr::Or(terms) => {
            let terms: Vec<_> = by_cost(terms).iter().map(|term| write(writer, term)).collect();
            joined(&terms, " or ")
        }
        Expr::Not(inner) => not(&write(writer, inner)),
        Expr::Is(condition) => write_condition(writer, condition),
    }
}

fn write_condition(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Text(field, test) => {
            let operand = writer.operand(text(field));
            writer.text_test(&operand, test)
        }
        Condition::Number(field, test) => writer.number_test(number(*field), test),
        Condition::Run(test) => run(writer, test),
        Condition::Prompt { name, version } => {
            let (name, version) = (writer.text_param(name), writer.text_param(version));
            format!(
                "exists (select 1 from trace_prompts x where x.trace = t.id and x.name = {name} and x.version = {version})"
            )
        }
        Condition::Payload(test) => {
            let test = payload_test(writer, test);
            format!("exists (select 1 from {SPANS_UNPACKED} where s.trace = t.id and {test})")
        }
        Condition::Error(test) => error(writer, test),
        Condition::Span(test) => span(writer, &[test]),
        Condition::SomeSpan(expr) => {
            let spans = spans(asks_for_payload(expr));
            let holds = writer.expr(expr, &write_of_span);
            format!("exists (select 1 from {spans} where s.trace = t.id and {holds})")
        }
        Condition::Assessment { kind, name, test, .. } => {
            let kind = writer.text_param(kind.as_str());
            let name = writer.text_param(name);
            match test {
                ValueTest::Text(TextTest::Null) => {
                    let any = assessed(&kind, &name, None);
                    not(&any)
                }
                ValueTest::Text(TextTest::NotNull) => assessed(&kind, &name, None),
                ValueTest::Text(test) => {
                    let test = json_test(writer, test);
                    assessed(&kind, &name, Some(&test))
                }
                ValueTest::Number(test) => {
                    let test = number_test(writer, test);
                    assessed(&kind, &name, Some(&test))
                }
            }
        }
        Condition::Issue(id) => {
            let id = writer.text_param(id);
            format!(
                "exists (select 1 from assessments a where a.trace = t.id and a.valid = 1 and a.kind = 'issue' and a.name = {id})"
            )
        }
        Condition::Root(field, ValueTest::Text(test)) => {
            let value = root_value(writer, "root_text", field);
            writer.text_test(&value, test)
        }
        Condition::Root(field, ValueTest::Number(test)) => {
            let value = root_value(writer, "root_number", field);
            writer.number_test(&value, test)
        }
    }
}

/// The value of the root span at a path, as returned by one of the two functions.
fn root_value(writer: &mut Writer, function: &str, field: &RootField) -> String {
    let part = writer.text_param(field.part.as_str());
    let path = writer.text_param(field.path.as_str());
    format!(
        "(select {function}(c.id, c.bytes, s.span_id, {part}, {path}) from {SPANS_UNPACKED} \
         where s.trace = t.id and s.parent_id is null order by s.start_ns, s.span_id limit 1)"
    )
}

/// One run of the trace must pass. A trace without a run passes IS NULL only.
fn run(writer: &mut Writer, test: &TextTest) -> String {
    let source = writer.operand(text(&TextField::SOURCE_RUN));
    if matches!(test, TextTest::Null | TextTest::NotNull) {
        let any = format!(
            "({source} is not null or exists (select 1 from trace_runs x where x.trace = t.id))"
        );
        return if *test == TextTest::Null { not(&any) } else { any };
    }
    let made_in = writer.text_test(&source, test);
    let linked = writer.text_test("x.run_id", test);
    format!("({made_in} or exists (select 1 from trace_runs x where x.trace = t.id and {linked}))")
}

/// The cross join fixes the order: a chunk is read only for a span that passed the other tests.
const SPANS_UNPACKED: &str = "spans s cross join span_chunks c on c.id = s.chunk";

fn spans(unpacked: bool) -> &'static str {
    if unpacked { SPANS_UNPACKED } else { "spans s" }
}

/// One span must pass all tests.
fn span(writer: &mut Writer, tests: &[&SpanTest]) -> String {
    let written: Vec<_> = tests.iter().map(|test| span_test(writer, test)).collect();
    let spans = spans(tests.iter().any(|test| test.is_payload()));
    format!("exists (select 1 from {spans} where s.trace = t.id and {})", written.join(" and "))
}

fn span_test(writer: &mut Writer, test: &SpanTest) -> String {
    match test {
        SpanTest::Text(SpanField::Content, test) => payload_test(writer, test),
        SpanTest::Text(field, test) => {
            let operand = span_text(field, writer);
            writer.text_test(&operand, test)
        }
        SpanTest::Number(field, test) => writer.number_test(span_number(*field), test),
    }
}

/// The condition on a single span: row `s` of `spans`, a span of row `t` of `traces`.
fn write_of_span(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Span(test) => span_test(writer, test),
        Condition::Payload(test) => payload_test(writer, test),
        Condition::Error(test) => {
            error_test(writer, test, |test| format!("(s.status = 2 and {test})"))
        }
        condition => write_condition(writer, condition),
    }
}

fn payload_test(writer: &mut Writer, test: &TextTest) -> String {
    let TextTest::Contains(part) = test else { return writer.text_test(SPAN_JSON, test) };
    let forms = payload_forms(part).into_iter();
    let tests = forms.map(|form| writer.text_test(SPAN_JSON, &TextTest::Contains(form)));
    joined(&tests.collect::<Vec<_>>(), " or ")
}

/// One failed span with a message must pass. A trace without one passes IS NULL only.
fn error(writer: &mut Writer, test: &TextTest) -> String {
    error_test(writer, test, |test| {
        format!("exists (select 1 from spans s where s.trace = t.id and s.status = 2 and {test})")
    })
}

/// `failed` adds to a test of `s.error` that the span failed.
fn error_test(writer: &mut Writer, test: &TextTest, failed: impl Fn(&str) -> String) -> String {
    match test {
        TextTest::Null => not(&failed("s.error is not null")),
        test => failed(&writer.text_test("s.error", test)),
    }
}

fn json_test(writer: &mut Writer, test: &TextTest) -> String {
    match test {
        TextTest::Eq(value) | TextTest::Ne(value) => {
            let forms = json_forms(value).map(|form| writer.text_param(&form)).join(", ");
            let not = if matches!(test, TextTest::Ne(_)) { "not " } else { "" };
            format!("a.value {not}in ({forms})")
        }
        test => writer.text_test("a.value", test),
    }
}

fn number_test(writer: &mut Writer, test: &NumberTest) -> String {
    writer.number_test("a.number", test)
}

/// A valid assessment of the trace must pass, or a session-level one of any trace of its session.
fn assessed(kind: &str, name: &str, test: Option<&str>) -> String {
    let test = test.map(|test| format!(" and {test}")).unwrap_or_default();
    let is = format!("a.kind = {kind} and a.name = {name} and a.valid = 1{test}");
    // The second subquery does not refer to `t`, so it runs once per search.
    format!(
        "(exists (select 1 from assessments a where a.trace = t.id and {is}) \
         or (t.experiment_id, (select m.value from trace_metadata m where m.trace = t.id and m.key = '{session}')) in \
         (select u.experiment_id, n.value from assessments a \
         cross join traces u on u.id = a.trace \
         cross join trace_metadata n on n.trace = a.trace and n.key = '{session}' \
         where a.session_level = 1 and {is} and n.value is not null))",
        session = metadata_key::SESSION
    )
}
