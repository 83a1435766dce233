//! The span trees of agents that answer questions, as OTLP.
//!
//! A span has the attributes and types that MLflow's own client sets, with inputs and outputs of
//! about 1.3 KB. Later spans repeat parts of earlier ones.
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, TracesData, span, status};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::corpus;
use super::otlp::{self, pairs};
use super::template::Slot;

/// The name of the root span, and the names and types of its children.
type Agent = (&'static str, &'static [(&'static str, &'static str)]);

const AGENTS: &[Agent] = &[
    (
        "support_agent",
        &[
            ("classify_intent", "LLM"),
            ("search_knowledge_base", "RETRIEVER"),
            ("rerank_documents", "RERANKER"),
            ("draft_reply", "CHAT_MODEL"),
            ("check_policy", "GUARDRAIL"),
        ],
    ),
    (
        "analytics_agent",
        &[
            ("plan_query", "CHAT_MODEL"),
            ("list_tables", "TOOL"),
            ("run_sql", "TOOL"),
            ("summarize_rows", "CHAT_MODEL"),
            ("render_chart", "TOOL"),
        ],
    ),
    (
        "research_agent",
        &[
            ("expand_question", "CHAIN"),
            ("web_search", "TOOL"),
            ("read_page", "PARSER"),
            ("synthesize", "CHAT_MODEL"),
            ("cite_sources", "TOOL"),
        ],
    ),
    (
        "order_agent",
        &[
            ("recall_customer", "MEMORY"),
            ("lookup_order", "TOOL"),
            ("choose_action", "CHAT_MODEL"),
            ("update_order", "TOOL"),
            ("write_confirmation", "CHAT_MODEL"),
        ],
    ),
    (
        "code_reviewer",
        &[
            ("read_diff", "TOOL"),
            ("embed_diff", "EMBEDDING"),
            ("find_similar_code", "RETRIEVER"),
            ("review_diff", "CHAT_MODEL"),
            ("parse_comments", "PARSER"),
        ],
    ),
];

/// A word that occurs in only one text, in the answer of its trace.
pub const RARE_WORD: &str = "axolotl";
const RARE_WORD_TEXT: usize = 77;

/// Interval of traces in which the last step is replaced by [`RARE`].
const RARE_EVERY: usize = 64;
const RARE: (&str, &str) = ("hand_over_to_human", "TASK");

const MODELS: &[(&str, &str)] = &[
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gemini", "gemini-2.5-flash"),
    ("mistral", "mistral-large-latest"),
];

/// Properties of a trace, in addition to its spans.
pub(super) struct Traits {
    pub(super) name: &'static str,
    pub(super) env: &'static str,
    pub(super) failed: bool,
    pub(super) duration_ms: u64,
    pub(super) bytes: usize,
    pub(super) question: String,
    pub(super) answer: String,
}

/// An export request of `traces` traces, the first of which has text number `first`.
///
/// Ids, times, session, user and tenant are slots. Also returns the time offset of every `Time`
/// slot in ns, and the traits of every trace.
pub(super) fn request(
    rng: &mut StdRng,
    first: usize,
    traces: usize,
    spans: usize,
) -> (TracesData, Vec<u64>, Vec<Traits>) {
    let mut made = Tree { rng, spans: Vec::new(), offsets_ns: Vec::new() };
    let traits = (0..traces).map(|trace| made.trace(trace, first + trace, spans)).collect();
    (otlp::request(made.spans), made.offsets_ns, traits)
}

struct Tree<'a> {
    rng: &'a mut StdRng,
    spans: Vec<Span>,
    offsets_ns: Vec<u64>,
}

impl Tree<'_> {
    fn trace(&mut self, trace: usize, text: usize, spans: usize) -> Traits {
        let (name, steps) = AGENTS[text % AGENTS.len()];
        let failed = text % 20 == 11;
        let env = if text % 16 == 5 { "staging" } else { "production" };
        let (provider, model) = MODELS[self.rng.random_range(0..MODELS.len())];
        let question = corpus::text(self.rng, 180);
        let mut answer = corpus::text(self.rng, 700);
        if text == RARE_WORD_TEXT {
            answer.push_str(&format!(" The {RARE_WORD} was not seen again."));
        }
        let knowledge = corpus::text(self.rng, 500);
        let root = self.spans.len();

        let mut at_ns = 2_000_000;
        let mut children = Vec::new();
        for step in 1..spans.max(1) {
            let (name, kind) = match steps[(step - 1) % steps.len()] {
                _ if text % RARE_EVERY == 40 && step + 1 == spans => RARE,
                usual => usual,
            };
            let (inputs, outputs) = self.exchange(kind, &question, &knowledge, model);
            let took_ns = self.rng.random_range(3_000_000..900_000_000 / spans as u64 * 6);
            let mut attributes = standard(trace, kind, name, inputs, outputs);
            if matches!(kind, "LLM" | "CHAT_MODEL") {
                attributes.extend(self.usage(provider, model));
            }
            let broken = failed && step + 1 == spans;
            children.push((name, attributes, at_ns, at_ns + took_ns, broken));
            at_ns += took_ns + 1_000_000;
        }

        let mut attributes = standard(
            trace,
            "AGENT",
            name,
            json!({ "messages": [{ "role": "user", "content": question }], "channel": "web" }),
            json!({ "answer": answer, "sources": [corpus::code(self.rng), corpus::code(self.rng)] }),
        );
        attributes.extend(pairs(json!({
            "session.id": format!("session-{}", Slot::Session.mark_text(trace)),
            "user.id": format!("user-{}", Slot::User.mark_text(trace)),
            "mlflow.traceTag.mlflow.traceName": name,
            "mlflow.traceTag.env": env,
            "mlflow.traceTag.tenant": format!("tenant-{}", Slot::Tenant.mark_text(trace)),
        })));
        self.span(trace, None, (name, attributes, 0, at_ns + 1_000_000, failed));
        for child in children {
            self.span(trace, Some(root), child);
        }
        let bytes = self.spans[root..].iter().map(prost::Message::encoded_len).sum();
        Traits { name, env, failed, duration_ms: at_ns / 1_000_000 + 1, bytes, question, answer }
    }

    fn span(
        &mut self,
        trace: usize,
        parent: Option<usize>,
        what: (&str, Vec<KeyValue>, u64, u64, bool),
    ) {
        let (name, attributes, start, end, failed) = what;
        let own = self.spans.len();
        let mut time = |offset_ns| {
            self.offsets_ns.push(offset_ns);
            Slot::mark_time(trace, self.offsets_ns.len() - 1)
        };
        let (start_time_unix_nano, end_time_unix_nano) = (time(start), time(end));
        let status = if failed {
            Status {
                code: status::StatusCode::Error as i32,
                message: "TimeoutError: no answer within 30 s".into(),
            }
        } else {
            Status { code: status::StatusCode::Ok as i32, message: String::new() }
        };
        self.spans.push(Span {
            trace_id: [Slot::TraceHigh.mark(trace, 0), Slot::TraceLow.mark(trace, 0)].concat(),
            span_id: Slot::Span.mark(trace, own).to_vec(),
            parent_span_id: parent
                .map(|parent| Slot::Span.mark(trace, parent).to_vec())
                .unwrap_or_default(),
            name: name.to_owned(),
            kind: span::SpanKind::Internal as i32,
            start_time_unix_nano,
            end_time_unix_nano,
            attributes,
            status: Some(status),
            ..Default::default()
        });
    }

    /// The inputs and outputs of a step, about 1.3 KB together.
    fn exchange(
        &mut self,
        kind: &str,
        question: &str,
        knowledge: &str,
        model: &str,
    ) -> (Value, Value) {
        let rng = &mut *self.rng;
        match kind {
            "LLM" | "CHAT_MODEL" => (
                json!({
                    "model": model,
                    "temperature": 0.2,
                    "messages": [
                        { "role": "system", "content": "You are a careful assistant. Answer from the context only." },
                        { "role": "user", "content": format!("{question}\n\nContext:\n{knowledge}") },
                    ],
                }),
                json!({ "choices": [{
                    "index": 0,
                    "finish_reason": "stop",
                    "message": { "role": "assistant", "content": corpus::text(rng, 400) },
                }] }),
            ),
            "RETRIEVER" | "RERANKER" => {
                let texts = [knowledge.to_owned(), corpus::text(rng, 200), corpus::text(rng, 200)];
                let documents = texts.map(|content| {
                    let uri = format!("kb/{}.md", corpus::code(rng));
                    let score = rng.random_range(400..999_u32);
                    json!({ "page_content": content, "metadata": { "doc_uri": uri, "score": f64::from(score) / 1e3 } })
                });
                (json!({ "query": question, "k": 3 }), json!(documents))
            }
            _ => (
                json!({
                    "customer": corpus::person(rng),
                    "region": corpus::place(rng),
                    "reference": corpus::code(rng),
                    "note": corpus::text(rng, 300),
                }),
                json!({ "ok": true, "rows": rng.random_range(0..500_u32), "result": corpus::text(rng, 750) }),
            ),
        }
    }

    fn usage(&mut self, provider: &str, model: &str) -> Vec<KeyValue> {
        let (input, output) =
            (self.rng.random_range(200..900_u32), self.rng.random_range(60..400_u32));
        pairs(json!({
            "mlflow.chat.tokenUsage": { "input_tokens": input, "output_tokens": output, "total_tokens": input + output },
            "mlflow.llm.model": model,
            "mlflow.llm.provider": provider,
            "mlflow.message.format": "openai",
        }))
    }
}

fn standard(trace: usize, kind: &str, name: &str, inputs: Value, outputs: Value) -> Vec<KeyValue> {
    let digits =
        [Slot::Hex0, Slot::Hex1, Slot::Hex2, Slot::Hex3].map(|slot| slot.mark_text(trace)).concat();
    pairs(json!({
        "mlflow.traceRequestId": format!("tr-{digits}"),
        "mlflow.spanType": kind,
        "mlflow.spanFunctionName": name,
        "mlflow.spanInputs": inputs,
        "mlflow.spanOutputs": outputs,
    }))
}
