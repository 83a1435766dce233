//! Pydantic AI and Logfire, in the versions before and after they took up GenAI's messages.
use serde_json::Value;

use super::facts::{Fact as F, Facts};
use super::meaning::{ChatMessage, Side};
use super::table::Says::{Fact, Is, Mark};
use super::{Dialect, messages, tree};

pub(super) static DIALECT: Dialect = Dialect {
    also: &[
        ("tool_arguments", Is("TOOL")),
        ("tool_response", Is("TOOL")),
        ("all_messages_events", Is("AGENT")),
        ("pydantic_ai.all_messages", Is("AGENT")),
        ("tool_arguments", Fact(F::Inputs)),
        ("tool_response", Fact(F::Outputs)),
        ("final_result", Fact(F::Outputs)),
        ("pydantic_ai.all_messages", Mark),
        ("events", Mark),
        ("request_data", Fact(F::Inputs)),
        ("response_data", Fact(F::Outputs)),
        ("model_request_parameters", Fact(F::Tools)),
        ("model_name", Fact(F::Model)),
        ("operation.cost", Fact(F::TotalCost)),
        ("gen_ai.usage.details.reasoning_tokens", Fact(F::ReasoningTokens)),
        ("gen_ai.usage.details.cache_read_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.details.cached_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.details.cache_read_input_tokens", Fact(F::CacheReadTokens)),
        ("gen_ai.usage.details.cache_write_tokens", Fact(F::CacheWriteTokens)),
        ("gen_ai.usage.details.cache_creation_input_tokens", Fact(F::CacheWriteTokens)),
    ],
    spare: Some(of_lists),
    messages: Some(chat),
    ..Dialect::PLAIN
};

/// Lists of messages of either side: the last of the assistant is what came out.
const LISTS: [&str; 3] = ["pydantic_ai.all_messages", "all_messages_events", "events"];

fn list(facts: &Facts<'_>) -> Option<Vec<Value>> {
    LISTS.iter().find_map(|key| match tree::json(facts.attribute(key)?) {
        Value::Array(list) if !list.is_empty() => Some(list),
        _ => None,
    })
}

fn side_of(facts: &Facts<'_>, side: Side) -> Option<Vec<Value>> {
    let mut list = list(facts)?;
    let answered = |message: &Value| {
        message.get("event.name") == Some(&"gen_ai.choice".into())
            || message.get("role") == Some(&"assistant".into())
    };
    let answer = list.last().is_some_and(answered).then(|| list.pop()).flatten();
    match side {
        Side::Input => Some(list),
        Side::Output => answer.map(|answer| vec![answer]),
    }
    .filter(|list| !list.is_empty())
}

fn of_lists(facts: &Facts<'_>, side: Side) -> Option<Value> {
    if side == Side::Output && facts.attribute("final_result").is_some() {
        return None;
    }
    side_of(facts, side).map(Value::Array)
}

fn chat(facts: &Facts<'_>, side: Side) -> Vec<ChatMessage> {
    let list = side_of(facts, side).map(Value::Array);
    list.map(|list| messages::read(&list, side, false)).unwrap_or_default()
}
