//! A trace filter as a condition on `traces t`.
//!
//! Every look-up beside the trace goes by a primary key that begins with the
//! trace. Cheap tests come first, so a payload is unpacked for what they leave.
use kansoku_model::metadata_key;

use super::field::{AssessmentTest, Condition, SpanField, TextField};
use crate::{
    Dialect, Sql,
    clause::{NumberTest, TextTest},
    parse::Expr,
    sql::{Writer, joined},
};

pub(super) fn compile(expr: &Expr<Condition>, dialect: Dialect) -> Sql {
    let mut writer = Writer::new(dialect);
    let text = write(&mut writer, expr);
    writer.finish(text)
}

fn write(writer: &mut Writer, expr: &Expr<Condition>) -> String {
    match expr {
        Expr::And(terms) if terms.is_empty() => writer.everything(),
        Expr::And(terms) => write_all(writer, terms),
        Expr::Or(terms) => {
            let terms: Vec<_> = by_cost(terms).iter().map(|term| write(writer, term)).collect();
            joined(&terms, " or ")
        }
        Expr::Not(inner) => {
            let inner = write(writer, inner);
            writer.not(&inner)
        }
        Expr::Is(Condition::Span(field, test)) => span(writer, &[(field, test)]),
        Expr::Is(condition) => write_condition(writer, condition),
    }
}

/// The span clauses of one AND list speak of one span.
fn write_all(writer: &mut Writer, terms: &[Expr<Condition>]) -> String {
    let mut spans = Vec::new();
    let mut others = Vec::new();
    for term in by_cost(terms) {
        match term {
            Expr::Is(Condition::Span(field, test)) => spans.push((field, test)),
            term => others.push(term),
        }
    }
    let spans_cost =
        if spans.iter().any(|(field, _)| field.is_payload()) { PAYLOAD } else { SPANS };
    let mut written = Vec::new();
    for term in others {
        if !spans.is_empty() && spans_cost < cost(term) {
            written.push(span(writer, &std::mem::take(&mut spans)));
        }
        written.push(write(writer, term));
    }
    if !spans.is_empty() {
        written.push(span(writer, &spans));
    }
    joined(&written, " and ")
}

const COLUMN: u8 = 0;
const ENTRY: u8 = 1;
const ROWS: u8 = 2;
const SPANS: u8 = 3;
const PAYLOAD: u8 = 4;

fn cost(expr: &Expr<Condition>) -> u8 {
    match expr {
        Expr::And(terms) | Expr::Or(terms) => terms.iter().map(cost).max().unwrap_or(COLUMN),
        Expr::Not(inner) => cost(inner),
        Expr::Is(condition) => match condition {
            Condition::Text(
                TextField::Tag(_)
                | TextField::Metadata(_)
                | TextField::Version
                | TextField::Environment,
                _,
            ) => ENTRY,
            Condition::Text(..) | Condition::Number(..) => COLUMN,
            Condition::Run(_)
            | Condition::Prompt { .. }
            | Condition::Assessment { .. }
            | Condition::Issue(_) => ROWS,
            Condition::Span(field, _) if field.is_payload() => PAYLOAD,
            Condition::Span(..) | Condition::Error(_) => SPANS,
            Condition::Payload(_) => PAYLOAD,
        },
    }
}

fn by_cost(terms: &[Expr<Condition>]) -> Vec<&Expr<Condition>> {
    let mut terms: Vec<_> = terms.iter().collect();
    terms.sort_by_cached_key(|term| cost(term));
    terms
}

fn write_condition(writer: &mut Writer, condition: &Condition) -> String {
    match condition {
        Condition::Text(field, test) => {
            let operand = text_operand(writer, field);
            writer.text_test(&operand, test)
        }
        Condition::Number(field, test) => {
            let column = field.column(writer.dialect);
            writer.number_test(column, test)
        }
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
        Condition::Span(field, test) => span(writer, &[(field, test)]),
        Condition::Assessment { kind, name, test } => {
            let kind = writer.text_param(kind.as_str());
            let name = writer.text_param(name);
            match test {
                AssessmentTest::Text(TextTest::Null) => {
                    let any = assessed(&kind, &name, None);
                    writer.not(&any)
                }
                AssessmentTest::Text(TextTest::NotNull) => assessed(&kind, &name, None),
                AssessmentTest::Text(test) => {
                    let test = json_test(writer, test);
                    assessed(&kind, &name, Some(&test))
                }
                AssessmentTest::Number(test) => {
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
    }
}

fn text_operand(writer: &mut Writer, field: &TextField) -> String {
    let place = field.place(writer.dialect);
    writer.operand(place)
}

/// Any of the trace's runs may pass; without a run nothing does.
fn run(writer: &mut Writer, test: &TextTest) -> String {
    let source = TextField::Metadata(metadata_key::SOURCE_RUN.to_owned());
    let source = text_operand(writer, &source);
    if matches!(test, TextTest::Null | TextTest::NotNull) {
        let any = format!(
            "({source} is not null or exists (select 1 from trace_runs x where x.trace = t.id))"
        );
        return if *test == TextTest::Null { writer.not(&any) } else { any };
    }
    let made_in = writer.text_test(&source, test);
    let linked = writer.text_test("x.run_id", test);
    format!("({made_in} or exists (select 1 from trace_runs x where x.trace = t.id and {linked}))")
}

const SPAN_JSON: &str = "span_json(c.id, c.bytes, s.span_id)";
/// A cross join keeps the order: a chunk is read only for a span that passed.
const SPANS_UNPACKED: &str = "spans s cross join span_chunks c on c.id = s.chunk";
const SPAN_STATUS: &str = "case s.status when 1 then 'OK' when 2 then 'ERROR' else 'UNSET' end";

/// One span that passes every test.
fn span(writer: &mut Writer, tests: &[(&SpanField, &TextTest)]) -> String {
    let mut written = Vec::new();
    for (field, test) in tests {
        let operand = match field {
            SpanField::Name => "s.name".to_owned(),
            SpanField::Type => "s.type".to_owned(),
            SpanField::Status => SPAN_STATUS.to_owned(),
            SpanField::Model => "s.model".to_owned(),
            SpanField::Provider => "s.provider".to_owned(),
            SpanField::Content => {
                written.push(payload_test(writer, test));
                continue;
            }
            SpanField::Attribute(key) => {
                format!("span_attribute(c.id, c.bytes, s.span_id, {})", writer.text_param(key))
            }
        };
        written.push(writer.text_test(&operand, test));
    }
    let unpack = tests.iter().any(|(field, _)| field.is_payload());
    let from = if unpack { SPANS_UNPACKED } else { "spans s" };
    format!("exists (select 1 from {from} where s.trace = t.id and {})", written.join(" and "))
}

/// Text as a person wrote it may stand in a span's JSON as it is, in JSON, or in JSON inside JSON.
fn payload_test(writer: &mut Writer, test: &TextTest) -> String {
    let TextTest::Contains(part) = test else { return writer.text_test(SPAN_JSON, test) };
    let escaped = |text: &str| {
        let json = serde_json::Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    let mut forms = vec![part.clone()];
    for _ in 0..2 {
        let next = escaped(&forms[forms.len() - 1]);
        if forms.last() != Some(&next) {
            forms.push(next);
        }
    }
    let tests =
        forms.into_iter().map(|form| writer.text_test(SPAN_JSON, &TextTest::Contains(form)));
    joined(&tests.collect::<Vec<_>>(), " or ")
}

/// Any failed span may pass; without one that says why it failed nothing does.
fn error(writer: &mut Writer, test: &TextTest) -> String {
    let failed = |test: &str| {
        format!("exists (select 1 from spans s where s.trace = t.id and s.status = 2 and {test})")
    };
    match test {
        TextTest::Null => {
            let any = failed("s.error is not null");
            writer.not(&any)
        }
        test => {
            let test = writer.text_test("s.error", test);
            failed(&test)
        }
    }
}

/// `'yes'` means the JSON text `yes` or the JSON string `"yes"`.
pub(super) fn json_forms(value: &str) -> [String; 2] {
    [value.to_owned(), serde_json::Value::from(value).to_string()]
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

/// A valid assessment on the trace, or a session-level one on any trace of its session.
fn assessed(kind: &str, name: &str, test: Option<&str>) -> String {
    let test = test.map(|test| format!(" and {test}")).unwrap_or_default();
    let is = format!("a.kind = {kind} and a.name = {name} and a.valid = 1{test}");
    // The second select does not mention `t`, so it runs once for the whole search.
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
