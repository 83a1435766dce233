//! The conditions of a trace filter, and how clauses are resolved to them.
use kansoku_model::{FeedbackRule, JsonPath, RootField, RootPart, Verdict, metadata_key, tag_key};

use super::{spans::SpanTest, verdict::verdict_test};
use crate::{
    catalog::{self, FieldDef, FieldGroup, NumberField, Source, SpanField, TextField},
    clause::{Clause, Literal, NumberTest, Op, TextTest, ValueTest},
    error::{ParseError, short},
    parse::Expr,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(TextField, TextTest),
    Number(NumberField, NumberTest),
    /// On any run of the trace: the one it was created in, and those it is linked to.
    Run(TextTest),
    Prompt {
        name: String,
        version: String,
    },
    /// On the stored JSON of any span.
    Payload(TextTest),
    /// On the error message of any failed span.
    Error(TextTest),
    Span(SpanTest),
    /// At least one span must pass all of this by itself.
    SomeSpan(Box<Expr<Condition>>),
    Assessment {
        kind: AssessmentKind,
        name: String,
        test: ValueTest,
        /// The verdict, if `test` was derived from IS GOOD or IS BAD.
        verdict: Option<Verdict>,
    },
    Issue(String),
    /// On a value of the root span.
    Root(RootField, ValueTest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssessmentKind {
    Feedback,
    Expectation,
}

impl AssessmentKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Expectation => "expectation",
        }
    }
}

pub(crate) fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    let prefix = clause.prefix.as_deref();
    let Some(group) = prefix.map_or(Some(FieldGroup::Trace), FieldGroup::of_prefix) else {
        let prefix = prefix.unwrap_or_default();
        let whole = format!("{prefix}.{}", clause.key);
        return match catalog::of_trace(&whole) {
            Some(def) => of_trace_field(def, &Clause { key: whole, ..clause }),
            None => Err(clause.bad_name(unknown_prefix(prefix))),
        };
    };
    match group {
        FieldGroup::Trace => match catalog::of_trace(&clause.key) {
            Some(def) => of_trace_field(def, &clause),
            None => Err(clause.bad_name(unknown_attribute(&clause.key))),
        },
        FieldGroup::Tag => of_tag(&clause),
        FieldGroup::Metadata => of_metadata(&clause),
        FieldGroup::Span => of_span(&clause),
        FieldGroup::Feedback => of_assessment(AssessmentKind::Feedback, &clause),
        FieldGroup::Expectation => of_assessment(AssessmentKind::Expectation, &clause),
        FieldGroup::Issue => of_issue(&clause),
        FieldGroup::Inputs => of_root(RootPart::Inputs, &clause),
        FieldGroup::Outputs => of_root(RootPart::Outputs, &clause),
    }
}

fn of_trace_field(def: &'static FieldDef, clause: &Clause) -> Result<Condition, ParseError> {
    match &def.source {
        Source::Number(field) => {
            let test = clause.quantity_test(&clause.key, def.kind.measure())?;
            let value = def.kind.in_stored_unit(test.value);
            Ok(Condition::Number(*field, NumberTest { value, ..test }))
        }
        Source::Text(field) => {
            clause.allow(def.operators)?;
            if matches!(clause.value, Literal::Number(_)) {
                return Err(clause.bad_value(
                    "Only the '{'timestamp_ms', 'execution_time_ms', 'end_time_ms'}' attributes support comparison with numeric values.",
                ));
            }
            Ok(Condition::Text(field.clone(), simple_test(def, clause)?))
        }
        Source::Run => Ok(Condition::Run(simple_test(def, clause)?)),
        Source::Error => Ok(Condition::Error(simple_test(def, clause)?)),
        Source::Prompt => of_prompt(clause),
        Source::Payload => Ok(Condition::Payload(clause.text_test("trace.text", def.operators)?)),
        Source::Span(_)
        | Source::SpanNumber(_)
        | Source::SpanAttribute
        | Source::Tag
        | Source::Metadata
        | Source::Feedback
        | Source::Expectation
        | Source::Issue
        | Source::Root(_) => Err(clause.bad_name(unknown_attribute(&clause.key))),
    }
}

fn simple_test(def: &FieldDef, clause: &Clause) -> Result<TextTest, ParseError> {
    Ok(clause.text_test(&clause.key, def.operators)?.simplified())
}

fn unknown_prefix(prefix: &str) -> String {
    let known = FieldGroup::ALL.iter().flat_map(|group| group.prefixes());
    let known: Vec<_> = known.map(|prefix| format!("'{prefix}'")).collect();
    format!("Invalid entity type '{}'. Valid values are {}", short(prefix), known.join(", "))
}

fn unknown_attribute(key: &str) -> String {
    let instead = match key {
        "state" => ". Use 'status'",
        "trace_id" => ". Use 'request_id'",
        "request_time" => ". Use 'timestamp'",
        "execution_duration" => ". Use 'execution_time'",
        "session_id" => ". Use 'session'",
        "user_id" => ". Use 'user'",
        _ => "",
    };
    let known: Vec<_> = catalog::trace_names().map(|key| format!("'{key}'")).collect();
    format!(
        "Invalid attribute key '{}' specified{instead}. Valid keys are {}",
        short(key),
        known.join(", ")
    )
}

fn of_prompt(clause: &Clause) -> Result<Condition, ParseError> {
    if clause.op != Op::Eq {
        return Err(clause.bad_op(format!(
            "Invalid comparator '{}' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"",
            clause.op.symbol()
        )));
    }
    let TextTest::Eq(text) = clause.text_test("prompt", &[Op::Eq])? else {
        unreachable!("only '=' is allowed");
    };
    match text.split_once('/') {
        Some((name, version))
            if !name.is_empty() && !version.is_empty() && !version.contains('/') =>
        {
            Ok(Condition::Prompt { name: name.to_owned(), version: version.to_owned() })
        }
        _ => Err(clause.bad_value(format!(
            "Invalid prompts filter value {}. Expected format: prompt = \"name/version\"",
            clause.display_value()
        ))),
    }
}

fn of_tag(clause: &Clause) -> Result<Condition, ParseError> {
    let field = match clause.key.as_str() {
        "" => return Err(clause.bad_name("Tag key cannot be empty")),
        tag_key::TRACE_NAME => TextField::Name,
        key => TextField::Tag(key.to_owned()),
    };
    Ok(Condition::Text(field, keyed_test("tag", clause)?.simplified()))
}

fn of_metadata(clause: &Clause) -> Result<Condition, ParseError> {
    match clause.key.as_str() {
        "" => return Err(clause.bad_name("Metadata key cannot be empty")),
        key @ (metadata_key::TOKEN_USAGE | metadata_key::COST)
            if matches!(clause.op, Op::Like | Op::ILike | Op::RLike | Op::Contains) =>
        {
            return Err(clause.bad_op(format!(
                "Comparator '{}' is not supported for reserved metadata '{key}'. Only '=', '!=', 'IS NULL', and 'IS NOT NULL' are supported.",
                clause.op.symbol()
            )));
        }
        _ => {}
    }
    let field = TextField::Metadata(clause.key.clone().into());
    Ok(Condition::Text(field, keyed_test("request_metadata", clause)?.simplified()))
}

/// A list is reported as an invalid value before the comparator is checked.
fn keyed_test(kind: &str, clause: &Clause) -> Result<TextTest, ParseError> {
    if let Literal::List(_) = clause.value {
        return Err(clause.bad_value(format!(
            "Expected a quoted string value for {kind} (e.g. 'my-value'). Got value {}",
            clause.display_value()
        )));
    }
    clause.text_test(kind, Op::TEXT)
}

fn of_span(clause: &Clause) -> Result<Condition, ParseError> {
    let Some((def, attribute)) = catalog::of_span(&clause.key) else {
        return Err(clause.bad_name(format!(
            "Invalid span attribute '{}'. Supported attributes: name, status, type, duration, tokens, cost, model, provider, content, attributes.<attribute_name>.",
            short(&clause.key)
        )));
    };
    let field = match (&def.source, attribute) {
        (_, Some("")) => {
            return Err(clause.bad_name("Span attribute name cannot be empty after 'attributes.'"));
        }
        (_, Some(attribute)) => SpanField::Attribute(attribute.to_owned()),
        (Source::SpanNumber(field), None) => {
            let test = clause.quantity_test(&clause.key, def.kind.measure())?;
            let value = field.in_stored_unit(test.value, def.kind);
            return Ok(Condition::Span(SpanTest::Number(*field, NumberTest { value, ..test })));
        }
        (Source::Span(field), None) => field.clone(),
        (_, None) => return Err(clause.bad_name(unknown_attribute(&clause.key))),
    };
    if field == SpanField::Content && clause.allow(def.operators).is_err() {
        return Err(clause.bad_op(format!(
            "span.content comparator '{}' not one of '{{'LIKE', 'ILIKE'}}'",
            clause.op.symbol()
        )));
    }
    let test = clause.text_test("span", def.operators)?;
    let test = if field == SpanField::Content { test } else { test.simplified() };
    Ok(Condition::Span(SpanTest::Text(field, test)))
}

fn of_assessment(kind: AssessmentKind, clause: &Clause) -> Result<Condition, ParseError> {
    if clause.key.is_empty() {
        return Err(clause.bad_name("Assessment field name cannot be empty"));
    }
    let verdict = match (kind, clause.op) {
        (AssessmentKind::Feedback, Op::IsGood) => Some(Verdict::Good),
        (AssessmentKind::Feedback, Op::IsBad) => Some(Verdict::Bad),
        _ => None,
    };
    if let Some(verdict) = verdict {
        let test = verdict_test(&FeedbackRule::guess(&clause.key), verdict);
        return Ok(Condition::Assessment {
            kind,
            name: clause.key.clone(),
            test,
            verdict: Some(verdict),
        });
    }
    let test = match clause.op {
        Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            ValueTest::Number(clause.number_test(kind.as_str(), Op::NUMBER)?)
        }
        _ => ValueTest::Text(clause.text_test(kind.as_str(), Op::TEXT)?),
    };
    Ok(Condition::Assessment { kind, name: clause.key.clone(), test, verdict: None })
}

fn of_issue(clause: &Clause) -> Result<Condition, ParseError> {
    if clause.key != "id" {
        return Err(clause.bad_name(format!(
            "Invalid issue attribute '{}'. Supported attributes: id.",
            short(&clause.key)
        )));
    }
    if clause.op != Op::Eq {
        return Err(clause
            .bad_op(format!("issue.id comparator '{}' not one of '{{'='}}'", clause.op.symbol())));
    }
    let TextTest::Eq(id) = clause.text_test("issue", &[Op::Eq])? else {
        unreachable!("only '=' is allowed");
    };
    Ok(Condition::Issue(id))
}

/// An unquoted number is compared with numbers, a quoted value with texts.
fn of_root(part: RootPart, clause: &Clause) -> Result<Condition, ParseError> {
    let path = JsonPath::parse(&clause.key).map_err(|error| clause.bad_name(error.to_string()))?;
    clause.allow(Op::VALUE)?;
    let kind = part.as_str();
    let is_number = match (&clause.value, clause.op) {
        (Literal::Number(_) | Literal::Quantity(..), op) => op.comparison().is_some(),
        (_, Op::Lt | Op::Le | Op::Gt | Op::Ge) => true,
        _ => false,
    };
    let test = match is_number {
        true => ValueTest::Number(clause.number_test(kind, Op::VALUE)?),
        false => ValueTest::Text(clause.text_test(kind, Op::VALUE)?.simplified()),
    };
    Ok(Condition::Root(RootField { part, path }, test))
}
