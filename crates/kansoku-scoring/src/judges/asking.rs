//! Asks the model one question, and gives it a second chance if its answer cannot be read.
use std::time::Instant;

use kansoku_model::TokenUsage;

use super::answer::{self, JudgeAnswer};
use super::kept_answers::{Answer, Asking, Model};
use super::outcome::{Exchange, ModelCall, Timing, add};
use super::prompt::{self, Section, Task, Truncation};
use super::tools::{self, TraceTools};
use super::value_type::ValueType;
use crate::ScoredTrace;
use crate::models::{
    ChatMessage, ChatRequest, ChatResponse, FinishReason, InferenceParams, ModelError,
    ResponseSchema, ToolCall, ToolChoice,
};

/// How often a judge may call tools before it must answer.
const TOOL_STEPS_MAX: usize = 20;
/// How many calls of one step are answered.
const CALLS_OF_STEP_MAX: usize = 10;
/// How many tokens one question may take before the judge must answer.
const TOKENS_MAX: u64 = 400_000;
/// The longest answer that is sent back to the model, in characters.
const SAID_CHARS_MAX: usize = 20_000;
/// The longest text beside calls of tools, in characters.
const REMARK_CHARS_MAX: usize = 1_000;
/// The longest id and name of a call, and its longest arguments, in bytes.
const CALL_NAME_BYTES_MAX: usize = 200;
const CALL_ARGUMENTS_BYTES_MAX: usize = 2_000;
/// The longest signature of a call, in bytes.
const CALL_SIGNATURE_BYTES_MAX: usize = 20_000;
/// How many exchanges of one scoring keep their messages, each of which can have the length of a
/// prompt.
const KEPT_EXCHANGES_MAX: usize = 16;

pub(super) struct Question<'a> {
    pub(super) instructions: String,
    pub(super) value_type: ValueType,
    pub(super) rationale_first: bool,
    pub(super) sections: Vec<Section>,
    /// The trace that the judge may read with tools.
    pub(super) trace: Option<&'a ScoredTrace>,
}

#[derive(Debug)]
pub(super) enum Failure {
    Model(ModelError),
    /// The model answered, but not what was asked for.
    Answer(String),
    /// The question cannot be asked.
    Question(String),
}

impl Failure {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Model(error) => error.to_string(),
            Self::Answer(problem) => format!("the answer of the model cannot be used: {problem}"),
            Self::Question(problem) => problem.clone(),
        }
    }
}

/// Asks, and adds what was said to `exchanges`, also if that fails.
pub(super) async fn ask(
    model: Model<'_>,
    params: InferenceParams,
    question: Question<'_>,
    exchanges: &mut Vec<Exchange>,
) -> Result<(JudgeAnswer, TokenUsage), Failure> {
    // Results of tools come in addition to the prompt, up to the same length.
    let parts = if question.trace.is_some() { 2 } else { 1 };
    let chars_max = model.client.settings().max_prompt_chars / parts;
    let task = Task {
        instructions: &question.instructions,
        value_type: &question.value_type,
        rationale_first: question.rationale_first,
        has_tools: question.trace.is_some(),
    };
    let prompt = prompt::write(&task, question.sections, chars_max).ok_or_else(|| {
        Failure::Question(format!(
            "the instructions leave no room for the material in a prompt of {chars_max} characters"
        ))
    })?;
    let schema = ResponseSchema {
        schema: answer::schema(&question.value_type, question.rationale_first),
        is_closed: question.value_type.is_closed(),
    };
    let request = ChatRequest {
        messages: prompt.messages,
        tools: if question.trace.is_some() { tools::definitions() } else { Vec::new() },
        tool_choice: ToolChoice::Auto,
        schema: Some(schema),
        params,
    };
    let tools = question.trace.map(|trace| TraceTools::new(trace, chars_max));
    let mut exchange = Exchange::default();
    let asking = Asking { model, code: &prompt.code };
    let result = converse(asking, request, tools, &question.value_type, &mut exchange).await;
    let usage = exchange.usage;
    if KEPT_EXCHANGES_MAX <= exchanges.len() {
        exchange.messages = Vec::new();
    }
    exchanges.push(exchange);
    let mut answer = result?;
    answer.rationale.push_str(&truncation_note(&prompt.truncations));
    Ok((answer, usage))
}

async fn converse(
    asking: Asking<'_>,
    mut request: ChatRequest,
    mut tools: Option<TraceTools<'_>>,
    value_type: &ValueType,
    exchange: &mut Exchange,
) -> Result<JudgeAnswer, Failure> {
    let mut is_second_chance = false;
    loop {
        let may_read = tools.as_ref().is_some_and(|tools| !tools.is_exhausted())
            && exchange.calls.len() < TOOL_STEPS_MAX
            && exchange.usage.total_tokens < TOKENS_MAX
            && !is_second_chance;
        request.tool_choice = if may_read { ToolChoice::Auto } else { ToolChoice::None };
        let (response, call) = send(asking, &request).await;
        exchange.messages.clone_from(&request.messages);
        exchange.calls.push(call);
        let response = response.map_err(Failure::Model)?;
        add(&mut exchange.usage, response.usage);
        if may_read && let Some(tools) = &mut tools {
            let calls = bounded_calls(&response);
            if !calls.is_empty() {
                let timings = run_tools(tools, &response.text, calls, &mut request.messages);
                if let Some(call) = exchange.calls.last_mut() {
                    call.tool_timings = timings;
                }
                continue;
            }
        }
        let said: String = response.text.chars().take(SAID_CHARS_MAX).collect();
        request.messages.push(ChatMessage::Assistant { content: said, tool_calls: Vec::new() });
        exchange.messages.clone_from(&request.messages);
        let problem = match answer::parse(&response.text, value_type) {
            Ok(answer) => return Ok(answer),
            Err(problem) => problem,
        };
        let reason = match response.finish_reason {
            FinishReason::Length => "it reached the maximum of tokens, and ",
            _ => "",
        };
        if is_second_chance {
            return Err(Failure::Answer(format!("{reason}{problem}")));
        }
        is_second_chance = true;
        request.messages.push(ChatMessage::user(format!(
            "This answer cannot be used: {reason}{}. Answer again, with only the JSON object that was \
             asked for.",
            problem.problem
        )));
    }
}

async fn send(
    asking: Asking<'_>,
    request: &ChatRequest,
) -> (Result<ChatResponse, ModelError>, ModelCall) {
    let start = Instant::now();
    let answer = asking.complete(request).await;
    let mut call = ModelCall {
        timing: Timing::since(start),
        sent_messages: request.messages.len(),
        is_kept: false,
        usage: TokenUsage::default(),
        error: None,
        tool_timings: Vec::new(),
    };
    match answer {
        Ok(Answer { response, is_kept }) => {
            call.is_kept = is_kept;
            call.usage = if is_kept { TokenUsage::default() } else { response.usage };
            (Ok(response), call)
        }
        Err(error) => {
            call.error = Some(error.clone());
            (Err(error), call)
        }
    }
}

/// The first calls, without those that are longer than any useful one.
fn bounded_calls(response: &ChatResponse) -> Vec<ToolCall> {
    let is_short = |call: &&ToolCall| {
        call.id.len().max(call.name.len()) <= CALL_NAME_BYTES_MAX
            && call.arguments.to_string().len() <= CALL_ARGUMENTS_BYTES_MAX
            && call.thought_signature.as_ref().map_or(0, String::len) <= CALL_SIGNATURE_BYTES_MAX
    };
    response.tool_calls.iter().filter(is_short).take(CALLS_OF_STEP_MAX).cloned().collect()
}

fn run_tools(
    tools: &mut TraceTools<'_>,
    remark: &str,
    tool_calls: Vec<ToolCall>,
    messages: &mut Vec<ChatMessage>,
) -> Vec<Timing> {
    let run = |call: &ToolCall| {
        let start = Instant::now();
        let content = tools.run(call);
        let (tool_call_id, name) = (call.id.clone(), call.name.clone());
        (ChatMessage::Tool { tool_call_id, name, content }, Timing::since(start))
    };
    let (results, timings): (Vec<_>, Vec<_>) = tool_calls.iter().map(run).unzip();
    let content = remark.chars().take(REMARK_CHARS_MAX).collect();
    messages.push(ChatMessage::Assistant { content, tool_calls });
    messages.extend(results);
    timings
}

/// Says in the rationale what the judge did not see.
fn truncation_note(truncations: &[Truncation]) -> String {
    let notes = truncations.iter().map(|Truncation { section, chars, kept_chars }| {
        format!("`{section}` is too long: {kept_chars} of its {chars} characters were judged.")
    });
    let notes: Vec<String> = notes.collect();
    if notes.is_empty() { String::new() } else { format!("\n\n({})", notes.join(" ")) }
}
