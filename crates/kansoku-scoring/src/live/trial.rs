//! Runs a scorer on a trace without storing its feedback.
use std::sync::Arc;

use kansoku_model::TraceId;
use kansoku_store::StoreError;

use super::LiveScoring;
use super::judge_attempt::decode;
use super::load::LoadedTrace;
use crate::judges::JudgeInput;
use crate::judges::metadata::SCORER_ERROR;
use crate::{Scorer, ScorerFeedback};

impl LiveScoring {
    /// The feedback of a scorer by name; none if it has nothing to say about the trace.
    pub async fn try_scorer(
        &self,
        scorer: Arc<Scorer>,
        trace: &TraceId,
    ) -> Result<Vec<(String, ScorerFeedback)>, StoreError> {
        let loaded = LoadedTrace::load(&*self.traces, trace).await?;
        let loaded = loaded.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
        let trace = decode(loaded).await?;
        let judge = match &*scorer {
            Scorer::Judge(judge) => judge.clone(),
            Scorer::Check(_) => {
                let check = move || scorer.check().and_then(|check| check.score(&trace));
                let feedback = tokio::task::spawn_blocking(check).await;
                let feedback =
                    feedback.map_err(|panicked| StoreError::backend("try a check", panicked))?;
                return Ok(feedback.map(|it| ("check".to_owned(), it)).into_iter().collect());
            }
        };
        let (_, client) = match self.models.of_judge(&judge) {
            Ok(model) => model,
            Err(why) => {
                let failed = ScorerFeedback::failed(SCORER_ERROR, why);
                return Ok(vec![(judge.name().to_owned(), failed)]);
            }
        };
        let input = match judge.is_session_level() {
            true => JudgeInput::Session(std::slice::from_ref(&trace)),
            false => JudgeInput::Trace(&trace),
        };
        let outcome = judge.score(&client, input).await;
        Ok(outcome.feedbacks.into_iter().map(|it| (it.name, it.feedback)).collect())
    }
}
