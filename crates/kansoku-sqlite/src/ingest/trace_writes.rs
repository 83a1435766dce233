//! [`TraceWrites`] on SQLite: every write goes through the writer.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use kansoku_model::{Assessment, ExperimentId, RunId, TraceId, TraceInfo};

use crate::SqliteStore;
use crate::engine::tx::Tx;
use crate::error::EngineError;
use crate::ingest::traces::{self, Prepared};
use crate::ingest::{assessments, delete, links, tags};
use crate::reads::infos;
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::{Deletion, Ingest, IngestCounts, StoreError, TraceEdit, TraceWrites};

/// The size of a queued assessment, by estimate.
const ASSESSMENT_BYTES: usize = 512;

#[async_trait]
impl TraceWrites for SqliteStore {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        let _under_way = UnderWay::begin(&self.codec);
        // Compression runs on the caller's thread, so that the writer only binds and steps.
        let Ingest { source, traces } = ingest;
        let prepared = traces.into_iter().map(|trace| Prepared::new(&self.codec, trace));
        let mut prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        for trace in &mut prepared {
            trace.offload(&self.codec, &self.writer).await?;
            self.writer.check_size(trace.bytes())?;
        }
        let now = self.options.clock.now();
        let mut counts = IngestCounts::default();
        // If a later write fails, the client sends everything again, which is harmless.
        for some in traces::writes(prepared, self.options.queue_bytes_max) {
            let bytes = some.iter().map(Prepared::bytes).sum();
            let source = source.clone();
            let append = move |tx: &Tx<'_>| traces::append_all(tx, &source, &some, now);
            let IngestCounts { new, replaced } =
                self.writer.run_checked("append spans", bytes, append).await?;
            counts.new += new;
            counts.replaced += replaced;
        }
        Ok(counts)
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        let bytes = info_bytes(&info);
        self.writer.check_size(bytes)?;
        let now = self.options.clock.now();
        let upsert = move |db: &Tx<'_>| {
            traces::upsert_info(db, &info, now)?;
            infos::info(db, &info.trace_id)
        };
        self.writer.run("write a trace's info", bytes, upsert).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        let trace = trace.clone();
        match edit {
            TraceEdit::SetTag { key, value } => {
                let bytes = value.len();
                let set = move |db: &Tx<'_>| tags::set(db, &trace, &key, &value);
                self.writer.run("set a tag", bytes, set).await?;
            }
            TraceEdit::DeleteTag { key } => {
                let delete = move |db: &Tx<'_>| tags::delete(db, &trace, &key);
                self.writer.run("delete a tag", 0, delete).await?;
            }
            TraceEdit::CreateAssessment(assessment) => {
                let assessment = Assessment { trace_id: trace, ..*assessment };
                let now = self.options.clock.now();
                let create = move |db: &Tx<'_>| assessments::create(db, assessment, now);
                return self.writer.run("create an assessment", 0, create).await.map(Some);
            }
            TraceEdit::UpdateAssessment { id, update } => {
                let update = move |db: &Tx<'_>| assessments::update(db, &trace, &id, *update);
                return self.writer.run("update an assessment", 0, update).await.map(Some);
            }
            TraceEdit::DeleteAssessment { id } => {
                let delete = move |db: &Tx<'_>| assessments::delete(db, &trace, &id);
                self.writer.run("delete an assessment", 0, delete).await?;
            }
            TraceEdit::LinkPrompts(prompts) => {
                let link = move |db: &Tx<'_>| links::link_prompts(db, &trace, &prompts);
                self.writer.run("link prompts to a trace", 0, link).await?;
            }
        }
        Ok(None)
    }

    async fn create_missing_assessments(
        &self,
        assessments: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let bytes = assessments.len() * ASSESSMENT_BYTES;
        let create = move |db: &Tx<'_>| assessments::create_missing(db, assessments, now);
        self.writer.run("create assessments", bytes, create).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        let delete = move |db: &Tx<'_>| delete::delete(db, experiment, which);
        self.writer.run_freeing("delete traces", delete).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        let (run, traces) = (run.clone(), traces.to_vec());
        self.writer
            .run("link traces to a run", 0, move |db| links::link_run(db, &run, &traces))
            .await
    }
}

impl SqliteStore {
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        write: impl FnOnce(&Tx<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(doing, 0, write).await
    }
}

/// Keeps the count of ingest requests in progress.
struct UnderWay(Arc<Codec>);

impl UnderWay {
    fn begin(codec: &Arc<Codec>) -> Self {
        codec.ingests.fetch_add(1, Ordering::Relaxed);
        Self(codec.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ingests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Approximate memory of an info in the queue, in bytes.
fn info_bytes(info: &TraceInfo) -> usize {
    let entries = info.tags.iter().chain(&info.metadata);
    let previews = [&info.request_preview, &info.response_preview];
    entries.map(|(key, value)| key.len() + value.len()).sum::<usize>()
        + previews.into_iter().flatten().map(String::len).sum::<usize>()
        + info.assessments.len() * ASSESSMENT_BYTES
}
