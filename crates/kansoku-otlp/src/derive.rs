//! What a span's attributes say: the narrow row of the span and its part of the trace.
//!
//! The one place where attributes are given a meaning. A dialect is a line in
//! `fact`: its key, what it says, and how it ranks beside other dialects.
use std::borrow::Cow;

use kansoku_model::{
    Attached, AttachedKind, Layer, Rank, SpanId, SpanRow, SpanStatus, TraceFold, metadata_key,
    tag_key,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::preview;
use crate::value::{is_empty, plain_text};

mod usage;

pub(crate) const SESSION_CHARS_MAX: usize = 250;
const TAG_KEY_CHARS_MAX: usize = 250;
const TAG_VALUE_CHARS_MAX: usize = 8000;
/// Span type, model and provider are dimensions of charts; longer ones are cut.
const DIMENSION_CHARS_MAX: usize = 500;

const TRACE_TAG_PREFIX: &str = "mlflow.traceTag.";

/// What an attribute can say of a span.
#[derive(Clone, Copy)]
enum Fact {
    Inputs,
    Outputs,
    Model,
    Provider,
    Session,
    User,
    Usage,
    InputTokens,
    OutputTokens,
    TotalTokens,
    CacheReadTokens,
    CacheWriteTokens,
}

impl Fact {
    const COUNT: usize = Self::CacheWriteTokens as usize + 1;
}

/// What the attribute named `key` says, and its rank among those that say the same: lower wins.
/// MLflow's own come first, then OpenInference, then GenAI.
fn fact(key: &str) -> Option<(Fact, u8)> {
    Some(match key {
        "mlflow.spanInputs" => (Fact::Inputs, 0),
        "input.value" => (Fact::Inputs, 1),
        "gen_ai.input.messages" => (Fact::Inputs, 2),
        "gen_ai.tool.call.arguments" => (Fact::Inputs, 3),

        "mlflow.spanOutputs" => (Fact::Outputs, 0),
        "output.value" => (Fact::Outputs, 1),
        "gen_ai.output.messages" => (Fact::Outputs, 2),
        "gen_ai.tool.call.result" => (Fact::Outputs, 3),

        "mlflow.llm.model" => (Fact::Model, 0),
        "llm.response.model_name" => (Fact::Model, 1),
        "llm.model_name" => (Fact::Model, 2),
        "llm.request.model_name" => (Fact::Model, 3),
        "embedding.model_name" => (Fact::Model, 4),
        "gen_ai.response.model" => (Fact::Model, 5),
        "gen_ai.request.model" => (Fact::Model, 6),

        "mlflow.llm.provider" => (Fact::Provider, 0),
        "llm.provider" => (Fact::Provider, 1),
        "gen_ai.provider.name" => (Fact::Provider, 2),
        "gen_ai.system" => (Fact::Provider, 3),

        "session.id" => (Fact::Session, 0),
        "gen_ai.conversation.id" => (Fact::Session, 1),
        "user.id" => (Fact::User, 0),

        "mlflow.chat.tokenUsage" => (Fact::Usage, 0),
        "llm.token_count.prompt" => (Fact::InputTokens, 0),
        "gen_ai.usage.input_tokens" => (Fact::InputTokens, 1),
        "gen_ai.usage.prompt_tokens" => (Fact::InputTokens, 2),
        "llm.token_count.completion" => (Fact::OutputTokens, 0),
        "gen_ai.usage.output_tokens" => (Fact::OutputTokens, 1),
        "gen_ai.usage.completion_tokens" => (Fact::OutputTokens, 2),
        "llm.token_count.total" => (Fact::TotalTokens, 0),
        "llm.token_count.prompt_details.cache_read" => (Fact::CacheReadTokens, 0),
        "gen_ai.usage.cache_read.input_tokens" => (Fact::CacheReadTokens, 1),
        "llm.token_count.prompt_details.cache_write" => (Fact::CacheWriteTokens, 0),
        "gen_ai.usage.cache_write.input_tokens" => (Fact::CacheWriteTokens, 1),
        "gen_ai.usage.cache_creation.input_tokens" => (Fact::CacheWriteTokens, 2),
        _ => return None,
    })
}

/// The span type an attribute gives, and its rank; a type of `UNKNOWN` gives way to any other.
fn span_type<'a>(key: &str, value: &'a AnyValue) -> Option<(Cow<'a, str>, u8)> {
    const OPENINFERENCE: [&str; 10] = [
        "TOOL",
        "CHAIN",
        "LLM",
        "RETRIEVER",
        "EMBEDDING",
        "AGENT",
        "RERANKER",
        "UNKNOWN",
        "GUARDRAIL",
        "EVALUATOR",
    ];
    let text = || plain_text(Some(value));
    let (name, rank) = match key {
        "mlflow.spanType" => (text(), 0),
        "openinference.span.kind" => {
            let kind = text();
            let known = OPENINFERENCE.iter().find(|known| known.eq_ignore_ascii_case(&kind))?;
            (Cow::Borrowed(*known), 1)
        }
        "gen_ai.operation.name" => {
            let known = match text().as_ref() {
                "chat" => "CHAT_MODEL",
                "create_agent" | "invoke_agent" => "AGENT",
                "embeddings" => "EMBEDDING",
                "execute_tool" => "TOOL",
                "generate_content" | "text_completion" | "response" => "LLM",
                _ => return None,
            };
            (Cow::Borrowed(known), 2)
        }
        _ => return None,
    };
    let unknown = name == "UNKNOWN";
    (!name.is_empty()).then_some((name, if unknown { rank + 10 } else { rank }))
}

/// The attributes of one span, sorted by what they say.
#[derive(Default)]
struct Facts<'a> {
    best: [Option<(u8, &'a AnyValue)>; Fact::COUNT],
    span_type: Option<(Cow<'a, str>, u8)>,
    trace_tags: Vec<(&'a str, &'a AnyValue)>,
}

impl<'a> Facts<'a> {
    fn of(attributes: &'a [KeyValue]) -> Self {
        let mut facts = Self::default();
        for KeyValue { key, value, .. } in attributes {
            // An empty value says nothing, as no value does.
            let Some(value) = value.as_ref().filter(|it| it.value.is_some()) else { continue };
            if let Some((fact, rank)) = fact(key) {
                let best = &mut facts.best[fact as usize];
                // `{}` and 0 are inputs like others when MLflow says so; in a dialect they are blanks.
                let says = match fact {
                    Fact::Inputs | Fact::Outputs if rank == 0 => true,
                    _ => !is_empty(value),
                };
                if says && best.is_none_or(|(present, _)| rank <= present) {
                    *best = Some((rank, value));
                }
            } else if let Some((name, rank)) = span_type(key, value) {
                if facts.span_type.as_ref().is_none_or(|(_, present)| rank <= *present) {
                    facts.span_type = Some((name, rank));
                }
            } else if let Some(tag) = key.strip_prefix(TRACE_TAG_PREFIX) {
                facts.trace_tags.push((tag, value));
            }
        }
        facts
    }

    fn get(&self, fact: Fact) -> Option<&'a AnyValue> {
        self.best[fact as usize].map(|(_, value)| value)
    }

    fn text(&self, fact: Fact) -> Option<String> {
        self.get(fact).map(|value| plain_text(Some(value)).into_owned())
    }

    fn dimension(&self, fact: Fact) -> Option<String> {
        self.text(fact).map(|text| cut(text, DIMENSION_CHARS_MAX))
    }
}

/// The ids of a span, known to be good.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) span_id: SpanId,
    pub(crate) parent_id: Option<SpanId>,
}

/// The row of a span and what it says of its trace, or why it cannot be kept.
pub(crate) fn derive(span: &Span, ids: Ids) -> Result<(SpanRow, TraceFold), String> {
    let facts = Facts::of(&span.attributes);
    let start_ns = clamp_ns(span.start_time_unix_nano);
    let ended = span.end_time_unix_nano != 0;
    let row = SpanRow {
        span_id: ids.span_id,
        parent_id: ids.parent_id,
        name: span.name.clone(),
        span_type: facts
            .span_type
            .as_ref()
            .map(|(name, _)| cut(name.clone().into_owned(), DIMENSION_CHARS_MAX)),
        status: match span.status.as_ref().map(|status| status.code()) {
            Some(StatusCode::Ok) => SpanStatus::Ok,
            Some(StatusCode::Error) => SpanStatus::Error,
            Some(StatusCode::Unset) | None => SpanStatus::Unset,
        },
        start_ns,
        // A clock that ran backwards makes a span of no length.
        end_ns: ended.then(|| clamp_ns(span.end_time_unix_nano).max(start_ns)),
        model: facts.dimension(Fact::Model),
        provider: facts.dimension(Fact::Provider),
        usage: usage::of(&facts),
        ..SpanRow::default()
    };
    let mut fold = TraceFold::of(&row);
    let rank = Rank { layer: Layer::Span, at_ns: start_ns, span_id: ids.span_id };
    let session = facts.text(Fact::Session);
    if let Some(session) = &session
        && SESSION_CHARS_MAX < session.chars().count()
    {
        return Err(format!("its session id is longer than {SESSION_CHARS_MAX} characters"));
    }
    for (key, value) in
        [(metadata_key::SESSION, session), (metadata_key::USER, facts.text(Fact::User))]
    {
        if value.is_some() {
            fold.attach(AttachedKind::Metadata, key, Attached { rank, value });
        }
    }
    derive_root(&facts, rank, &mut fold);
    Ok((row, fold))
}

/// Previews, name and tags, which only the root may set.
fn derive_root(facts: &Facts<'_>, rank: Rank, fold: &mut TraceFold) {
    let Some(root) = &mut fold.root else { return };
    root.request_preview = facts.get(Fact::Inputs).map(preview::of_request);
    root.response_preview = facts.get(Fact::Outputs).map(preview::of_response);
    for (key, value) in &facts.trace_tags {
        let text = plain_text(Some(*value)).into_owned();
        if *key == tag_key::TRACE_NAME {
            root.name = text;
        } else if let Some((key, value)) = tag(key, text) {
            fold.attached.insert((AttachedKind::Tag, key), Attached { rank, value: Some(value) });
        }
    }
}

/// Adds MLflow's attributes that other dialects say by other names: its clients read only those.
/// Kept bytes stay as they were sent; this is for views.
pub(crate) fn complete(span: &mut Span) {
    let facts = Facts::of(&span.attributes);
    let mut added = Vec::new();
    let mut add = |key: &str, value: AnyValue| {
        added.push(KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() });
    };
    if let Some((name, 1..)) = &facts.span_type {
        add("mlflow.spanType", text_value(name));
    }
    for (fact, key) in [
        (Fact::Inputs, "mlflow.spanInputs"),
        (Fact::Outputs, "mlflow.spanOutputs"),
        (Fact::Model, "mlflow.llm.model"),
        (Fact::Provider, "mlflow.llm.provider"),
    ] {
        if let Some((1.., value)) = facts.best[fact as usize] {
            add(key, value.clone());
        }
    }
    if facts.get(Fact::Usage).is_none()
        && let Some(usage) = usage::of(&facts)
        && let Ok(usage) = serde_json::to_string(&usage)
    {
        add("mlflow.chat.tokenUsage", text_value(&usage));
    }
    span.attributes.extend(added);
}

fn text_value(text: &str) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text.to_owned())) }
}

/// The tags a resource gives to every trace that has a span of it.
pub(crate) fn resource_tags(resource: Option<&Resource>) -> Vec<(String, String)> {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    attributes
        .iter()
        .filter(|entry| {
            !entry.key.starts_with("telemetry.sdk.") && !entry.key.starts_with("mlflow.")
        })
        .filter_map(|entry| tag(&entry.key, plain_text(entry.value.as_ref()).into_owned()))
        .collect()
}

fn tag(key: &str, value: String) -> Option<(String, String)> {
    let fits = !key.is_empty() && key.chars().count() <= TAG_KEY_CHARS_MAX;
    fits.then(|| (key.to_owned(), cut(value, TAG_VALUE_CHARS_MAX)))
}

fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
    }
    text
}

/// Times beyond the year 2262 do not exist here.
fn clamp_ns(ns: u64) -> i64 {
    i64::try_from(ns).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
