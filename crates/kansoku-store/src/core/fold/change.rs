//! A trace before and during a write that changes it.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{
    Cost, ExperimentId, Layer, Rank, TagOrMetadata, TagOrMetadataKind, TokenUsage, TraceFold,
    TraceInfo, TraceState, metadata_key,
};

use super::tags_and_metadata::{self, TagsAndMetadata};
use super::totals;
use super::trace_row::TraceRow;
use crate::core::terms::{self, Position};

pub struct Change {
    /// `None` for a new trace.
    before: Option<TraceRow>,
    tags_and_metadata_before: TagsAndMetadata,
    pub row: TraceRow,
    tags_and_metadata: TagsAndMetadata,
}

/// Index entries of a trace that a write removes and adds.
pub struct TermDiff<'a> {
    /// The position of the trace before the write; `None` for a new trace.
    pub from: Option<Position>,
    pub removed: BTreeSet<Term<'a>>,
    pub to: Position,
    pub added: BTreeSet<Term<'a>>,
    /// Whether the position changes. Then the terms of its spans, assessments and links, which only
    /// the engine knows, must move too.
    pub is_moved: bool,
}

impl Change {
    /// Opens a stored trace, or creates one in `experiment` if `stored` is `None`.
    pub fn open(
        stored: Option<(TraceRow, TagsAndMetadata)>,
        trace_id: &str,
        experiment: ExperimentId,
    ) -> Self {
        let Some((row, tags_and_metadata)) = stored else {
            let row = TraceRow::new(trace_id.to_owned(), experiment);
            let (tags_and_metadata_before, tags_and_metadata) = Default::default();
            return Self { before: None, tags_and_metadata_before, row, tags_and_metadata };
        };
        Self {
            before: Some(row.clone()),
            tags_and_metadata_before: tags_and_metadata.clone(),
            row,
            tags_and_metadata,
        }
    }

    /// The row, tags and metadata to store.
    pub fn into_stored(self) -> (TraceRow, TagsAndMetadata) {
        (self.row, self.tags_and_metadata)
    }

    pub fn merge_spans(&mut self, fold: &TraceFold) {
        self.row.merge_spans(fold);
        for (key, value) in &fold.tags_and_metadata {
            tags_and_metadata::merge(&mut self.tags_and_metadata, key.clone(), value.clone());
        }
    }

    pub fn merge_info(&mut self, info: &TraceInfo) {
        self.row.merge_info(info);
        let tags = info.tags.iter().map(|entry| (TagOrMetadataKind::Tag, entry));
        let metadata = info.metadata.iter().map(|entry| (TagOrMetadataKind::Metadata, entry));
        for (kind, (key, value)) in tags.chain(metadata) {
            let said = TagOrMetadata { rank: Rank::CLIENT, value: Some(value.clone()) };
            tags_and_metadata::merge(&mut self.tags_and_metadata, (kind, key.clone()), said);
        }
    }

    /// Sets the totals: those that a client wrote, or else the given ones, which are those of the
    /// spans.
    pub fn set_totals(&mut self, (usage, cost): (Option<TokenUsage>, Option<Cost>)) {
        let said = self.said_by_client(metadata_key::TOKEN_USAGE);
        self.row.usage = said.and_then(|text| serde_json::from_str(text).ok()).or(usage);
        let said = self.said_by_client(metadata_key::COST);
        self.row.cost = said.and_then(totals::parse_cost).or(cost);
    }

    fn said_by_client(&self, key: &str) -> Option<&str> {
        let said = self.tags_and_metadata.get(&(TagOrMetadataKind::Metadata, key.to_owned()))?;
        said.value.as_deref().filter(|_| said.rank.layer == Layer::Client)
    }

    /// Whether the row of a stored trace must be updated; `false` for a new trace, which is
    /// inserted.
    pub fn is_row_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| *before != self.row)
    }

    /// Tags and metadata that must be written. Rows are never removed; a deletion is an entry, too.
    pub fn changed_tags_and_metadata(
        &self,
    ) -> impl Iterator<Item = (TagOrMetadataKind, &str, &TagOrMetadata)> {
        let changed = self.tags_and_metadata.iter();
        let changed =
            changed.filter(|(key, new)| self.tags_and_metadata_before.get(key) != Some(new));
        changed.map(|((kind, key), new)| (*kind, key.as_str(), new))
    }

    /// The previous experiment, if the trace moves to another one.
    pub fn experiment_left(&self) -> Option<ExperimentId> {
        let before = self.before.as_ref().map(|before| before.experiment);
        before.filter(|before| *before != self.row.experiment)
    }

    /// The final state that the write gives the trace; `None` if it had this state before.
    pub fn final_state_reached(&self) -> Option<TraceState> {
        let before = self.before.as_ref().map(|before| before.state);
        Some(self.row.state).filter(|state| state.is_final() && before != Some(*state))
    }

    /// The difference between the index entries before and after. `added` are the terms of spans,
    /// assessments and links that are written together with the row.
    pub fn term_diff<'a>(&'a self, added: BTreeSet<Term<'a>>) -> TermDiff<'a> {
        let to = Position::from_row(&self.row);
        let mut after = terms::of_trace(&self.row, &self.tags_and_metadata);
        let Some(before) = &self.before else {
            after.extend(added);
            let removed = BTreeSet::new();
            return TermDiff { from: None, removed, to, added: after, is_moved: false };
        };
        let own_before = terms::of_trace(before, &self.tags_and_metadata_before);
        let from = Position::from_row(before);
        if from != to {
            // The added terms belong to rows that are already stored, so the engine moves them.
            return TermDiff {
                from: Some(from),
                removed: own_before,
                to,
                added: after,
                is_moved: true,
            };
        }
        let removed = own_before.difference(&after).cloned().collect();
        let added = after.difference(&own_before).chain(&added).cloned().collect();
        TermDiff { from: Some(from), removed, to, added, is_moved: false }
    }
}

#[cfg(test)]
mod tests;
