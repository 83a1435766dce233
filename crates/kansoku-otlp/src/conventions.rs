//! The semantic conventions of GenAI libraries, read into one form.
//!
//! Each set of conventions is a table in a file of its own, which maps attributes to semantic
//! fields in order of preference; functions cover what a table cannot express. [`derive`] applies
//! the tables to every received span, `complete` and [`normalize`] to spans that a client opens.
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;

mod complete;
mod cost;
mod documents;
mod failure;
mod first_token;
mod message_text;
mod messages;
mod normalized_span;
mod parameters;
mod parts;
mod row;
mod span_attributes;
mod table;
mod tools;
mod tree;
mod usage;
mod values;

mod claude_code;
mod codex;
mod gemini_cli;
mod genai;
mod google_adk;
mod laminar;
mod langfuse;
mod langsmith;
mod livekit;
mod mlflow;
mod openinference;
mod pydantic_ai;
mod spring_ai;
mod strands;
mod traceloop;
mod vercel;
mod voltagent;

pub(crate) use complete::complete;
pub use normalized_span::{
    ChatMessage, CostInDollars, Document, Media, NormalizedSpan, Part, Side, ToolCall,
    ToolDefinition, normalize,
};
pub(crate) use row::{Ids, derive, resource_tags};
use row::{model, times};

use span_attributes::SpanAttributes;
use table::AttributeMapping;

/// The inputs or outputs of a span as JSON, from attributes of any semantic conventions.
pub(crate) fn input_or_output_json(span: &Span, side: Side) -> Option<Value> {
    let attributes = SpanAttributes::new(span);
    values::input_or_output(&attributes, side).map(|(value, _)| tree::json(&value))
}

/// Whether any semantic conventions read an attribute, so that it is shown in another form.
pub(crate) fn is_conventional(key: &str) -> bool {
    let mut is_known = false;
    table::table().each(key, |_, _| is_known = true);
    is_known
}

/// An attribute as JSON; JSON text is parsed.
pub(crate) fn attribute_json(span: &Span, key: &str) -> Option<Value> {
    span_attributes::attribute(&span.attributes, key).map(tree::json)
}

/// The reason why a span failed, in one line; `None` if it did not fail or has no reason.
pub(crate) fn failure(span: &Span) -> Option<String> {
    let failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
    failed.then(|| failure::failure_message(span)).flatten()
}

/// The names that one GenAI library uses for the fields of a span.
struct Conventions {
    /// Attributes that MLflow's server reads too, in its order of preference.
    mappings: &'static [(&'static str, AttributeMapping)],
    /// Attributes that are read only for fields without a value from any `mappings`.
    extra_mappings: &'static [(&'static str, AttributeMapping)],
    /// Prefixes of attribute keys.
    prefix_mappings: &'static [(&'static str, AttributeMapping)],
    /// Inputs or outputs that are composed from several attributes.
    compose: Option<fn(&SpanAttributes<'_>, Side) -> Option<Value>>,
    /// Inputs or outputs from events or flattened attributes, for spans without an attribute for
    /// them.
    fallback: Option<fn(&SpanAttributes<'_>, Side) -> Option<Value>>,
    /// Messages, if inputs and outputs do not contain all of them.
    messages: Option<fn(&SpanAttributes<'_>, Side) -> Vec<ChatMessage>>,
    /// Tool definitions, if they are not in a single attribute.
    tools: Option<fn(&SpanAttributes<'_>) -> Option<Value>>,
    documents: Option<fn(&SpanAttributes<'_>) -> Vec<Document>>,
    /// The value of `mlflow.message.format`, by which MLflow's UI chooses its chat view.
    message_format: Option<fn(&SpanAttributes<'_>) -> Option<&'static str>>,
}

impl Conventions {
    const PLAIN: Self = Self {
        mappings: &[],
        extra_mappings: &[],
        prefix_mappings: &[],
        compose: None,
        fallback: None,
        messages: None,
        tools: None,
        documents: None,
        message_format: None,
    };
}

/// All conventions in order of preference: MLflow's own, the others in the order of MLflow's
/// server, then those that it does not read. LangSmith is before GenAI, because its own attributes
/// are more reliable than the GenAI attributes that it writes.
static ALL_CONVENTIONS: &[&Conventions] = &[
    &mlflow::CONVENTIONS,
    &openinference::CONVENTIONS,
    &langsmith::CONVENTIONS,
    &gemini_cli::CONVENTIONS,
    &claude_code::CONVENTIONS,
    &genai::CONVENTIONS,
    &spring_ai::CONVENTIONS,
    &traceloop::CONVENTIONS,
    &google_adk::CONVENTIONS,
    &vercel::CONVENTIONS,
    &voltagent::CONVENTIONS,
    &livekit::CONVENTIONS,
    &laminar::CONVENTIONS,
    &langfuse::CONVENTIONS,
    &pydantic_ai::CONVENTIONS,
    &strands::CONVENTIONS,
    &codex::CONVENTIONS,
];
