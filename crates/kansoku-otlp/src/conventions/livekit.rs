//! LiveKit Agents: voice, with GenAI's conventions for the model.
use super::Conventions;
use super::span_attributes::SemanticField as F;
use super::table::AttributeMapping::{Field, Is, Marker};

pub(super) static CONVENTIONS: Conventions = Conventions {
    mappings: &[
        // A span with a model's name is an LLM span, unless conventions of higher rank give another
        // type.
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
        ("lk.user_input", Field(F::Inputs)),
        ("lk.user_transcript", Field(F::Inputs)),
        ("lk.chat_ctx", Field(F::Inputs)),
        ("lk.input_text", Field(F::Inputs)),
        ("lk.response.text", Field(F::Outputs)),
        ("lk.response.function_calls", Field(F::Outputs)),
    ],
    extra_mappings: &[
        ("lk.chat_ctx", Is("LLM")),
        ("lk.function_tool.arguments", Field(F::Inputs)),
        ("lk.function_tool.output", Field(F::Outputs)),
        ("lk.pii.user_input", Field(F::Inputs)),
        ("lk.pii.user_transcript", Field(F::Inputs)),
        ("lk.pii.chat_ctx", Field(F::Inputs)),
        ("lk.pii.input_text", Field(F::Inputs)),
        ("lk.pii.function_tool.arguments", Field(F::Inputs)),
        ("lk.pii.response.text", Field(F::Outputs)),
        ("lk.pii.response.function_calls", Field(F::Outputs)),
        ("lk.pii.function_tool.output", Field(F::Outputs)),
        ("lk.response.ttft", Field(F::FirstTokenAfter)),
        ("lk.room_name", Field(F::Session)),
        ("lk.participant_identity", Field(F::User)),
        ("lk.function_tools", Field(F::Tools)),
    ],
    prefix_mappings: &[("lk.", Marker), ("lk.tts", Is("UNKNOWN"))],
    message_format: Some(|attributes| {
        let mut keys = attributes.span.attributes.iter();
        keys.any(|entry| entry.key.starts_with("lk.")).then_some("livekit")
    }),
    ..Conventions::PLAIN
};
