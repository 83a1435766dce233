//! The questions of built-in judges about traces.
use serde_json::{Value, json};

use super::asking::{Failure, Question};
use super::builtin::{Material, Procedure};
use super::evidence::{called_tools, lines, outputs, plain_text};
use super::judge::BuiltInJudge;
use super::material::read;
use super::metadata;
use super::outcome::JudgeFeedback;
use super::prompt::Section;
use super::scoring::{Scoring, feedback, missing_sections, section};
use super::tool_call_comparison::{self, ExpectedCall};
use crate::ScoredTrace;

/// How many questions one scoring asks at most: documents, retrievals or turns.
pub(super) const QUESTIONS_MAX: usize = 64;

impl<'a> Scoring<'a> {
    pub(super) async fn judge_trace(
        &mut self,
        judge: &BuiltInJudge,
        trace: &'a ScoredTrace,
    ) -> Result<(), Failure> {
        match judge.built_in.procedure {
            Procedure::PerRetrieval => self.judge_retrievals(judge, trace).await,
            Procedure::PerDocument => self.judge_documents(judge, trace).await,
            Procedure::ToolCalls => self.judge_tool_calls(judge, trace).await,
            Procedure::Equivalence => match equal_without_model(trace) {
                Some(is_equal) => {
                    let value = if is_equal { "yes" } else { "no" };
                    let rationale = "The values were compared without a model.";
                    let feedback = JudgeFeedback::from_code(&self.judge.name, value, rationale);
                    self.outcome.feedbacks.push(feedback);
                    Ok(())
                }
                None => self.judge_once(judge, trace, Vec::new(), "").await,
            },
            Procedure::Once | Procedure::Session | Procedure::PerTurn => {
                self.judge_once(judge, trace, Vec::new(), "").await
            }
        }
    }

    async fn judge_once(
        &mut self,
        judge: &BuiltInJudge,
        trace: &'a ScoredTrace,
        more_sections: Vec<Section>,
        more_instructions: &str,
    ) -> Result<(), Failure> {
        let (mut sections, mut missing) = (Vec::new(), Vec::new());
        for material in judge.built_in.reads {
            match read(*material, trace).map_err(Failure::Question)? {
                (name, Some(text)) => sections.push(section(name, text)),
                (name, None) => missing.push(name),
            }
        }
        sections.extend(more_sections);
        let notes = format!("{more_instructions}{}", missing_sections(&missing));
        let mut question = question(judge, sections, &notes);
        question.trace = (!missing.is_empty()).then_some(trace);
        let (answer, usage) = self.ask(question).await?;
        let mut feedback = feedback(&self.judge.name, answer, usage);
        if judge.built_in.reads.contains(&Material::ExpectedGuidelines) {
            let (_, guidelines) = read(Material::ExpectedGuidelines, trace).unwrap_or_default();
            let guidelines = guidelines.unwrap_or_default();
            feedback.feedback.metadata.extend([metadata::guideline(&guidelines)]);
        } else if judge.built_in.tells_criteria {
            feedback.feedback.metadata.extend([metadata::guideline(&self.judge.criteria())]);
        }
        self.outcome.feedbacks.push(feedback);
        Ok(())
    }

    async fn judge_tool_calls(
        &mut self,
        judge: &BuiltInJudge,
        trace: &'a ScoredTrace,
    ) -> Result<(), Failure> {
        let expected = trace.expectations().get("expected_tool_calls").copied().cloned();
        let expected = expected.filter(|calls| calls != &json!([]) && !calls.is_null());
        let expected: Option<Vec<ExpectedCall>> = expected
            .map(|calls| tool_call_comparison::read(&calls))
            .transpose()
            .map_err(Failure::Question)?;
        if judge.exact_match {
            let Some(expected) = expected else {
                let problem = "the judge needs the expectation `expected_tool_calls`".to_owned();
                return Err(Failure::Question(problem));
            };
            let called = called_tools(trace);
            let (value, rationale) =
                tool_call_comparison::compare(&called, &expected, judge.ordered);
            let feedback = JudgeFeedback::from_code(&self.judge.name, value, rationale);
            self.outcome.feedbacks.push(feedback);
            return Ok(());
        }
        let mut instructions = String::new();
        let mut sections = Vec::new();
        if let Some(expected) = expected {
            sections.push(section("expected_tool_calls", lines(&expected)));
            instructions.push_str(
                "\n\nThe right calls are those of the section `expected_tool_calls`: the same \
                 tools must have been called, with arguments of the same meaning where arguments \
                 are given.",
            );
        }
        instructions.push_str(match judge.ordered {
            true => "\n\nThe order of the calls must be right, too.",
            false => "\n\nThe order of the calls does not matter, unless one needs the result of another.",
        });
        self.judge_once(judge, trace, sections, &instructions).await
    }
}

/// A question with the criteria of the judge, its guidelines, and notes.
pub(super) fn question<'a>(
    judge: &BuiltInJudge,
    sections: Vec<Section>,
    notes: &str,
) -> Question<'a> {
    let guidelines = match judge.guidelines.as_slice() {
        [] => String::new(),
        all => format!("\n\nGuidelines:\n- {}", all.join("\n- ")),
    };
    Question {
        instructions: format!("{}{guidelines}{notes}", judge.built_in.instructions),
        value_type: judge.built_in.values.value_type(),
        rationale_first: true,
        sections,
        trace: None,
    }
}

/// Whether the response is the expected one, if that can be said without a model.
fn equal_without_model(trace: &ScoredTrace) -> Option<bool> {
    let (actual, expected) = (outputs(trace)?, *trace.expectations().get("expected_response")?);
    let number =
        |value: &Value| value.as_f64().or(value.as_bool().map(|it| f64::from(u8::from(it))));
    match (number(actual), number(expected)) {
        // MLflow compares by this relative difference.
        (Some(a), Some(b)) => Some((a - b).abs() <= 1e-9 * a.abs().max(b.abs())),
        _ => (actual == expected || plain_text(actual) == plain_text(expected)).then_some(true),
    }
}
