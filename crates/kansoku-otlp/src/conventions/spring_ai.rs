//! Spring AI: GenAI's conventions, with its own events for prompts and completions.
use serde_json::Value;

use super::normalized_span::Side;
use super::span_attributes::{SemanticField as F, SpanAttributes, attribute};
use super::table::AttributeMapping::{Field, Type};
use super::{Conventions, tree};

pub(super) static CONVENTIONS: Conventions = Conventions {
    extra_mappings: &[
        (
            "spring.ai.kind",
            Type(&[
                ("chat_client", "CHAIN"),
                ("advisor", "CHAIN"),
                ("tool_call", "TOOL"),
                ("vector_store", "RETRIEVER"),
            ]),
        ),
        ("spring.ai.tool.call.arguments", Field(F::Inputs)),
        ("spring.ai.tool.call.result", Field(F::Outputs)),
        ("spring.ai.chat.client.user.text", Field(F::Inputs)),
        ("spring.ai.chat.client.conversation.id", Field(F::Session)),
        ("db.vector.query.content", Field(F::Inputs)),
    ],
    fallback: Some(of_events),
    ..Conventions::PLAIN
};

fn of_events(attributes: &SpanAttributes<'_>, side: Side) -> Option<Value> {
    let (name, key) = match side {
        Side::Input => ("gen_ai.content.prompt", "gen_ai.prompt"),
        Side::Output => ("gen_ai.content.completion", "gen_ai.completion"),
    };
    let mut events = attributes.span.events.iter().filter(|event| event.name == name);
    let said = events.find_map(|event| attribute(&event.attributes, key))?;
    Some(tree::json(said)).filter(|said| *said != "")
}
