//! Runs a scorer on a trace or its session without storing its feedback.
use std::sync::Arc;

use kansoku_model::TraceId;
use kansoku_store::StoreError;

use super::LiveScoring;
use super::judge_material::JudgeMaterial;
use super::load::{LoadedTrace, decode};
use super::session::{Session, session_of};
use crate::judges::metadata::SCORER_ERROR;
use crate::{Scorer, ScorerFeedback};

impl LiveScoring {
    /// The feedback of a scorer by name; none if it has nothing to say about the trace. A judge of
    /// sessions judges the session of the trace.
    pub async fn try_scorer(
        &self,
        scorer: Arc<Scorer>,
        trace: &TraceId,
    ) -> Result<Vec<(String, ScorerFeedback)>, StoreError> {
        let loaded = LoadedTrace::load(&*self.traces, trace).await?;
        let loaded = loaded.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
        let judge = match &*scorer {
            Scorer::Judge(judge) => judge.clone(),
            // A worker runs it, and there may be none.
            Scorer::Python { .. } => return Ok(Vec::new()),
            Scorer::Check(_) => {
                let trace = decode(loaded).await?;
                let check = move || scorer.check().and_then(|check| check.score(&trace));
                let feedback = tokio::task::spawn_blocking(check).await;
                let feedback =
                    feedback.map_err(|panicked| StoreError::backend("try a check", panicked))?;
                return Ok(feedback.map(|it| ("check".to_owned(), it)).into_iter().collect());
            }
        };
        let failed = |why: String| {
            let failed = ScorerFeedback::failed(SCORER_ERROR, why);
            Ok(vec![(judge.name().to_owned(), failed)])
        };
        let (_, client) = match self.models.of_judge(&judge) {
            Ok(model) => model,
            Err(why) => return failed(why),
        };
        let material = match judge.is_session_level() {
            false => JudgeMaterial::Trace(Box::new(decode(loaded).await?)),
            true => match self.session(&loaded).await? {
                Some(session) => JudgeMaterial::Session(session.load(&*self.traces).await?),
                None => return failed("the trace belongs to no session".to_owned()),
            },
        };
        let outcome = judge.score(&client, material.input()).await;
        Ok(outcome.feedbacks.into_iter().map(|it| (it.name, it.feedback)).collect())
    }

    async fn session(&self, loaded: &LoadedTrace) -> Result<Option<Session>, StoreError> {
        match session_of(loaded.info()) {
            Some(id) => Session::find(&*self.traces, loaded.info().experiment_id, id).await,
            None => Ok(None),
        }
    }
}
