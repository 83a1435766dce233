//! Writes to traces: spans, infos, edits, links and deletions.
use async_trait::async_trait;
use kansoku_model::{
    Assessment, AssessmentId, AssessmentValue, ExperimentId, RunId, Source, TimestampMs, TraceId,
    TraceInfo, TraceSpans,
};

use crate::StoreError;

/// Writes to traces. Each returns once it is durable, and can be repeated safely.
#[async_trait]
pub trait TraceWrites: Send + Sync {
    /// Stores spans and log records. A new trace is created in the given experiment; a known trace
    /// keeps its own. Returns once they are durable and counted in the ledger. Sending the same
    /// spans again is safe.
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError>;

    /// Merges a trace info from a client (MLflow's start_trace), with its assessments. Returns the
    /// merged info.
    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError>;

    /// Changes one trace. Returns the assessment that the edit created or changed.
    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError>;

    /// Links traces to a run; traces that do not exist are ignored.
    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError>;

    /// Deletes traces of an experiment; returns the ids of those that existed.
    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// Stores those of these traces again that are only in the archive, because something else is
    /// going to refer to them.
    async fn restore(&self, _traces: &[TraceId]) -> Result<(), StoreError> {
        Ok(())
    }

    /// [`TraceWrites::ingest`] for traces of one experiment.
    async fn append(
        &self,
        experiment: ExperimentId,
        spans: Vec<TraceSpans>,
    ) -> Result<IngestCounts, StoreError> {
        let traces = spans.into_iter().map(|spans| (experiment, spans)).collect();
        self.ingest(Ingest { source: Source::default(), traces }).await
    }

    async fn set_tag(&self, trace: &TraceId, key: &str, value: &str) -> Result<(), StoreError> {
        let edit = TraceEdit::SetTag { key: key.to_owned(), value: value.to_owned() };
        self.edit(trace, edit).await.map(drop)
    }

    async fn delete_tag(&self, trace: &TraceId, key: &str) -> Result<(), StoreError> {
        self.edit(trace, TraceEdit::DeleteTag { key: key.to_owned() }).await.map(drop)
    }

    async fn create_assessment(&self, assessment: Assessment) -> Result<Assessment, StoreError> {
        let trace = assessment.trace_id.clone();
        let edit = TraceEdit::CreateAssessment(Box::new(assessment));
        self.edit(&trace, edit).await?.ok_or_else(no_assessment)
    }

    /// Creates those assessments whose ids do not exist on their traces. Traces that do not exist are
    /// ignored.
    async fn create_missing_assessments(
        &self,
        assessments: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        for assessment in assessments {
            match self.create_assessment(assessment).await {
                Ok(_) | Err(StoreError::AssessmentExists { .. } | StoreError::TraceNotFound(_)) => {
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn update_assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
        update: AssessmentUpdate,
    ) -> Result<Assessment, StoreError> {
        let edit = TraceEdit::UpdateAssessment { id: id.clone(), update: Box::new(update) };
        self.edit(trace, edit).await?.ok_or_else(no_assessment)
    }

    async fn delete_assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<(), StoreError> {
        self.edit(trace, TraceEdit::DeleteAssessment { id: id.clone() }).await.map(drop)
    }

    async fn link_prompts(
        &self,
        trace: &TraceId,
        prompts: &[PromptVersion],
    ) -> Result<(), StoreError> {
        self.edit(trace, TraceEdit::LinkPrompts(prompts.to_vec())).await.map(drop)
    }
}

fn no_assessment() -> StoreError {
    StoreError::backend("edit an assessment", "the engine answered none")
}

/// A change of one trace, which an engine applies completely or not at all.
#[derive(Clone, Debug)]
pub enum TraceEdit {
    SetTag {
        key: String,
        value: String,
    },
    /// Fails if the trace has no such tag.
    DeleteTag {
        key: String,
    },
    /// Creates an assessment of the edited trace, and invalidates the one named in its `overrides`.
    /// Fails if the id exists.
    CreateAssessment(Box<Assessment>),
    UpdateAssessment {
        id: AssessmentId,
        update: Box<AssessmentUpdate>,
    },
    /// Does nothing if there is none. The assessment that it overrode becomes valid again.
    DeleteAssessment {
        id: AssessmentId,
    },
    /// Adds links to prompt versions, which are also shown as a tag.
    LinkPrompts(Vec<PromptVersion>),
}

/// The traces of one request.
#[derive(Clone, Debug, Default)]
pub struct Ingest {
    pub source: Source,
    pub traces: Vec<(ExperimentId, TraceSpans)>,
}

/// The result of an `ingest`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestCounts {
    /// Spans stored for the first time.
    pub new: u64,
    /// Spans that were stored already, and were replaced by the new version.
    pub replaced: u64,
}

/// The fields that a masked update sets; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct AssessmentUpdate {
    pub name: Option<String>,
    /// Must be of the same kind as the assessment.
    pub value: Option<AssessmentValue>,
    /// `Some(None)` clears it.
    pub rationale: Option<Option<String>>,
    /// Merged with the present metadata by key.
    pub metadata: Option<std::collections::BTreeMap<String, String>>,
    /// The time of the update.
    pub at: TimestampMs,
}

#[derive(Clone, Debug)]
pub enum Deletion {
    Ids(Vec<TraceId>),
    /// Traces that are no longer kept here, but stay in the archive.
    Expired {
        ids: Vec<TraceId>,
        unarchived: Unarchived,
    },
    /// Traces of this time or older, oldest first, at most `max_traces`.
    UntilTime {
        until: TimestampMs,
        max_traces: Option<u64>,
    },
}

/// The treatment of expired traces with changes that are not in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unarchived {
    /// They stay until they are archived.
    Stay,
    /// They are deleted: there is no archive for them.
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptVersion {
    pub name: String,
    pub version: String,
}
