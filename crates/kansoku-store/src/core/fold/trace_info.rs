//! The conversion of a stored trace to its info.
use std::collections::BTreeMap;

use kansoku_model::{Assessment, DurationMs, TagOrMetadataKind, TraceId, TraceInfo, metadata_key};

use super::client_overrides::ClientOverrides;
use super::tags_and_metadata::TagsAndMetadata;
use super::totals;
use super::trace_row::TraceRow;

/// `assessments` must be in the order of creation.
pub fn trace_info(
    id: &TraceId,
    row: &TraceRow,
    tags_and_metadata: &TagsAndMetadata,
    mut assessments: Vec<Assessment>,
) -> TraceInfo {
    let totals = [
        (metadata_key::TOKEN_USAGE, row.usage.as_ref().map(totals::usage)),
        (metadata_key::COST, row.cost.as_ref().map(totals::cost)),
    ];
    let shown = totals.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?)));
    let mut metadata: BTreeMap<_, _> = shown.collect();
    // Totals that a client wrote replace those of the spans.
    metadata.extend(entries(tags_and_metadata, TagOrMetadataKind::Metadata));
    assessments.sort_by_key(|assessment| assessment.create_time);
    TraceInfo {
        trace_id: id.clone(),
        experiment_id: row.experiment,
        client_request_id: row.client_request_id.clone(),
        request_time: row.request_time,
        execution_duration: row.duration_ms.map(DurationMs),
        state: row.state,
        name: row.name.clone(),
        request_preview: row.request_preview.clone(),
        response_preview: row.response_preview.clone(),
        metadata,
        tags: entries(tags_and_metadata, TagOrMetadataKind::Tag),
        assessments,
        span_count: row.span_count,
        finalized: row.given.has(ClientOverrides::INFO),
    }
}

/// The tags or the metadata of a trace, without deleted ones.
fn entries(tags_and_metadata: &TagsAndMetadata, of: TagOrMetadataKind) -> BTreeMap<String, String> {
    let entries = tags_and_metadata.iter().filter(|((kind, _), _)| *kind == of);
    entries.filter_map(|((_, key), entry)| Some((key.clone(), entry.value.clone()?))).collect()
}
