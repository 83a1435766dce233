//! Scores a trace or a session with a judge.
use kansoku_model::{AssessmentValue, SpanId, TokenUsage};
use serde_json::{Map, Value};

use super::answer::JudgeAnswer;
use super::asking::{Failure, Question, ask};
use super::conversation::{Conversation, ToolCalls};
use super::evidence::{inputs, outputs, plain_text};
use super::judge::{BuiltInJudge, Judge, JudgeKind};
use super::kept_answers::{KeptAnswers, Model, NoKeptAnswers};
use super::metadata;
use super::outcome::{JudgeFeedback, JudgeOutcome, add};
use super::prompt::Section;
use super::template::{Template, Variable};
use crate::models::ModelClient;
use crate::{ScoredTrace, ScorerFeedback};

/// The material to judge.
#[derive(Clone, Copy, Debug)]
pub enum JudgeInput<'a> {
    Trace(&'a ScoredTrace),
    /// Traces of one session, in any order, and the number of earlier ones that are left out.
    Session {
        traces: &'a [ScoredTrace],
        earlier: usize,
    },
}

impl Judge {
    /// [`Judge::score_again`] for the only attempt.
    pub async fn score(&self, client: &ModelClient, input: JudgeInput<'_>) -> JudgeOutcome {
        self.score_again(client, input, &NoKeptAnswers).await
    }

    /// Asks the model as often as the judge needs, except for what it answered before; a judge of
    /// documents or turns needs several calls. Never waits for a rate limit: the outcome says if the
    /// call should be made later.
    pub async fn score_again(
        &self,
        client: &ModelClient,
        input: JudgeInput<'_>,
        answers: &dyn KeptAnswers,
    ) -> JudgeOutcome {
        let model = Model { client, answers };
        let mut scoring = Scoring { judge: self, model, outcome: JudgeOutcome::default() };
        let result = match (&self.kind, input) {
            (JudgeKind::BuiltIn(judge), input) => scoring.run_built_in(judge, input).await,
            (JudgeKind::Template(template), input) => scoring.run_template(template, input).await,
        };
        let mut outcome = scoring.outcome;
        outcome.exchanges.iter().for_each(|exchange| add(&mut outcome.usage, exchange.usage));
        if let Err(failure) = result {
            // Feedback that was given before the failure is given again by the next attempt.
            outcome.feedbacks = vec![JudgeFeedback::failed(&self.name, failure.message())];
            outcome.model_error = match failure {
                Failure::Model(error) => Some(error),
                Failure::Answer(_) | Failure::Question(_) => None,
            };
        }
        outcome
    }
}

pub(super) struct Scoring<'a> {
    pub(super) judge: &'a Judge,
    pub(super) model: Model<'a>,
    pub(super) outcome: JudgeOutcome,
}

impl<'a> Scoring<'a> {
    pub(super) async fn ask(
        &mut self,
        question: Question<'_>,
    ) -> Result<(JudgeAnswer, TokenUsage), Failure> {
        ask(self.model, self.judge.params, question, &mut self.outcome.exchanges).await
    }

    /// Asks one of several questions, of which a failed one does not fail the others unless the
    /// model itself failed.
    pub(super) async fn ask_about_span(
        &mut self,
        question: Question<'_>,
        span_id: SpanId,
    ) -> Result<JudgeFeedback, Failure> {
        let name = &self.judge.name;
        let feedback = match self.ask(question).await {
            Ok((answer, usage)) => feedback(name, answer, usage),
            Err(Failure::Model(error)) => return Err(Failure::Model(error)),
            Err(failure) => JudgeFeedback::failed(name, failure.message()),
        };
        Ok(feedback.on_span(span_id))
    }

    async fn run_template(
        &mut self,
        template: &Template,
        input: JudgeInput<'a>,
    ) -> Result<(), Failure> {
        let is_session = template.is_session_level();
        let (sections, trace) = match input {
            JudgeInput::Trace(trace) if !is_session => template_sections(template, trace),
            JudgeInput::Trace(trace) => session_sections(template, std::slice::from_ref(trace), 0),
            JudgeInput::Session { traces, earlier } if is_session => {
                session_sections(template, traces, earlier)
            }
            JudgeInput::Session { .. } => return Err(no_session()),
        }
        .map_err(Failure::Question)?;
        let missing: Vec<&str> = [Variable::Inputs, Variable::Outputs]
            .into_iter()
            .filter(|it| template.has(*it) && !sections.iter().any(|part| part.name == it.name()))
            .map(Variable::name)
            .collect();
        let question = Question {
            instructions: format!("{}{}", template.text(), missing_sections(&missing)),
            value_type: template.value_type.clone(),
            rationale_first: template.rationale_first,
            sections,
            trace,
        };
        let (answer, usage) = self.ask(question).await?;
        let mut feedback = feedback(&self.judge.name, answer, usage);
        feedback.feedback.metadata.extend([metadata::guideline(&template.instructions)]);
        self.outcome.feedbacks.push(feedback);
        Ok(())
    }

    async fn run_built_in(
        &mut self,
        judge: &BuiltInJudge,
        input: JudgeInput<'a>,
    ) -> Result<(), Failure> {
        match input {
            JudgeInput::Trace(trace) if !judge.built_in.is_session_level() => {
                self.judge_trace(judge, trace).await
            }
            JudgeInput::Trace(trace) => {
                self.judge_session(judge, std::slice::from_ref(trace), 0).await
            }
            JudgeInput::Session { traces, earlier } if judge.built_in.is_session_level() => {
                self.judge_session(judge, traces, earlier).await
            }
            JudgeInput::Session { .. } => Err(no_session()),
        }
    }
}

fn no_session() -> Failure {
    Failure::Question("this judge judges single traces, not sessions".to_owned())
}

pub(super) fn feedback(name: &str, answer: JudgeAnswer, usage: TokenUsage) -> JudgeFeedback {
    let feedback = ScorerFeedback::new(answer.result, answer.rationale);
    JudgeFeedback::from_model(name, feedback, usage)
}

pub(super) fn section(name: &'static str, text: impl Into<String>) -> Section {
    Section { name, text: text.into() }
}

/// An instruction about sections that the root of a trace does not have.
pub(super) fn missing_sections(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names => format!(
            "\n\nThese sections are missing, because the first span of the trace does not have \
             them: {}. Find them in the trace with the tools.",
            names.join(", ")
        ),
    }
}

type Sections<'a> = (Vec<Section>, Option<&'a ScoredTrace>);

/// The sections of a template, and the trace if tools are needed. Inputs and outputs that the root
/// does not have are found with tools.
fn template_sections<'a>(
    template: &Template,
    trace: &'a ScoredTrace,
) -> Result<Sections<'a>, String> {
    let mut sections = Vec::new();
    let mut needs_tools = template.has(Variable::Trace);
    for (variable, value) in
        [(Variable::Inputs, inputs(trace)), (Variable::Outputs, outputs(trace))]
    {
        match value.filter(|_| template.has(variable)) {
            Some(value) => sections.push(section(variable.name(), plain_text(value))),
            None => needs_tools |= template.has(variable),
        }
    }
    if template.has(Variable::Expectations) {
        let expectations = trace.expectations();
        if expectations.is_empty() {
            return Err("the judge needs expectations, and the trace has none".to_owned());
        }
        let all = expectations.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
        let all = Value::Object(all.collect::<Map<_, _>>());
        sections.push(section("expectations", plain_text(&all)));
    }
    Ok((sections, needs_tools.then_some(trace)))
}

/// The expectations of a session are those of its first trace that are marked as such.
fn session_sections<'a>(
    template: &Template,
    traces: &[ScoredTrace],
    earlier: usize,
) -> Result<Sections<'a>, String> {
    let conversation = Conversation::from_traces(traces, earlier);
    if conversation.is_empty(ToolCalls::Hidden) {
        return Err("the session has neither requests nor responses".to_owned());
    }
    let text = conversation.text(usize::MAX, ToolCalls::Hidden);
    let mut sections = vec![section("conversation", text)];
    if template.has(Variable::Expectations) {
        let first = traces.iter().min_by_key(|trace| trace.info.request_time);
        let assessments = first.into_iter().flat_map(|trace| &trace.info.assessments);
        let of_session = assessments.filter(|it| it.valid && it.is_of_session());
        let expectations: Map<String, Value> = of_session
            .filter_map(|it| match &it.value {
                AssessmentValue::Expectation(value) => {
                    Some((it.assessment_name.clone(), value.clone()))
                }
                _ => None,
            })
            .collect();
        if expectations.is_empty() {
            return Err("the judge needs expectations, and the session has none".to_owned());
        }
        sections.push(section("expectations", plain_text(&Value::Object(expectations))));
    }
    Ok((sections, None))
}
