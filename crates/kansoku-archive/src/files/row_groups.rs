//! The row groups of a table of traces, by time and terms.
use std::collections::HashSet;

use arrow_array::RecordBatch;
use kansoku_filter::Term;
use kansoku_model::{Assessment, ExperimentId, TimestampMs};
use kansoku_store::RowGroupIndex;
use parquet::bloom_filter::Sbbf;

use crate::tables::{TableError, read_traces, terms};

/// The share of absent terms for which the filter says that they may be present.
const FALSE_POSITIVES: f64 = 0.01;

/// Collects the index of the row groups while rows are written.
#[derive(Debug, Default)]
pub(super) struct RowGroups {
    /// The hashes of the terms in the row group that is being written.
    terms: HashSet<i64>,
    /// Whether the rows of some spans are not in the row of their trace, so that terms are missing.
    lacks_terms: bool,
    times: Option<(TimestampMs, TimestampMs)>,
    rows: u64,
    finished: Vec<RowGroupIndex>,
}

impl RowGroups {
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        for trace in read_traces(batch)? {
            let (experiment, time) = (trace.info.experiment_id, trace.info.request_time);
            self.lacks_terms |= !trace.has_all_rows();
            let indexed = terms(&trace);
            let indexed = indexed.iter().filter(|term| term.is_indexed());
            self.terms.extend(indexed.map(|term| term.hash(experiment)));
            if trace.info.assessments.iter().any(Assessment::is_of_session) {
                self.terms.insert(session_assessed(experiment));
            }
            let (min, max) = self.times.unwrap_or((time, time));
            self.times = Some((min.min(time), max.max(time)));
            self.rows += 1;
        }
        Ok(())
    }

    pub(super) fn end_row_group(&mut self) {
        let Some((min_time, max_time)) = self.times.take() else { return };
        let terms = std::mem::take(&mut self.terms);
        let terms = match std::mem::take(&mut self.lacks_terms) {
            true => Vec::new(),
            false => encode(&terms),
        };
        let rows = std::mem::take(&mut self.rows);
        self.finished.push(RowGroupIndex { rows, min_time, max_time, terms });
    }

    pub(super) fn finish(self) -> Vec<RowGroupIndex> {
        self.finished
    }
}

/// A Bloom filter of the terms, in the form that Parquet defines.
fn encode(terms: &HashSet<i64>) -> Vec<u8> {
    let mut filter = Sbbf::new_with_ndv_fpp(terms.len().max(1) as u64, FALSE_POSITIVES)
        .expect("the share is between 0 and 1");
    terms.iter().for_each(|term| filter.insert(term));
    let mut bytes = Vec::new();
    filter.write_bitset(&mut bytes).expect("a vector takes any bytes");
    bytes
}

/// Whether traces of a row group may have assessments of their sessions as a whole.
pub fn may_assess_sessions(row_group: &RowGroupIndex, experiment: ExperimentId) -> bool {
    may_have_a_term(row_group, &[session_assessed(experiment)])
}

/// In place of a term. No filter asks for assessments of this kind.
fn session_assessed(experiment: ExperimentId) -> i64 {
    Term::Assessed { kind: "session".into(), name: "".into() }.hash(experiment)
}

/// Whether traces of a row group may have one of the terms. Without a filter they may have any.
pub fn may_have_a_term(row_group: &RowGroupIndex, terms: &[i64]) -> bool {
    const BLOCK_BYTES: usize = 32;
    if row_group.terms.is_empty() || !row_group.terms.len().is_multiple_of(BLOCK_BYTES) {
        return true;
    }
    let filter = Sbbf::new(&row_group.terms);
    terms.iter().any(|term| filter.check(term))
}
