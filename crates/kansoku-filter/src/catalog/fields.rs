//! The table of fields. Screens and documentation list them in this order.
use kansoku_model::RootPart;

use super::{
    FieldDef, FieldGroup as Group, FieldKind as Kind, Mlflow, NumberField as Number,
    Projection as Values, Source, SpanField as Span, SpanNumber, TextField as Text,
};
use crate::clause::Op;

/// Defaults of most rows.
const TRACE: FieldDef = FieldDef {
    name: "",
    aliases: &[],
    group: Group::Trace,
    source: Source::Payload,
    kind: Kind::Text,
    operators: Op::ID,
    mlflow: Mlflow::Known,
    sortable: false,
    groupable: None,
    projection: Values::None,
    help: "",
};
const SPAN: FieldDef = FieldDef { group: Group::Span, ..TRACE };
const ROOT: FieldDef =
    FieldDef { kind: Kind::Json, operators: Op::VALUE, mlflow: Mlflow::Unknown, ..TRACE };

pub static FIELDS: &[FieldDef] = &[
    FieldDef {
        name: "status",
        source: Source::Text(Text::Status),
        kind: Kind::Choice,
        sortable: true,
        groupable: Some("status"),
        projection: Values::Status,
        help: "how it ended: OK, ERROR, IN_PROGRESS",
        ..TRACE
    },
    FieldDef {
        name: "name",
        source: Source::Text(Text::Name),
        operators: Op::TEXT,
        sortable: true,
        groupable: Some("name"),
        projection: Values::Name,
        help: "the trace's name",
        ..TRACE
    },
    FieldDef {
        name: "error",
        source: Source::Error,
        operators: Op::ERROR,
        mlflow: Mlflow::Unknown,
        groupable: Some("error"),
        projection: Values::Error,
        help: "why any of its spans failed, as `Type: message`",
        ..TRACE
    },
    FieldDef {
        name: "duration",
        aliases: &["execution_time", "execution_time_ms"],
        source: Source::Number(Number::ExecutionTime),
        kind: Kind::Duration,
        operators: Op::NUMBER,
        mlflow: Mlflow::Aliases,
        sortable: true,
        help: "how long it took, in milliseconds: 500ms, 2s, 1m; absent while in progress",
        ..TRACE
    },
    FieldDef {
        name: "tokens",
        source: Source::Number(Number::Tokens),
        kind: Kind::Count,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        sortable: true,
        help: "of all its calls, in total: 4k",
        ..TRACE
    },
    FieldDef {
        name: "cost",
        source: Source::Number(Number::Cost),
        kind: Kind::Dollars,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        sortable: true,
        help: "of all its calls, in US dollars",
        ..TRACE
    },
    FieldDef {
        name: "retriever.count",
        source: Source::Number(Number::RetrieverCount),
        kind: Kind::Count,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        sortable: true,
        groupable: Some("retriever.count"),
        projection: Values::Number(Number::RetrieverCount),
        help: "how many RETRIEVER spans it has",
        ..TRACE
    },
    FieldDef {
        name: "timestamp",
        aliases: &["timestamp_ms"],
        source: Source::Number(Number::Timestamp),
        kind: Kind::Time,
        operators: Op::NUMBER,
        sortable: true,
        help: "when it began, in milliseconds since 1970",
        ..TRACE
    },
    FieldDef {
        name: "end_time",
        aliases: &["end_time_ms"],
        source: Source::Number(Number::EndTime),
        kind: Kind::Time,
        operators: Op::NUMBER,
        sortable: true,
        help: "when it ended, in milliseconds since 1970; while in progress, when it began",
        ..TRACE
    },
    FieldDef {
        name: "session",
        source: Source::Text(Text::SESSION),
        operators: Op::ANY,
        mlflow: Mlflow::Unknown,
        groupable: Some("session"),
        projection: Values::Session,
        help: "the conversation it belongs to: metadata `mlflow.trace.session`",
        ..TRACE
    },
    FieldDef {
        name: "user",
        source: Source::Text(Text::USER),
        operators: Op::ANY,
        mlflow: Mlflow::Unknown,
        groupable: Some("user"),
        projection: Values::User,
        help: "who asked: metadata `mlflow.trace.user`",
        ..TRACE
    },
    FieldDef {
        name: "version",
        source: Source::Text(Text::Version),
        operators: Op::ANY,
        mlflow: Mlflow::Unknown,
        groupable: Some("version"),
        projection: Values::Version,
        help: "of the application",
        ..TRACE
    },
    FieldDef {
        name: "environment",
        source: Source::Text(Text::Environment),
        operators: Op::ANY,
        mlflow: Mlflow::Unknown,
        groupable: Some("environment"),
        projection: Values::Environment,
        help: "where the application ran",
        ..TRACE
    },
    FieldDef {
        name: "text",
        source: Source::Payload,
        operators: Op::PAYLOAD,
        help: "anything any of its spans says: their stored JSON",
        ..TRACE
    },
    FieldDef {
        name: "request_id",
        source: Source::Text(Text::TraceId),
        sortable: true,
        help: "the trace's id",
        ..TRACE
    },
    FieldDef {
        name: "client_request_id",
        source: Source::Text(Text::ClientRequestId),
        help: "the id the application gave it",
        ..TRACE
    },
    FieldDef {
        name: "run_id",
        source: Source::Run,
        operators: Op::TEXT,
        mlflow: Mlflow::Operators(&[Op::Eq]),
        sortable: true,
        projection: Values::SourceRun,
        help: "a run it was made in or is linked to; of several, one that passes suffices",
        ..TRACE
    },
    FieldDef {
        name: "prompt",
        source: Source::Prompt,
        operators: &[Op::Eq],
        help: "a prompt version it is linked to: name/version",
        ..TRACE
    },
    FieldDef {
        name: "span.name",
        source: Source::Span(Span::Name),
        projection: Values::SpanName,
        help: "the name of any of its spans",
        ..SPAN
    },
    FieldDef {
        name: "span.type",
        source: Source::Span(Span::Type),
        kind: Kind::Choice,
        projection: Values::SpanType,
        help: "LLM, TOOL, RETRIEVER, …",
        ..SPAN
    },
    FieldDef {
        name: "span.status",
        source: Source::Span(Span::Status),
        kind: Kind::Choice,
        projection: Values::SpanStatus,
        help: "OK, ERROR, UNSET",
        ..SPAN
    },
    FieldDef {
        name: "span.duration",
        source: Source::SpanNumber(SpanNumber::Duration),
        kind: Kind::Duration,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        help: "how long it took, in milliseconds: 500ms, 2s, 1m; absent while it is open",
        ..SPAN
    },
    FieldDef {
        name: "span.tokens",
        source: Source::SpanNumber(SpanNumber::Tokens),
        kind: Kind::Count,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        help: "of its call, in total: 4k",
        ..SPAN
    },
    FieldDef {
        name: "span.cost",
        source: Source::SpanNumber(SpanNumber::Cost),
        kind: Kind::Dollars,
        operators: Op::NUMBER,
        mlflow: Mlflow::Unknown,
        help: "of its call, in US dollars",
        ..SPAN
    },
    FieldDef {
        name: "span.model",
        source: Source::Span(Span::Model),
        mlflow: Mlflow::Unknown,
        groupable: Some("model"),
        projection: Values::SpanModel,
        help: "the model that was called",
        ..SPAN
    },
    FieldDef {
        name: "span.provider",
        source: Source::Span(Span::Provider),
        mlflow: Mlflow::Unknown,
        groupable: Some("provider"),
        projection: Values::SpanProvider,
        help: "who runs the model",
        ..SPAN
    },
    FieldDef {
        name: "span.content",
        source: Source::Span(Span::Content),
        operators: Op::PAYLOAD,
        help: "anything one span says: its JSON",
        ..SPAN
    },
    FieldDef {
        name: "span.attributes.<key>",
        source: Source::SpanAttribute,
        operators: Op::ATTRIBUTE,
        mlflow: Mlflow::Operators(&[Op::Like, Op::ILike, Op::RLike]),
        help: "an attribute: a string as it is, anything else as its JSON text",
        ..SPAN
    },
    FieldDef {
        name: "tags.<key>",
        group: Group::Tag,
        source: Source::Tag,
        operators: Op::TEXT,
        sortable: true,
        groupable: Some("tag"),
        projection: Values::Tag,
        help: "a tag",
        ..TRACE
    },
    FieldDef {
        name: "metadata.<key>",
        group: Group::Metadata,
        source: Source::Metadata,
        operators: Op::TEXT,
        sortable: true,
        groupable: Some("metadata"),
        projection: Values::Metadata,
        help: "an entry of the metadata",
        ..TRACE
    },
    FieldDef {
        name: "feedback.<key>",
        group: Group::Feedback,
        source: Source::Feedback,
        kind: Kind::Json,
        operators: Op::FEEDBACK,
        mlflow: Mlflow::Operators(Op::JUDGED),
        projection: Values::Feedback,
        help: "feedback of this name",
        ..TRACE
    },
    FieldDef {
        name: "expectation.<key>",
        group: Group::Expectation,
        source: Source::Expectation,
        kind: Kind::Json,
        operators: Op::JUDGED,
        projection: Values::Expectation,
        help: "an expectation of this name",
        ..TRACE
    },
    FieldDef {
        name: "issue.id",
        group: Group::Issue,
        source: Source::Issue,
        operators: &[Op::Eq],
        help: "an issue it shows",
        ..TRACE
    },
    FieldDef {
        name: "inputs.<key>",
        group: Group::Inputs,
        source: Source::Root(RootPart::Inputs),
        help: "a value at a path in the inputs of the root span: `inputs.customer.id`",
        ..ROOT
    },
    FieldDef {
        name: "outputs.<key>",
        group: Group::Outputs,
        source: Source::Root(RootPart::Outputs),
        help: "a value at a path in the outputs of the root span: `outputs.items.0.price`",
        ..ROOT
    },
];
