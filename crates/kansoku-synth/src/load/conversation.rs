//! An agent that calls a model and a tool in turns, and sends its whole history with every call.
//!
//! Traces share only what an agent repeats in each of them: its system prompt and the descriptions
//! of its tools. All other text is unique to the trace.
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span, status};
use prost::Message;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::corpus;
use super::otlp::{self, pairs};
use super::plan::mix;

const AGENTS: u64 = 5;
const TOOLS: &[&str] =
    &["search_orders", "read_page", "run_query", "list_files", "send_note", "look_up_customer"];
const SYSTEM_BYTES: usize = 4_000;
const TOOL_BYTES: usize = 300;
const QUESTION_BYTES: usize = 600;
const THOUGHT_BYTES: usize = 250;
const RESULT_BYTES: usize = 1_200;
const ANSWER_BYTES: usize = 900;
const FIRST_START_NS: u64 = 1_767_225_600_000_000_000;

/// One trace as a sequence of export requests: one per turn, and a last one with the root span.
pub struct Conversation {
    pub requests: Vec<Vec<u8>>,
    pub spans: usize,
    /// Size of the messages and tool descriptions in bytes, each counted once.
    pub said_bytes: usize,
}

impl Conversation {
    /// Conversation number `n` of a seed.
    pub fn new(seed: u64, n: u64, turns: usize) -> Self {
        let mut it = Talk::new(seed, n);
        let mut requests: Vec<_> = (0..turns).map(|turn| it.turn(turn)).collect();
        requests.push(it.end());
        Self { requests, spans: 2 * turns + 1, said_bytes: it.said_bytes }
    }
}

struct Talk {
    rng: StdRng,
    trace_id: u128,
    now_ns: u64,
    model: &'static str,
    tools: Value,
    messages: Vec<Value>,
    said_bytes: usize,
}

impl Talk {
    fn new(seed: u64, n: u64) -> Self {
        let mut agent = StdRng::seed_from_u64(n % AGENTS);
        let system = corpus::text(&mut agent, SYSTEM_BYTES);
        let tools = TOOLS.iter().map(|tool| describe(&mut agent, tool)).collect();
        let mut rng = StdRng::seed_from_u64(mix(seed) ^ mix(n));
        let question = corpus::text(&mut rng, QUESTION_BYTES);
        let mut talk = Self {
            rng,
            trace_id: u128::from(mix(seed)) << 64 | u128::from(mix(!seed ^ mix(n))),
            now_ns: FIRST_START_NS + n * 60_000_000_000,
            model: ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"][(n % 3) as usize],
            tools,
            messages: Vec::new(),
            said_bytes: 0,
        };
        talk.said_bytes += talk.tools.to_string().len();
        talk.say(json!({ "role": "system", "content": system }));
        talk.say(json!({ "role": "user", "content": question }));
        talk
    }

    fn say(&mut self, message: Value) {
        self.said_bytes += message.to_string().len();
        self.messages.push(message);
    }

    /// The spans of a turn: the model receives the whole history and calls a tool, which returns
    /// its result.
    fn turn(&mut self, turn: usize) -> Vec<u8> {
        let tool = corpus::pick(&mut self.rng, TOOLS);
        let call_id = format!("call_{}", corpus::code(&mut self.rng));
        let arguments = json!({
            "query": corpus::text(&mut self.rng, 60),
            "reference": corpus::code(&mut self.rng),
        });
        let reply = json!({
            "role": "assistant",
            "content": corpus::text(&mut self.rng, THOUGHT_BYTES),
            "tool_calls": [{
                "id": call_id,
                "type": "function",
                "function": { "name": tool, "arguments": arguments.to_string() },
            }],
        });
        let heard = self.said_bytes as u64 / 4;
        let tokens = self.rng.random_range(60..200_u64);
        let model = json!({
            "mlflow.spanType": "CHAT_MODEL",
            "mlflow.spanInputs": { "model": self.model, "messages": self.messages, "tools": self.tools },
            "mlflow.spanOutputs": {
                "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": reply }],
            },
            "mlflow.chat.tokenUsage": {
                "input_tokens": heard, "output_tokens": tokens, "total_tokens": heard + tokens,
            },
            "mlflow.llm.model": self.model,
            "mlflow.message.format": "openai",
        });
        let result = corpus::text(&mut self.rng, RESULT_BYTES);
        let answer = json!({ "role": "tool", "tool_call_id": call_id, "content": result });
        let called = json!({
            "mlflow.spanType": "TOOL",
            "mlflow.spanInputs": arguments,
            "mlflow.spanOutputs": result,
        });
        self.say(reply);
        self.say(answer);
        let spans = vec![
            self.span("Completions", 2 * turn as u64 + 1, model, 1_500_000_000),
            self.span(tool, 2 * turn as u64 + 2, called, 300_000_000),
        ];
        otlp::request(spans).encode_to_vec()
    }

    /// The root span ends last. It has the question and the answer.
    fn end(&mut self) -> Vec<u8> {
        let answer = corpus::text(&mut self.rng, ANSWER_BYTES);
        self.said_bytes += answer.len();
        let question = self.messages[1].clone();
        let attributes = json!({
            "mlflow.spanType": "AGENT",
            "mlflow.spanInputs": { "messages": [question] },
            "mlflow.spanOutputs": { "answer": answer },
            "session.id": format!("session-{:016x}", self.trace_id as u64),
        });
        let took_ns = self.now_ns % 60_000_000_000;
        let mut root = self.span("agent_loop", 0, attributes, 0);
        root.parent_span_id = Vec::new();
        root.start_time_unix_nano = self.now_ns - took_ns;
        otlp::request(vec![root]).encode_to_vec()
    }

    fn span(&mut self, name: &str, number: u64, mut attributes: Value, took_ns: u64) -> Span {
        attributes["mlflow.traceRequestId"] = format!("tr-{:032x}", self.trace_id).into();
        let start_time_unix_nano = self.now_ns;
        self.now_ns += took_ns;
        Span {
            trace_id: self.trace_id.to_be_bytes().to_vec(),
            span_id: self.span_id(number),
            parent_span_id: self.span_id(0),
            name: name.to_owned(),
            kind: span::SpanKind::Internal as i32,
            start_time_unix_nano,
            end_time_unix_nano: self.now_ns,
            attributes: pairs(attributes),
            status: Some(Status { code: status::StatusCode::Ok as i32, message: String::new() }),
            ..Default::default()
        }
    }

    fn span_id(&self, number: u64) -> Vec<u8> {
        mix(self.trace_id as u64 ^ mix(number + 1)).to_be_bytes().to_vec()
    }
}

fn describe(rng: &mut StdRng, tool: &str) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool,
            "description": corpus::text(rng, TOOL_BYTES),
            "parameters": {
                "type": "object",
                "properties": { "query": { "type": "string" }, "reference": { "type": "string" } },
                "required": ["query"],
            },
        },
    })
}

#[cfg(test)]
mod tests;
