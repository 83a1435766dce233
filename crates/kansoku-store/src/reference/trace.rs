//! One trace in memory.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use kansoku_filter::eval::TraceView;
use kansoku_model::{
    Assessment, AssessmentId, Rank, SpanId, SpanPreviews, SpanRow, TagOrMetadata,
    TagOrMetadataKind, TimestampMs, TraceId, TraceInfo, metadata_key,
};

use crate::core::chunk_payload::ChunkPayload;
use crate::core::fold::tags_and_metadata::TagsAndMetadata;
use crate::core::fold::trace_row::TraceRow;
use crate::core::fold::{Change, trace_info};
use crate::core::span_rows::Totals;
use crate::core::span_rows::totals_of_rows;
use crate::{ChunkId, PromptVersion, TraceLinks};

/// The content of a stored trace.
pub(super) struct Trace {
    pub(super) id: TraceId,
    pub(super) row: TraceRow,
    pub(super) tags_and_metadata: TagsAndMetadata,
    /// The time when its first part arrived.
    pub(super) received: TimestampMs,
    /// The latest version of each span, with the chunk that contains it.
    pub(super) spans: BTreeMap<u64, (ChunkId, SpanRow)>,
    pub(super) chunks: Vec<(ChunkId, Vec<u8>)>,
    pub(super) logs: Vec<(ChunkId, Vec<u8>)>,
    pub(super) previews: HashMap<SpanId, SpanPreviews>,
    /// In the order of creation.
    pub(super) assessments: Vec<Assessment>,
    pub(super) run_ids: BTreeSet<String>,
    pub(super) prompts: BTreeSet<(String, String)>,
}

impl Trace {
    pub(super) fn new(id: TraceId, change: Change, received: TimestampMs) -> Self {
        let (row, tags_and_metadata) = change.into_stored();
        Self {
            id,
            row,
            tags_and_metadata,
            received,
            spans: BTreeMap::new(),
            chunks: Vec::new(),
            logs: Vec::new(),
            previews: HashMap::new(),
            assessments: Vec::new(),
            run_ids: BTreeSet::new(),
            prompts: BTreeSet::new(),
        }
    }

    pub(super) fn open(&self) -> Change {
        let stored = Some((self.row.clone(), self.tags_and_metadata.clone()));
        Change::open(stored, self.id.as_str(), self.row.experiment)
    }

    pub(super) fn close(&mut self, change: Change) {
        (self.row, self.tags_and_metadata) = change.into_stored();
    }

    pub(super) fn rows(&self) -> Vec<SpanRow> {
        self.spans.values().map(|(_, row)| row.clone()).collect()
    }

    pub(super) fn span_totals(&self) -> Totals {
        totals_of_rows(&self.rows())
    }

    pub(super) fn put_previews(&mut self, more: &[SpanPreviews]) {
        for SpanPreviews { span_id, request, response } in more {
            let none = SpanPreviews { span_id: *span_id, request: None, response: None };
            let known = self.previews.entry(*span_id).or_insert(none);
            known.request = request.clone().or(known.request.take());
            known.response = response.clone().or(known.response.take());
        }
    }

    /// Sets missing previews of the row to those from log records of its root span.
    pub(super) fn fill_previews(&mut self) {
        let Some(root) = self.row.root_span() else { return };
        if let Some(found) = self.previews.get(&root) {
            self.row.fill_previews(found);
        }
    }

    pub(super) fn set(&mut self, key: &str, value: Option<&str>) {
        let said = TagOrMetadata { rank: Rank::CLIENT, value: value.map(str::to_owned) };
        self.tags_and_metadata.insert((TagOrMetadataKind::Tag, key.to_owned()), said);
    }

    pub(super) fn assessment_mut(&mut self, id: &AssessmentId) -> Option<&mut Assessment> {
        self.assessments.iter_mut().find(|assessment| assessment.assessment_id == *id)
    }

    /// Adds an assessment, or replaces the one with the same id.
    pub(super) fn put_assessment(&mut self, new: Assessment) {
        match self.assessment_mut(&new.assessment_id) {
            Some(known) => *known = new,
            None => self.assessments.push(new),
        }
    }

    pub(super) fn links(&self) -> TraceLinks {
        let prompt = |(name, version): &(String, String)| PromptVersion {
            name: name.clone(),
            version: version.clone(),
        };
        TraceLinks {
            run_ids: self.run_ids.iter().cloned().collect(),
            prompts: self.prompts.iter().map(prompt).collect(),
        }
    }

    pub(super) fn info(&self) -> TraceInfo {
        trace_info(&self.id, &self.row, &self.tags_and_metadata, self.assessments.clone())
    }

    pub(super) fn tag(&self, key: &str) -> Option<&str> {
        self.tags_and_metadata.get(&(TagOrMetadataKind::Tag, key.to_owned()))?.value.as_deref()
    }

    pub(super) fn session(&self) -> Option<&str> {
        let key = (TagOrMetadataKind::Metadata, metadata_key::SESSION.to_owned());
        self.tags_and_metadata.get(&key)?.value.as_deref()
    }

    pub(super) fn payload_bytes(&self) -> u64 {
        self.chunks.iter().chain(&self.logs).map(|(_, bytes)| bytes.len() as u64).sum()
    }
}

/// A trace as the evaluator reads it.
pub(super) struct Viewed<'a> {
    pub(super) trace: &'a Trace,
    pub(super) info: TraceInfo,
    rows: Vec<SpanRow>,
    run_ids: Vec<String>,
    prompts: Vec<(String, String)>,
    payload: ChunkPayload<'a>,
}

impl<'a> Viewed<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        Self {
            trace,
            info: trace.info(),
            rows: trace.rows(),
            run_ids: trace.run_ids.iter().cloned().collect(),
            prompts: trace.prompts.iter().cloned().collect(),
            payload: ChunkPayload::new(trace.chunks.iter().map(|(_, bytes)| bytes)),
        }
    }

    pub(super) fn view<'b>(&'b self, session_assessments: &'b [Assessment]) -> TraceView<'b> {
        TraceView {
            info: &self.info,
            usage: self.trace.row.usage,
            cost: self.trace.row.cost,
            run_ids: &self.run_ids,
            prompts: &self.prompts,
            spans: &self.rows,
            session_assessments,
            payload: &self.payload,
        }
    }
}
