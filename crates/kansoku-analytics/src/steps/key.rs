//! The key of a step: the name and type of its spans, and the value by which steps are split.
use std::sync::Arc;

use kansoku_store::{NONE, ScanProjection, ScannedTrace, SpanColumns, SpanProjection, TextColumn};
use rustc_hash::FxHashMap;

use crate::breakdown::{Breakdown, UnknownBreakdown};
use crate::filter_text::equals;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepKey {
    pub name: Arc<str>,
    pub span_type: Option<Arc<str>>,
    pub value: Option<Arc<str>>,
}

impl StepKey {
    /// A filter for the traces with a span of this step.
    pub fn filter(&self, split: Option<&StepSplit>) -> String {
        let name = equals("span.name", &self.name);
        let filter = match &self.span_type {
            Some(span_type) => format!("{name} AND {}", equals("span.type", span_type)),
            None => name,
        };
        match (split, &self.value) {
            (None, _) => filter,
            // Clauses of one `AND` list apply to the same span. No filter can express that this
            // span has no value.
            (Some(split), Some(value)) if split.is_of_spans() => {
                format!("{filter} AND {}", split.0.equals(value))
            }
            (Some(split), None) if split.is_of_spans() => filter,
            (Some(split), value) => split.0.filter(&filter, value.as_deref()),
        }
    }
}

/// A field by which steps are split: of the spans themselves, or of their traces.
#[derive(Clone, Debug)]
pub struct StepSplit(Breakdown);

impl StepSplit {
    pub fn parse(text: &str) -> Result<Self, UnknownBreakdown> {
        Breakdown::parse(text).map(Self)
    }

    /// The parts of a trace that the split reads.
    pub fn projection(&self) -> ScanProjection {
        let mut projection = ScanProjection::default();
        if !self.is_of_spans() {
            self.0.project(&mut projection);
        }
        projection
    }

    /// The columns of spans that the split reads.
    pub(super) fn span_projection(&self) -> SpanProjection {
        self.0.span_projection()
    }

    fn is_of_spans(&self) -> bool {
        self.0.is_of_spans()
    }
}

/// The values by which steps are split, numbered.
#[derive(Default)]
pub(super) struct Values {
    texts: Vec<Option<Arc<str>>>,
    numbers: FxHashMap<Option<Arc<str>>, u32>,
}

impl Values {
    pub(super) fn text(&self, number: u32) -> Option<Arc<str>> {
        self.texts.get(number as usize).cloned().flatten()
    }

    fn number(&mut self, text: Option<&str>) -> u32 {
        let text: Option<Arc<str>> = text.map(Into::into);
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    /// The number of each span's value; `None` if the split is not by a field of spans.
    pub(super) fn of_spans(
        &mut self,
        split: Option<&StepSplit>,
        columns: &SpanColumns,
    ) -> Option<Vec<u32>> {
        let TextColumn { texts, codes } = split?.0.span_column(columns)?;
        let none = self.number(None);
        let numbers: Vec<u32> = texts.iter().map(|text| self.number(Some(text))).collect();
        let number = |code: &i64| match *code {
            NONE => none,
            code => usize::try_from(code).ok().and_then(|n| numbers.get(n)).map_or(none, |n| *n),
        };
        Some(codes.iter().map(number).collect())
    }

    /// The numbers of a trace's values; a single one if there is no split, or if it is by a field
    /// of spans.
    pub(super) fn of_trace(
        &mut self,
        split: Option<&StepSplit>,
        trace: Option<&ScannedTrace>,
    ) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(1);
        match split.filter(|split| !split.is_of_spans()).zip(trace) {
            None => numbers.push(self.number(None)),
            Some((split, trace)) => {
                split.0.each_group(trace, &mut |value, _| numbers.push(self.number(value)));
            }
        }
        numbers
    }
}
