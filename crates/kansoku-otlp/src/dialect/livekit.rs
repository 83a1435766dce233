//! LiveKit Agents: voice, with GenAI's conventions for the model.
use super::Dialect;
use super::facts::Fact as F;
use super::table::Says::{Fact, Is, Mark};

pub(super) static DIALECT: Dialect = Dialect {
    says: &[
        // A span that asks a model is an LLM's where no dialect before says more.
        ("gen_ai.request.model", Is("LLM")),
        ("lk.retry_count", Is("LLM")),
        ("lk.function_tools", Is("LLM")),
        ("lk.function_tool.name", Is("TOOL")),
        ("lk.function_tool.arguments", Is("TOOL")),
        ("lk.agent_name", Is("AGENT")),
        ("lk.instructions", Is("AGENT")),
        ("lk.generation_id", Is("AGENT")),
        ("lk.input_text", Is("UNKNOWN")),
        ("lk.user_transcript", Is("UNKNOWN")),
        ("lk.transcript_confidence", Is("UNKNOWN")),
        ("lk.transcription_delay", Is("UNKNOWN")),
        ("lk.user_input", Fact(F::Inputs)),
        ("lk.user_transcript", Fact(F::Inputs)),
        ("lk.chat_ctx", Fact(F::Inputs)),
        ("lk.input_text", Fact(F::Inputs)),
        ("lk.response.text", Fact(F::Outputs)),
        ("lk.response.function_calls", Fact(F::Outputs)),
    ],
    also: &[
        ("lk.chat_ctx", Is("LLM")),
        ("lk.function_tool.arguments", Fact(F::Inputs)),
        ("lk.function_tool.output", Fact(F::Outputs)),
        ("lk.pii.user_input", Fact(F::Inputs)),
        ("lk.pii.user_transcript", Fact(F::Inputs)),
        ("lk.pii.chat_ctx", Fact(F::Inputs)),
        ("lk.pii.input_text", Fact(F::Inputs)),
        ("lk.pii.function_tool.arguments", Fact(F::Inputs)),
        ("lk.pii.response.text", Fact(F::Outputs)),
        ("lk.pii.response.function_calls", Fact(F::Outputs)),
        ("lk.pii.function_tool.output", Fact(F::Outputs)),
        ("lk.response.ttft", Fact(F::FirstTokenAfter)),
        ("lk.room_name", Fact(F::Session)),
        ("lk.participant_identity", Fact(F::User)),
        ("lk.function_tools", Fact(F::Tools)),
    ],
    families: &[("lk.", Mark), ("lk.tts", Is("UNKNOWN"))],
    message_format: Some(|facts| {
        let mut keys = facts.span.attributes.iter();
        keys.any(|entry| entry.key.starts_with("lk.")).then_some("livekit")
    }),
    ..Dialect::PLAIN
};
