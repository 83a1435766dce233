//! The closed set of what a trace filter can ask, and the names it answers to.
use kansoku_model::{
    AttachedKind, ENVIRONMENT_PLACES, Money, VERSION_PLACES, metadata_key, tag_key,
};

use crate::{
    clause::{Clause, Literal, NumberTest, Op, TextTest},
    error::{Refusal, short},
    lex::{Measure, Number},
    sql::{Dialect, Place},
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(TextField, TextTest),
    Number(NumberField, NumberTest),
    /// Any of its runs: the one it was made in and those it is linked to.
    Run(TextTest),
    Prompt {
        name: String,
        version: String,
    },
    /// The stored JSON of any span.
    Payload(TextTest),
    /// Why any of its spans failed.
    Error(TextTest),
    Span(SpanField, TextTest),
    Assessment {
        kind: AssessmentKind,
        name: String,
        test: AssessmentTest,
    },
    Issue(String),
}

/// A text that a trace has at most one of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextField {
    TraceId,
    ClientRequestId,
    Status,
    Name,
    Tag(String),
    Metadata(String),
    Version,
    Environment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberField {
    Timestamp,
    ExecutionTime,
    EndTime,
    Tokens,
    /// In the units that costs are kept in.
    Cost,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SpanField {
    Name,
    Type,
    Status,
    Model,
    Provider,
    /// The span's stored JSON.
    Content,
    Attribute(String),
}

impl SpanField {
    /// Whether it takes unpacking the span itself.
    pub(crate) fn is_payload(&self) -> bool {
        matches!(self, Self::Content | Self::Attribute(_))
    }
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

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AssessmentTest {
    Text(TextTest),
    Number(NumberTest),
}

/// What a name without prefix, or with an attribute prefix, can mean.
pub(crate) enum Attribute {
    Text(TextField),
    Number(NumberField),
    Run,
    Prompt,
    Payload,
    Error,
}

pub(crate) const TAG_PREFIXES: [&str; 2] = ["tag", "tags"];
pub(crate) const METADATA_PREFIXES: [&str; 2] = ["metadata", "request_metadata"];

pub(crate) fn attribute(key: &str) -> Option<Attribute> {
    Some(match key {
        "request_id" => Attribute::Text(TextField::TraceId),
        "client_request_id" => Attribute::Text(TextField::ClientRequestId),
        "status" => Attribute::Text(TextField::Status),
        "name" => Attribute::Text(TextField::Name),
        "timestamp" | "timestamp_ms" => Attribute::Number(NumberField::Timestamp),
        "execution_time" | "execution_time_ms" | "duration" => {
            Attribute::Number(NumberField::ExecutionTime)
        }
        "end_time" | "end_time_ms" => Attribute::Number(NumberField::EndTime),
        "tokens" => Attribute::Number(NumberField::Tokens),
        "cost" => Attribute::Number(NumberField::Cost),
        "session" => Attribute::Text(TextField::Metadata(metadata_key::SESSION.to_owned())),
        "user" => Attribute::Text(TextField::Metadata(metadata_key::USER.to_owned())),
        "version" => Attribute::Text(TextField::Version),
        "environment" => Attribute::Text(TextField::Environment),
        "error" => Attribute::Error,
        "run_id" => Attribute::Run,
        "prompt" => Attribute::Prompt,
        "text" => Attribute::Payload,
        _ => return None,
    })
}

impl TextField {
    pub(crate) fn place(&self, dialect: Dialect) -> Place<'_> {
        match dialect {
            Dialect::Sqlite => match self {
                Self::TraceId => Place::Column("t.trace_id"),
                Self::ClientRequestId => Place::Column("t.client_request_id"),
                Self::Status => Place::Column("t.state"),
                Self::Name => Place::Column("t.name"),
                Self::Tag(key) => entry(AttachedKind::Tag, key),
                Self::Metadata(key) => entry(AttachedKind::Metadata, key),
                Self::Version | Self::Environment => {
                    let places = self.places().iter();
                    Place::FirstOf(places.map(|(kind, key)| entry(*kind, key)).collect())
                }
            },
        }
    }

    /// Where it is looked for, if that is in several places.
    pub(crate) fn places(&self) -> &'static [(AttachedKind, &'static str)] {
        match self {
            Self::Version => VERSION_PLACES,
            Self::Environment => ENVIRONMENT_PLACES,
            _ => &[],
        }
    }
}

fn entry(kind: AttachedKind, key: &str) -> Place<'_> {
    let table = match kind {
        AttachedKind::Tag => "trace_tags",
        AttachedKind::Metadata => "trace_metadata",
    };
    Place::Entry { table, owner: "trace = t.id", key }
}

impl NumberField {
    pub(crate) fn column(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => match self {
                Self::Timestamp => "t.request_time_ms",
                Self::ExecutionTime => "t.duration_ms",
                Self::EndTime => "(t.request_time_ms + coalesce(t.duration_ms, 0))",
                Self::Tokens => "t.total_tokens",
                Self::Cost => "t.total_cost",
            },
        }
    }
}

pub(crate) fn resolve(clause: Clause) -> Result<Condition, Refusal> {
    match clause.prefix.as_deref() {
        None | Some("trace" | "attribute" | "attributes") => of_attribute(&clause),
        Some(prefix) if TAG_PREFIXES.contains(&prefix) => of_tag(&clause),
        Some(prefix) if METADATA_PREFIXES.contains(&prefix) => of_metadata(&clause),
        Some("span") => of_span(&clause),
        Some("feedback") => of_assessment(AssessmentKind::Feedback, &clause),
        Some("expectation") => of_assessment(AssessmentKind::Expectation, &clause),
        Some("issue") => of_issue(&clause),
        Some(prefix) => Err(clause.bad_name(format!(
            "Invalid entity type '{}'. Valid values are 'attribute', 'attributes', 'trace', 'tag', 'tags', 'metadata', 'request_metadata', 'span', 'feedback', 'expectation', 'issue'",
            short(prefix)
        ))),
    }
}

fn of_attribute(clause: &Clause) -> Result<Condition, Refusal> {
    match attribute(&clause.key) {
        Some(Attribute::Number(field)) => Ok(Condition::Number(field, number_test(field, clause)?)),
        Some(Attribute::Text(field)) => {
            let ops = match field {
                TextField::Name => Op::TEXT,
                TextField::Metadata(_) | TextField::Version | TextField::Environment => Op::ANY,
                _ => Op::ID,
            };
            clause.allow(ops)?;
            if matches!(clause.value, Literal::Number(_)) {
                return Err(clause.bad_value(
                    "Only the '{'timestamp_ms', 'execution_time_ms', 'end_time_ms'}' attributes support comparison with numeric values.",
                ));
            }
            Ok(Condition::Text(field, clause.text_test(&clause.key, ops)?.simplified()))
        }
        Some(Attribute::Run) => {
            Ok(Condition::Run(clause.text_test("run_id", Op::TEXT)?.simplified()))
        }
        Some(Attribute::Error) => {
            Ok(Condition::Error(clause.text_test("error", Op::ERROR)?.simplified()))
        }
        Some(Attribute::Prompt) => of_prompt(clause),
        Some(Attribute::Payload) => {
            Ok(Condition::Payload(clause.text_test("trace.text", Op::PAYLOAD)?))
        }
        None => Err(clause.bad_name(unknown_attribute(&clause.key))),
    }
}

fn number_test(field: NumberField, clause: &Clause) -> Result<NumberTest, Refusal> {
    match field {
        NumberField::ExecutionTime => clause.quantity_test(&clause.key, Measure::Milliseconds),
        NumberField::Tokens => clause.quantity_test(&clause.key, Measure::Count),
        NumberField::Cost => {
            let test = clause.number_test(&clause.key, Op::NUMBER)?;
            let units = Money::from_dollars(test.value.as_f64());
            Ok(NumberTest { value: Number::Integer(units.0), ..test })
        }
        NumberField::Timestamp | NumberField::EndTime => {
            clause.number_test(&clause.key, Op::NUMBER)
        }
    }
}

/// Trace attributes that MLflow knows.
pub(crate) const MLFLOWS: [&str; 13] = [
    "request_id",
    "client_request_id",
    "status",
    "name",
    "timestamp",
    "timestamp_ms",
    "execution_time",
    "execution_time_ms",
    "end_time",
    "end_time_ms",
    "run_id",
    "prompt",
    "text",
];
/// Those that it does not.
pub(crate) const OURS: [&str; 8] =
    ["duration", "tokens", "cost", "session", "user", "version", "environment", "error"];

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
    let known: Vec<_> = MLFLOWS.iter().chain(&OURS).map(|key| format!("'{key}'")).collect();
    format!(
        "Invalid attribute key '{}' specified{instead}. Valid keys are {}",
        short(key),
        known.join(", ")
    )
}

fn of_prompt(clause: &Clause) -> Result<Condition, Refusal> {
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
            clause.shown()
        ))),
    }
}

fn of_tag(clause: &Clause) -> Result<Condition, Refusal> {
    let field = match clause.key.as_str() {
        "" => return Err(clause.bad_name("Tag key cannot be empty")),
        tag_key::TRACE_NAME => TextField::Name,
        key => TextField::Tag(key.to_owned()),
    };
    Ok(Condition::Text(field, keyed_test("tag", clause)?.simplified()))
}

fn of_metadata(clause: &Clause) -> Result<Condition, Refusal> {
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
    let field = TextField::Metadata(clause.key.clone());
    Ok(Condition::Text(field, keyed_test("request_metadata", clause)?.simplified()))
}

/// A list is refused for what it is before the comparator is.
fn keyed_test(kind: &str, clause: &Clause) -> Result<TextTest, Refusal> {
    if let Literal::List(_) = clause.value {
        return Err(clause.bad_value(format!(
            "Expected a quoted string value for {kind} (e.g. 'my-value'). Got value {}",
            clause.shown()
        )));
    }
    clause.text_test(kind, Op::TEXT)
}

fn of_span(clause: &Clause) -> Result<Condition, Refusal> {
    let (field, ops): (_, &[Op]) = match clause.key.as_str() {
        "name" => (SpanField::Name, Op::ID),
        "type" => (SpanField::Type, Op::ID),
        "status" => (SpanField::Status, Op::ID),
        "model" => (SpanField::Model, Op::ID),
        "provider" => (SpanField::Provider, Op::ID),
        "content" => {
            if clause.allow(Op::PAYLOAD).is_err() {
                return Err(clause.bad_op(format!(
                    "span.content comparator '{}' not one of '{{'LIKE', 'ILIKE'}}'",
                    clause.op.symbol()
                )));
            }
            (SpanField::Content, Op::PAYLOAD)
        }
        key => match key.strip_prefix("attributes.") {
            Some("") => {
                return Err(
                    clause.bad_name("Span attribute name cannot be empty after 'attributes.'")
                );
            }
            Some(attribute) => (
                SpanField::Attribute(attribute.to_owned()),
                &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::RLike],
            ),
            None => {
                return Err(clause.bad_name(format!(
                    "Invalid span attribute '{}'. Supported attributes: name, status, type, model, provider, content, attributes.<attribute_name>.",
                    short(key)
                )));
            }
        },
    };
    let test = clause.text_test("span", ops)?;
    let test = if field == SpanField::Content { test } else { test.simplified() };
    Ok(Condition::Span(field, test))
}

fn of_assessment(kind: AssessmentKind, clause: &Clause) -> Result<Condition, Refusal> {
    if clause.key.is_empty() {
        return Err(clause.bad_name("Assessment field name cannot be empty"));
    }
    let test = match clause.op {
        Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            AssessmentTest::Number(clause.number_test(kind.as_str(), Op::NUMBER)?)
        }
        _ => AssessmentTest::Text(clause.text_test(kind.as_str(), Op::TEXT)?),
    };
    Ok(Condition::Assessment { kind, name: clause.key.clone(), test })
}

fn of_issue(clause: &Clause) -> Result<Condition, Refusal> {
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
