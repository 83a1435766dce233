//! What spans mean, whichever dialect of OpenTelemetry they are written in.
//!
//! A dialect is a table in a file of its own: which attribute says what, in the order
//! in which it is believed. Only what a table cannot say is a function. [`derive`] reads
//! the tables for every span that comes in, `complete` and [`meaning()`] when someone looks.
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;

mod complete;
mod cost;
mod documents;
mod facts;
mod failure;
mod first_token;
mod meaning;
mod messages;
mod parts;
mod row;
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
pub use meaning::{
    ChatMessage, CostInDollars, Document, Media, Part, Side, SpanMeaning, ToolCall, ToolDefinition,
    meaning,
};
pub(crate) use row::{Ids, derive, resource_tags};
use row::{model, times};

use facts::Facts;
use table::Says;

/// Why a span failed, in one line; `None` if it did not.
pub(crate) fn failure(span: &Span) -> Option<String> {
    let failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
    failed.then(|| failure::of(span)).flatten()
}

/// One way of writing what a GenAI span is.
struct Dialect {
    /// Attributes that MLflow's server reads too, those first that it believes first.
    says: &'static [(&'static str, Says)],
    /// Attributes that are read only where no dialect's `says` has an answer.
    also: &'static [(&'static str, Says)],
    /// Prefixes of attributes.
    families: &'static [(&'static str, Says)],
    /// Inputs or outputs that have to be put together, in the dialect's turn.
    built: Option<fn(&Facts<'_>, Side) -> Option<Value>>,
    /// The same, where no attribute has them: from events or flattened attributes.
    spare: Option<fn(&Facts<'_>, Side) -> Option<Value>>,
    /// Messages, where inputs and outputs do not have them all.
    messages: Option<fn(&Facts<'_>, Side) -> Vec<ChatMessage>>,
    /// Tool definitions, where no single attribute has them.
    tools: Option<fn(&Facts<'_>) -> Option<Value>>,
    documents: Option<fn(&Facts<'_>) -> Vec<Document>>,
    /// By which of its chat views MLflow's UI shows the span.
    message_format: Option<fn(&Facts<'_>) -> Option<&'static str>>,
}

impl Dialect {
    const PLAIN: Self = Self {
        says: &[],
        also: &[],
        families: &[],
        built: None,
        spare: None,
        messages: None,
        tools: None,
        documents: None,
        message_format: None,
    };
}

/// In the order in which they are believed: MLflow's own, the others as MLflow's server
/// has them, then those that it does not know. LangSmith stands before GenAI, as it writes
/// GenAI's names with less care than its own.
static DIALECTS: &[&Dialect] = &[
    &mlflow::DIALECT,
    &openinference::DIALECT,
    &langsmith::DIALECT,
    &gemini_cli::DIALECT,
    &claude_code::DIALECT,
    &genai::DIALECT,
    &spring_ai::DIALECT,
    &traceloop::DIALECT,
    &google_adk::DIALECT,
    &vercel::DIALECT,
    &voltagent::DIALECT,
    &livekit::DIALECT,
    &laminar::DIALECT,
    &langfuse::DIALECT,
    &pydantic_ai::DIALECT,
    &strands::DIALECT,
    &codex::DIALECT,
];
