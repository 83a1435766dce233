//! A trace counts each token once, whichever of its spans repeat the counts of others.
use kansoku_model::trace_total;

use crate::fixture::{self, Fixture};

/// Tokens of the input, the output, read from the cache, written to the cache, and of reasoning.
type Counts = [u64; 5];

const CACHED: usize = 2;
const THOUGHT: usize = 4;

/// The provider's counts for the questions that all recorders ask.
const WITH_A_TOOL: Counts = [2086, 16, 2048, 0, 0];
const STREAMED: Counts = [1027, 69, 1024, 0, 64];
const RESPONDED: Counts = [1040, 71, 1024, 0, 64];
const EMBEDDED: Counts = [10, 0, 0, 0, 0];
/// The AI SDK writes the tool's result without spaces.
const WITH_A_TOOL_TIGHT: Counts = [2081, 11, 2048, 0, 0];
const THINKING_WITH_A_TOOL: Counts = [2086, 144, 2048, 0, 128];
/// Google's kit sends additional text to the model.
const ADK_WITH_A_TOOL: Counts = [2120, 144, 2048, 0, 128];
const CLAUDE_WITH_A_TOOL: Counts = [2342, 16, 2048, 256, 0];
const CLAUDE_STREAMED: Counts = [1283, 5, 1024, 256, 0];
/// Counts that the recorder invented, without a model.
const BY_HAND: Counts = [1292, 3, 1024, 256, 0];

/// A recording, the provider's counts for each trace that used any tokens, and the indices of
/// counts that the package omits, at least in part.
const COUNTED: &[(&str, &[Counts], &[usize])] = &[
    ("claude-code", &[[14276, 16, 2048, 256, 0]], &[]),
    ("claude-code-logs", &[[14276, 16, 2048, 256, 0]], &[]),
    ("codex", &[[8322, 156, 2048, 0, 128]], &[]),
    ("codex-logs", &[[8322, 156, 2048, 0, 128]], &[]),
    // Its spans lack reasoning and cached tokens. Its records have all counts and no trace id, so
    // they are a trace of their own.
    (
        "gemini-cli",
        &[[1098, 71 - 64, 0, 0, 0], [1103, 72 - 64, 0, 0, 0], [2201, 143, 2048, 0, 128]],
        &[],
    ),
    ("gemini-cli-logs", &[[2201, 143, 2048, 0, 128]], &[]),
    ("genai", &[WITH_A_TOOL, STREAMED, EMBEDDED], &[CACHED, THOUGHT]),
    ("genai-event-only", &[WITH_A_TOOL, STREAMED, EMBEDDED], &[CACHED, THOUGHT]),
    ("genai-google", &[THINKING_WITH_A_TOOL, STREAMED], &[]),
    ("genai-logs", &[WITH_A_TOOL, STREAMED, EMBEDDED], &[CACHED, THOUGHT]),
    ("google-adk", &[ADK_WITH_A_TOOL], &[]),
    ("google-adk-semconv", &[ADK_WITH_A_TOOL], &[]),
    ("laminar", &[WITH_A_TOOL, STREAMED, EMBEDDED], &[]),
    ("langfuse", &[WITH_A_TOOL, STREAMED, EMBEDDED, BY_HAND], &[]),
    ("langfuse-3", &[WITH_A_TOOL, STREAMED, EMBEDDED, BY_HAND], &[]),
    ("langsmith", &[WITH_A_TOOL, STREAMED], &[]),
    ("livekit", &[WITH_A_TOOL], &[]),
    ("livekit-1.3", &[WITH_A_TOOL], &[CACHED]),
    ("mlflow", &[WITH_A_TOOL, STREAMED, RESPONDED], &[THOUGHT]),
    ("mlflow-genai", &[WITH_A_TOOL, STREAMED, RESPONDED], &[CACHED, THOUGHT]),
    ("openinference", &[WITH_A_TOOL, STREAMED, RESPONDED, STREAMED, EMBEDDED], &[]),
    // The client library also traces the stream, in a separate trace.
    ("openinference-anthropic", &[CLAUDE_WITH_A_TOOL, CLAUDE_STREAMED, CLAUDE_STREAMED], &[]),
    (
        "openinference-google-genai",
        &[[1040, 71, 1024, 0, 64], [1046, 73, 1024, 0, 64], STREAMED],
        &[],
    ),
    ("openinference-openai-agents", &[THINKING_WITH_A_TOOL, STREAMED], &[]),
    ("openinference-langchain", &[[1050, 5, 1024, 0, 0], WITH_A_TOOL, STREAMED], &[]),
    ("openinference-llama-index", &[[1118, 38, 1024, 0, 0]], &[]),
    ("pydantic-ai", &[WITH_A_TOOL, STREAMED], &[]),
    ("smolagents", &[[2108, 14, 2048, 0, 0]], &[CACHED]),
    ("strands", &[WITH_A_TOOL], &[]),
    ("strands-latest", &[WITH_A_TOOL], &[]),
    // The first call of the second trace appears twice, as siblings: the package and the client
    // library both trace it, and only the response's id shows that.
    (
        "traceloop",
        &[[4157, 154, 4096, 0, 128], [2342 + 1296, 16 + 7, 2048 + 1024, 256 + 256, 0]],
        &[THOUGHT],
    ),
    // This version loses the stream of the second trace.
    ("traceloop-0.49", &[[4157, 154, 4096, 0, 128], [1296, 7, 1024, 256, 0]], &[THOUGHT]),
    (
        "vercel",
        &[WITH_A_TOOL_TIGHT, STREAMED, [1027, 5, 1024, 0, 0], [5, 0, 0, 0, 0], EMBEDDED],
        &[],
    ),
    ("vercel-7", &[WITH_A_TOOL_TIGHT, STREAMED, EMBEDDED], &[]),
    ("vercel-7-legacy", &[WITH_A_TOOL_TIGHT, STREAMED, EMBEDDED], &[]),
    ("voltagent", &[WITH_A_TOOL_TIGHT, [1034, 69, 1024, 0, 64]], &[]),
];

#[test]
fn traces_count_what_the_provider_counted() {
    for fixture in fixture::all() {
        let known = COUNTED.iter().find(|(name, ..)| *name == fixture.name);
        let Some((name, counted, lost)) = known else {
            assert!(fixture.name.ends_with(".documented"), "{} is not counted", fixture.name);
            continue;
        };
        let ours = totals(&fixture);
        assert_eq!(ours.len(), counted.len(), "{name}: traces with tokens");
        for (ours, counted) in ours.iter().zip(*counted) {
            for (place, (ours, counted)) in ours.iter().zip(counted).enumerate() {
                match lost.contains(&place) {
                    true => assert!(ours < counted || *counted == 0, "{name}: count {place}"),
                    false => assert_eq!(ours, counted, "{name}: count {place}"),
                }
            }
        }
    }
}

fn totals(fixture: &Fixture) -> Vec<Counts> {
    let of_trace = |trace: &fixture::Trace| {
        let rows = trace.rows.iter();
        let total = trace_total(rows.map(|row| (row.span_id, row.parent_id, row.usage)))?;
        Some([
            total.input_tokens,
            total.output_tokens,
            total.cache_read_input_tokens.unwrap_or(0),
            total.cache_creation_input_tokens.unwrap_or(0),
            total.reasoning_output_tokens.unwrap_or(0),
        ])
    };
    fixture.traces.iter().filter_map(of_trace).collect()
}
