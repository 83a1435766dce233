//! Judges of sessions: a question about the conversation, or about each turn.
use kansoku_model::TokenUsage;

use super::asking::Failure;
use super::built_in_scoring::{QUESTIONS_MAX, question};
use super::builtin::{Material, Procedure};
use super::conversation::{Conversation, ToolCalls};
use super::evidence::plain_text;
use super::judge::BuiltInJudge;
use super::metadata;
use super::outcome::{JudgeFeedback, add};
use super::scoring::{Scoring, feedback, section};
use crate::{ScoredTrace, ScorerFeedback};

/// The longest rationale of one turn, in characters.
const TURN_RATIONALE_CHARS_MAX: usize = 500;

impl Scoring<'_> {
    pub(super) async fn judge_session(
        &mut self,
        judge: &BuiltInJudge,
        traces: &[ScoredTrace],
        earlier: usize,
    ) -> Result<(), Failure> {
        let conversation = Conversation::from_traces(traces, earlier);
        let tools = match judge.built_in.reads.contains(&Material::ConversationWithTools) {
            true => ToolCalls::Shown,
            false => ToolCalls::Hidden,
        };
        let count = conversation.turns.len();
        if conversation.is_empty(tools) {
            let problem = "the session has neither requests nor responses".to_owned();
            return Err(Failure::Question(problem));
        }
        if judge.built_in.procedure == Procedure::PerTurn {
            return self.judge_turns(judge, &conversation).await;
        }
        let sections = vec![section("conversation", conversation.text(count, tools))];
        let (answer, usage) = self.ask(question(judge, sections, "")).await?;
        let mut feedback = feedback(&self.judge.name, answer, usage);
        if judge.built_in.tells_criteria {
            feedback.feedback.metadata.extend([metadata::guideline(&self.judge.criteria())]);
        }
        self.outcome.feedbacks.push(feedback);
        Ok(())
    }

    /// One feedback about all turns: `no` if one of them is not good.
    async fn judge_turns(
        &mut self,
        judge: &BuiltInJudge,
        conversation: &Conversation,
    ) -> Result<(), Failure> {
        let count = conversation.turns.len();
        let first = count.saturating_sub(QUESTIONS_MAX);
        let (mut usage, mut is_good) = (TokenUsage::default(), true);
        let mut rationale = Vec::new();
        if 0 < first {
            rationale.push(format!("Only the last {QUESTIONS_MAX} turns were judged."));
        }
        for turn in first..count {
            let text = conversation.text(turn + 1, ToolCalls::Hidden);
            let sections = vec![section("conversation", text)];
            let (answer, tokens) = self.ask(question(judge, sections, "")).await?;
            add(&mut usage, tokens);
            is_good &= answer.result == "yes";
            let number = conversation.skipped_turns + turn + 1;
            let result = plain_text(&answer.result);
            let why: String = answer.rationale.chars().take(TURN_RATIONALE_CHARS_MAX).collect();
            rationale.push(format!("Turn {number}: {result}. {why}"));
        }
        let value = if is_good { "yes" } else { "no" };
        let feedback = ScorerFeedback::new(value, rationale.join("\n"));
        self.outcome.feedbacks.push(JudgeFeedback::from_model(&self.judge.name, feedback, usage));
        Ok(())
    }
}
