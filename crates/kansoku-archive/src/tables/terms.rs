//! The terms of an archived trace: what a filter can compare by equality.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::TagOrMetadataKind;
use kansoku_store::TraceLinks;
use kansoku_store::core::terms::{extend_with_tag_or_metadata, of_spans};
use kansoku_store::core::{assessments, links};

use super::ArchivedTrace;

/// All terms by which the store would find the trace, and perhaps more.
pub(crate) fn terms(trace: &ArchivedTrace) -> BTreeSet<Term<'_>> {
    let info = &trace.info;
    let mut terms = BTreeSet::from([Term::State(info.state.as_str().into())]);
    terms.extend(info.name.as_deref().map(|name| Term::Name(name.into())));
    terms.extend(info.client_request_id.as_deref().map(|id| Term::ClientRequestId(id.into())));
    let kinds =
        [(TagOrMetadataKind::Tag, &info.tags), (TagOrMetadataKind::Metadata, &info.metadata)];
    for (kind, entries) in kinds {
        for (key, value) in entries {
            let (key, value) = (key.as_str().into(), value.as_str().into());
            extend_with_tag_or_metadata(&mut terms, kind, key, value);
        }
    }
    terms.extend(info.assessments.iter().flat_map(|it| assessments::terms(it)));
    terms.extend(links::terms(trace.links()));
    terms.extend(of_spans(&trace.span_rows));
    terms
}

impl ArchivedTrace {
    /// The runs and prompt versions that the trace is linked to. The prompts are in a tag.
    pub fn links(&self) -> TraceLinks {
        TraceLinks {
            run_ids: self.run_ids.iter().map(|run| run.to_string()).collect(),
            prompts: links::linked_prompts(&self.info.tags),
        }
    }
}
