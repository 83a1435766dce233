//! A support agent with retrieval: guardrail, plan, search, rerank, answer.
use serde_json::{Value, json};

use super::model::{self, Call, LARGE, MINI, Model, NANO, Outcome, THINKING};
use super::picture;
use super::texts::{ATTACKS, SYSTEM, TOPICS, Topic};
use super::trace::{At, Trace};

/// The configuration of a version of the agent.
pub(super) struct Version {
    pub name: &'static str,
    pub model: Model,
    pub documents: usize,
    /// Whether an additional call checks the answer against every document.
    pub checks: bool,
    /// Share of answers that are based on the retrieved pages.
    pub grounded: f64,
}

pub(super) const VERSIONS: &[Version] = &[
    Version { name: "1.8.2", model: LARGE, documents: 5, checks: false, grounded: 0.86 },
    Version { name: "1.9.0", model: THINKING, documents: 8, checks: true, grounded: 0.96 },
    Version { name: "2.0.0-rc1", model: MINI, documents: 3, checks: false, grounded: 0.68 },
];

/// A customer's conversation, whose history grows with each turn.
pub(super) struct Conversation {
    topic: &'static Topic,
    attack: Option<&'static str>,
    said: Vec<Value>,
    /// Empty in an evaluation, which has no user either.
    pub session: String,
    pub user: &'static str,
    pub turn: usize,
    sends_pictures: bool,
}

/// The result of a turn, from which assessments are generated.
pub(super) struct Turn {
    pub answer_span: Option<At>,
    /// Empty if the turn failed.
    pub answer: &'static str,
    pub failed: bool,
    pub grounded: bool,
    pub expected: &'static str,
}

impl Conversation {
    pub(super) fn begin(trace: &mut Trace, session: String, user: &'static str) -> Self {
        // Most topics are in English.
        let topic = match trace.chance(0.7) {
            true => trace.pick(&TOPICS[..6]),
            false => trace.pick(&TOPICS[6..]),
        };
        let attack = trace.chance(0.03).then(|| *trace.pick(ATTACKS));
        let said = Vec::new();
        Self { topic, attack, said, session, user, turn: 0, sends_pictures: true }
    }

    pub(super) fn turns_max(&self) -> usize {
        if self.attack.is_some() { 1 } else { 1 + self.topic.more.len() }
    }

    fn next(&self) -> (&'static str, &'static str) {
        match (self.attack, self.turn.checked_sub(1)) {
            (Some(attack), _) => (attack, ""),
            (None, None) => (self.topic.question, self.topic.answer),
            (None, Some(at)) => self.topic.more[at % self.topic.more.len()],
        }
    }

    /// One turn as a trace.
    pub(super) fn turn(&mut self, trace: &mut Trace, version: &Version, trouble: f64) -> Turn {
        let (question, good_answer) = self.next();
        let root = trace.begin(None, "support_agent", "AGENT");
        let mut content = json!(question);
        if self.turn == 0 && self.sends_pictures && trace.chance(0.06) {
            let url = picture::data_uri(trace.pick(&[20, 60, 120, 180]).to_owned());
            content = json!([
                { "type": "text", "text": question },
                { "type": "image_url", "image_url": { "url": url } },
            ]);
        }
        let seen = self.said.len();
        self.said.push(json!({ "role": "user", "content": content }));
        trace.inputs(root, &json!({ "messages": self.said }));
        if !self.session.is_empty() {
            trace.set(root, "session.id", self.session.clone());
            trace.set(root, "user.id", self.user);
        }
        self.turn += 1;
        let mut turn = Turn {
            answer_span: None,
            answer: "",
            failed: true,
            grounded: false,
            expected: good_answer,
        };
        if !self.passes(trace, root, question) {
            let message = "prompt injection detected (score 0.97)";
            trace.fail(root, "guardrails.GuardrailTripped", message);
            return turn;
        }
        plan(trace, root, question);
        let Ok(pages) = look_up(trace, root, self.topic, version, trouble) else {
            trace.fail(root, "TimeoutError", "vector store timed out after 5.0 s");
            return turn;
        };
        turn.grounded = !pages.is_empty() && trace.chance(version.grounded);
        let answer = if turn.grounded { good_answer } else { self.topic.guess };
        let mut messages = vec![json!({ "role": "system", "content": SYSTEM })];
        messages.extend_from_slice(&self.said[..seen]);
        let context: Vec<String> =
            pages.iter().map(|(uri, text)| format!("<page uri=\"{uri}\">{text}</page>")).collect();
        messages.push(json!({ "role": "system", "content": context.join("\n") }));
        messages.push(self.said[seen].clone());
        let call = Call {
            name: "answer",
            model: version.model,
            messages: &messages,
            seen: 1 + seen,
            answer: json!({ "role": "assistant", "content": answer }),
            tools: None,
        };
        let outcome = model::outcome(trace, trouble);
        let Ok(at) = model::call(trace, root, &call, outcome) else {
            let message = "the model did not answer: Request timed out after 20.0 s";
            trace.fail(root, "AgentError", message);
            return turn;
        };
        turn.answer_span = Some(at);
        turn.answer = answer;
        if version.checks {
            check(trace, root, answer, &context);
        }
        self.said.push(json!({ "role": "assistant", "content": answer }));
        let message = json!({ "message": { "role": "assistant", "content": answer } });
        trace.outputs(root, &json!({ "choices": [message] }));
        trace.end(root);
        turn.failed = false;
        turn
    }

    fn passes(&self, trace: &mut Trace, root: At, question: &str) -> bool {
        let guard = trace.begin(Some(root), "input_guardrail", "GUARDRAIL");
        trace.inputs(guard, &json!({ "text": question }));
        let blocked = self.attack.is_some();
        let verdict = if blocked { "injection" } else { "ok" };
        let call = Call {
            name: "classify",
            model: NANO,
            messages: &[
                json!({ "role": "system", "content": "Answer `ok`, `injection` or `abuse`." }),
                json!({ "role": "user", "content": question }),
            ],
            seen: 0,
            answer: json!({ "role": "assistant", "content": verdict }),
            tools: None,
        };
        // The guardrail's model never fails.
        let _ = model::call(trace, guard, &call, Outcome::Answered);
        let score = if blocked { 0.97 } else { 0.02 };
        trace.outputs(guard, &json!({ "blocked": blocked, "category": verdict, "score": score }));
        trace.end(guard);
        !blocked
    }
}

/// A question of an evaluation: of a topic, after `turn` questions that were answered well.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub topic: &'static Topic,
    pub turn: usize,
}

impl Case {
    fn exchange(self, turn: usize) -> (&'static str, &'static str) {
        match turn.checked_sub(1) {
            None => (self.topic.question, self.topic.answer),
            Some(at) => self.topic.more[at],
        }
    }

    pub(super) fn answer(self) -> &'static str {
        self.exchange(self.turn).1
    }

    /// The conversation up to the question.
    pub(super) fn messages(self) -> Vec<Value> {
        let mut messages = self.history();
        messages.push(json!({ "role": "user", "content": self.exchange(self.turn).0 }));
        messages
    }

    fn history(self) -> Vec<Value> {
        let before = (0..self.turn).map(|turn| self.exchange(turn));
        let said = before.flat_map(|(question, answer)| {
            [("user", question), ("assistant", answer)]
                .map(|(role, content)| json!({ "role": role, "content": content }))
        });
        said.collect()
    }

    pub(super) fn answered_by(self, trace: &mut Trace, version: &Version, trouble: f64) -> Turn {
        let mut conversation = Conversation {
            topic: self.topic,
            attack: None,
            said: self.history(),
            session: String::new(),
            user: "",
            turn: self.turn,
            sends_pictures: false,
        };
        conversation.turn(trace, version, trouble)
    }
}

fn plan(trace: &mut Trace, root: At, question: &str) {
    let plan = trace.begin(Some(root), "plan", "CHAIN");
    trace.inputs(plan, &json!({ "question": question }));
    let steps = json!(["search the handbook", "pick the best pages", "answer from them"]);
    let call = Call {
        name: "plan_steps",
        model: MINI,
        messages: &[
            json!({ "role": "system", "content": "Plan the answer in at most three steps, as JSON." }),
            json!({ "role": "user", "content": question }),
        ],
        seen: 0,
        answer: json!({ "role": "assistant", "content": steps.to_string() }),
        tools: None,
    };
    let _ = model::call(trace, plan, &call, Outcome::Answered);
    trace.outputs(plan, &json!({ "steps": steps }));
    trace.end(plan);
}

type Pages = Vec<(&'static str, &'static str)>;

/// Retrieves pages of the handbook. After a timeout of the search, returns no pages if the agent
/// continues without, and `Err` otherwise.
fn look_up(
    trace: &mut Trace,
    root: At,
    topic: &'static Topic,
    version: &Version,
    trouble: f64,
) -> Result<Pages, ()> {
    let embed = trace.begin(Some(root), "embed_query", "EMBEDDING");
    trace.inputs(embed, &json!({ "input": topic.question, "dimensions": 64 }));
    trace.set(embed, "mlflow.llm.model", "text-embedding-3-small");
    trace.set(embed, "mlflow.llm.provider", "openai");
    let used = model::tokens(&json!(topic.question));
    let usage = json!({ "input_tokens": used, "output_tokens": 0, "total_tokens": used });
    trace.set(embed, "mlflow.chat.tokenUsage", usage);
    trace.pass(70.0);
    let seed = topic.question.len() as f64;
    let vector: Vec<f64> =
        (0..64).map(|n| ((seed + f64::from(n)).sin() * 1e4).round() / 1e5).collect();
    trace.outputs(embed, &json!({ "embedding": vector }));
    trace.end(embed);

    let search = trace.begin(Some(root), "vector_search", "RETRIEVER");
    trace.inputs(search, &json!({ "query": topic.question, "top_k": version.documents }));
    if trace.chance(0.03 * trouble) {
        trace.now_ns += 5_000_000_000;
        trace.fail(search, "TimeoutError", "vector store timed out after 5.0 s");
        return if trace.chance(0.7) { Ok(Pages::new()) } else { Err(()) };
    }
    trace.pass(45.0 + 12.0 * version.documents as f64);
    let others = TOPICS.iter().filter(|other| !std::ptr::eq(*other, topic));
    let mut found: Pages = topic.pages.to_vec();
    found.extend(others.flat_map(|other| other.pages).take(version.documents));
    found.truncate(version.documents.max(topic.pages.len()));
    let document = |(rank, (uri, text)): (usize, &(&str, &str))| {
        let score = (0.93 - 0.07 * rank as f64).max(0.2);
        json!({
            "id": uri, "page_content": text, "score": (score * 1000.0).round() / 1000.0,
            "metadata": { "doc_uri": uri, "chunk_id": rank + 1, "updated": "2026-09-14" },
        })
    };
    let documents: Vec<Value> = found.iter().enumerate().map(document).collect();
    trace.outputs(search, &json!(documents));
    trace.end(search);

    let rerank = trace.begin(Some(root), "rerank", "RERANKER");
    trace.inputs(rerank, &json!({ "query": topic.question, "documents": documents }));
    trace.pass(30.0 * version.documents as f64);
    found.truncate(3);
    trace.outputs(rerank, &json!(found.iter().enumerate().map(document).collect::<Vec<_>>()));
    trace.end(rerank);
    Ok(found)
}

fn check(trace: &mut Trace, root: At, answer: &str, context: &[String]) {
    let check = trace.begin(Some(root), "check_sources", "EVALUATOR");
    let asked = format!("Is every sentence in these pages?\n{}\n\n{answer}", context.join("\n"));
    trace.inputs(check, &json!({ "answer": answer }));
    let call = Call {
        name: "verify",
        model: LARGE,
        messages: &[json!({ "role": "user", "content": asked })],
        seen: 0,
        answer: json!({ "role": "assistant", "content": "yes" }),
        tools: None,
    };
    let _ = model::call(trace, check, &call, Outcome::Answered);
    trace.outputs(check, &json!({ "supported": true }));
    trace.end(check);
}
