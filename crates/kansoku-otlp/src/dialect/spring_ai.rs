//! Spring AI: GenAI's conventions, with prompts and completions in events of its own.
use serde_json::Value;

use super::facts::{Fact as F, Facts, attribute};
use super::meaning::Side;
use super::table::Says::{Fact, Type};
use super::{Dialect, tree};

pub(super) static DIALECT: Dialect = Dialect {
    also: &[
        (
            "spring.ai.kind",
            Type(&[
                ("chat_client", "CHAIN"),
                ("advisor", "CHAIN"),
                ("tool_call", "TOOL"),
                ("vector_store", "RETRIEVER"),
            ]),
        ),
        ("spring.ai.tool.call.arguments", Fact(F::Inputs)),
        ("spring.ai.tool.call.result", Fact(F::Outputs)),
        ("spring.ai.chat.client.user.text", Fact(F::Inputs)),
        ("spring.ai.chat.client.conversation.id", Fact(F::Session)),
        ("db.vector.query.content", Fact(F::Inputs)),
    ],
    spare: Some(of_events),
    ..Dialect::PLAIN
};

fn of_events(facts: &Facts<'_>, side: Side) -> Option<Value> {
    let (name, key) = match side {
        Side::Input => ("gen_ai.content.prompt", "gen_ai.prompt"),
        Side::Output => ("gen_ai.content.completion", "gen_ai.completion"),
    };
    let mut events = facts.span.events.iter().filter(|event| event.name == name);
    let said = events.find_map(|event| attribute(&event.attributes, key))?;
    Some(tree::json(said)).filter(|said| *said != "")
}
