//! A coding agent that reads, edits and runs tests in a loop, and sends its whole history with each
//! call. Its spans follow OpenTelemetry's GenAI semantic conventions, as those of many agents do.
use serde_json::{Value, json};

use super::model::{self, CODER, Call, Outcome, Usage};
use super::texts::CHANGES;
use super::trace::{At, Trace};

const INSTRUCTIONS: &str = "\
You are a careful engineer in a large repository. Work in small steps: read before you edit, run the \
tests after every edit, and stop when they pass. Keep to the style of the file. Never edit generated \
files, never push, and say plainly what you could not do. Tool results may be cut; ask for the rest \
if you need it. Prefer the smallest change that solves the task, and add a test that fails without it.";

/// The result of a run, from which assessments are generated.
pub(super) struct Done {
    pub failed: bool,
    pub tests_pass: bool,
}

struct Agent {
    root: At,
    said: Vec<Value>,
    seen: usize,
    tools: Value,
}

pub(super) fn run(trace: &mut Trace, session: &str, user: &str, trouble: f64) -> Done {
    let change = trace.pick(CHANGES);
    let root = trace.begin(None, "invoke_agent code_agent", "");
    trace.set(root, "gen_ai.operation.name", "invoke_agent");
    trace.set(root, "gen_ai.agent.name", "code_agent");
    trace.set(root, "gen_ai.conversation.id", session);
    trace.set(root, "user.id", user);
    let asked = message("user", json!([{ "type": "text", "content": change.task }]));
    trace.set(root, "gen_ai.input.messages", json!([asked]));
    let mut agent = Agent { root, said: vec![asked], seen: 0, tools: tools() };

    let read = json!({ "path": change.file });
    let code = Ok(change.code.repeat(12));
    let found = Ok(format!("{}:18\n{}:44\ntests/conftest.py:7", change.file, change.file));
    let query = json!({ "query": change.task.split(' ').take(4).collect::<Vec<_>>().join(" ") });
    let mut goes_on = agent.step(trace, "Let me look for it.", "search", &query, &found, trouble)
        && agent.step(trace, "I read the file first.", "read_file", &read, &code, trouble);
    let rounds = trace.pick(&[1, 1, 2, 2, 3, 4]).to_owned();
    for round in 1..=rounds {
        let edit =
            json!({ "path": change.file, "edit": format!("{}# round {round}", change.code) });
        let edited = Ok("1 file changed, 14 insertions, 6 deletions".to_owned());
        let passes = round == rounds && !trace.chance(0.08);
        let tests = match passes {
            true => Ok("214 passed in 11.42s".to_owned()),
            false => Err(("ToolError", format!("exit status 1: {}", change.failure))),
        };
        let run = json!({ "command": "make test", "timeout_s": 120 });
        goes_on = goes_on
            && agent.step(trace, "Now the change.", "edit_file", &edit, &edited, trouble)
            && agent.step(trace, "Do the tests pass?", "run_tests", &run, &tests, trouble);
        if !goes_on || (round == rounds && !passes) {
            let what = if goes_on { "the tests still fail" } else { "the model did not answer" };
            trace.fail(root, "AgentError", &format!("gave up after {round} rounds: {what}"));
            return Done { failed: true, tests_pass: false };
        }
    }
    let done = json!([{ "type": "text", "content": change.done }]);
    let Some(answer) = agent.ask(trace, done, "stop", trouble) else {
        trace.fail(root, "AgentError", "the model did not answer");
        return Done { failed: true, tests_pass: true };
    };
    trace.set(root, "gen_ai.output.messages", json!([answer]));
    trace.end(root);
    Done { failed: false, tests_pass: true }
}

impl Agent {
    /// The model requests a tool, and the tool returns its result. Returns false if the model call
    /// fails.
    fn step(
        &mut self,
        trace: &mut Trace,
        thought: &str,
        tool: &str,
        arguments: &Value,
        result: &Result<String, (&str, String)>,
        trouble: f64,
    ) -> bool {
        let id = format!("call_{}", self.said.len());
        let parts = json!([
            { "type": "text", "content": thought },
            { "type": "tool_call", "id": id, "name": tool, "arguments": arguments },
        ]);
        if self.ask(trace, parts, "tool_call", trouble).is_none() {
            return false;
        }
        let at = trace.begin(Some(self.root), &format!("execute_tool {tool}"), "");
        trace.set(at, "gen_ai.operation.name", "execute_tool");
        trace.set(at, "gen_ai.tool.name", tool);
        trace.set(at, "gen_ai.tool.call.id", id.clone());
        trace.set(at, "gen_ai.tool.call.arguments", arguments.clone());
        trace.pass(if tool == "run_tests" { 11_400.0 } else { 60.0 });
        let text = match result {
            Ok(text) => {
                trace.set(at, "gen_ai.tool.call.result", text.clone());
                trace.end(at);
                text
            }
            Err((kind, text)) => {
                trace.fail(at, kind, text);
                text
            }
        };
        let response = json!([{ "type": "tool_call_response", "id": id, "response": text }]);
        self.said.push(message("tool", response));
        true
    }

    fn ask(
        &mut self,
        trace: &mut Trace,
        parts: Value,
        reason: &str,
        trouble: f64,
    ) -> Option<Value> {
        if model::outcome(trace, trouble) == Outcome::AnsweredAtSecond {
            let refused = self.begin(trace);
            trace.pass(210.0);
            trace.set(refused, "error.type", "529");
            trace.fail(refused, "anthropic.OverloadedError", "Overloaded, retrying in 2.0 s");
            trace.pass(2000.0);
        }
        let at = self.begin(trace);
        if trace.chance(0.004 * trouble) {
            trace.now_ns += 60_000_000_000;
            trace.fail(at, "anthropic.APITimeoutError", "Request timed out after 60.0 s");
            return None;
        }
        let mut answer = message("assistant", parts);
        answer["finish_reason"] = reason.into();
        let instructions = json!(INSTRUCTIONS);
        let all: Vec<Value> = std::iter::once(instructions).chain(self.said.clone()).collect();
        let usage = Usage::from_call(&Call {
            name: "",
            model: CODER,
            messages: &all,
            seen: if self.seen == 0 { 0 } else { 1 + self.seen },
            answer: answer.clone(),
            tools: Some(&self.tools),
        });
        let sent = trace.now_ns;
        trace.pass(CODER.first_token_ms + usage.input as f64 * 0.05);
        let waited_s = (trace.now_ns - sent) as f64 / 1e9;
        trace.set(at, "gen_ai.response.time_to_first_chunk", waited_s);
        trace.pass(usage.output as f64 * 1000.0 / CODER.tokens_per_s);
        trace.set(at, "gen_ai.usage.input_tokens", usage.input);
        trace.set(at, "gen_ai.usage.output_tokens", usage.output);
        trace.set(at, "gen_ai.usage.cache_read.input_tokens", usage.cached);
        trace.set(at, "gen_ai.output.messages", json!([answer]));
        trace.end(at);
        self.seen = self.said.len();
        self.said.push(answer.clone());
        Some(answer)
    }

    fn begin(&self, trace: &mut Trace) -> At {
        let at = trace.begin(Some(self.root), &format!("chat {}", CODER.name), "");
        trace.set(at, "gen_ai.operation.name", "chat");
        trace.set(at, "gen_ai.provider.name", CODER.provider);
        trace.set(at, "gen_ai.request.model", CODER.name);
        trace.set(
            at,
            "gen_ai.system_instructions",
            json!([{ "type": "text", "content": INSTRUCTIONS }]),
        );
        trace.set(at, "gen_ai.tool.definitions", self.tools.clone());
        trace.set(at, "gen_ai.input.messages", json!(self.said));
        at
    }
}

fn message(role: &str, parts: Value) -> Value {
    json!({ "role": role, "parts": parts })
}

fn tools() -> Value {
    let tool = |name: &str, about: &str, fields: &[&str]| {
        let properties: serde_json::Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), json!({ "type": "string" }))).collect();
        json!({
            "type": "function", "name": name, "description": about,
            "parameters": { "type": "object", "properties": properties, "required": fields },
        })
    };
    json!([
        tool("search", "Find lines in the repository that contain all words.", &["query"]),
        tool("read_file", "Read a file, with numbers before its lines.", &["path"]),
        tool("edit_file", "Replace one passage of a file by another.", &["path", "edit"]),
        tool("run_tests", "Run the tests and read the end of what they print.", &["command"]),
    ])
}
