//! Judges of retrieval: a question for each retriever, or for each document.
use kansoku_model::TokenUsage;

use super::asking::Failure;
use super::built_in_scoring::{QUESTIONS_MAX, question};
use super::builtin::Material;
use super::evidence::{self, Retrieval, lines};
use super::judge::BuiltInJudge;
use super::material::read;
use super::metadata;
use super::outcome::JudgeFeedback;
use super::scoring::{Scoring, section};
use crate::{ScoredTrace, ScorerFeedback};

impl Scoring<'_> {
    pub(super) async fn judge_retrievals(
        &mut self,
        judge: &BuiltInJudge,
        trace: &ScoredTrace,
    ) -> Result<(), Failure> {
        for retrieval in retrievals(trace)?.iter().take(QUESTIONS_MAX) {
            let mut sections = Vec::new();
            for material in judge.built_in.reads {
                let (name, text) = match material {
                    Material::Documents => ("documents", Some(lines(&retrieval.documents))),
                    other => read(*other, trace).map_err(Failure::Question)?,
                };
                sections.push(section(name, text.unwrap_or_default()));
            }
            let question = question(judge, sections, "");
            let feedback = self.ask_about_span(question, retrieval.span_id).await?;
            self.outcome.feedbacks.push(feedback);
        }
        Ok(())
    }

    /// For each retriever the share of relevant documents, and then each document.
    pub(super) async fn judge_documents(
        &mut self,
        judge: &BuiltInJudge,
        trace: &ScoredTrace,
    ) -> Result<(), Failure> {
        let request = evidence::request(trace).unwrap_or_default();
        let mut left = QUESTIONS_MAX;
        for retrieval in retrievals(trace)? {
            let mut documents = Vec::new();
            for (index, document) in retrieval.documents.iter().enumerate().take(left) {
                let sections =
                    vec![section("request", request.clone()), section("documents", document)];
                let question = question(judge, sections, "");
                let mut feedback = self.ask_about_span(question, retrieval.span_id).await?;
                let position = (metadata::CHUNK_INDEX.to_owned(), index.to_string());
                feedback.feedback.metadata.extend([position]);
                documents.push(feedback);
            }
            left -= documents.len();
            if let Some(precision) = self.precision(&retrieval, &documents) {
                self.outcome.feedbacks.push(precision);
            }
            self.outcome.feedbacks.extend(documents);
        }
        if self.outcome.feedbacks.is_empty() {
            return Err(Failure::Question("the retrievers found no documents".to_owned()));
        }
        Ok(())
    }

    fn precision(
        &self,
        retrieval: &Retrieval,
        documents: &[JudgeFeedback],
    ) -> Option<JudgeFeedback> {
        let judged = documents.iter().filter(|it| it.feedback.error.is_none());
        let (judged, relevant) = judged.fold((0, 0), |(judged, relevant), it| {
            (judged + 1, relevant + usize::from(it.feedback.value == "yes"))
        });
        if judged == 0 {
            return None;
        }
        let share = f64::from(relevant as u32) / f64::from(judged as u32);
        let all = retrieval.documents.len();
        let rationale = match judged == all {
            true => format!("{relevant} of {all} documents are relevant."),
            false => {
                format!("{relevant} of {judged} documents are relevant; {all} were retrieved.")
            }
        };
        let name = format!("{}/precision", self.judge.name);
        let feedback = ScorerFeedback::new(share, rationale);
        let mut precision = JudgeFeedback::from_model(&name, feedback, TokenUsage::default());
        // The tokens are those of the documents.
        precision.feedback.metadata.clear();
        Some(precision.on_span(retrieval.span_id))
    }
}

fn retrievals(trace: &ScoredTrace) -> Result<Vec<Retrieval>, Failure> {
    match evidence::retrievals(trace) {
        none if none.is_empty() => {
            Err(Failure::Question("the trace has no span of the type `RETRIEVER`".to_owned()))
        }
        retrievals => Ok(retrievals),
    }
}
