//! The trace of a row, as text.
use std::fmt;

use arrow_array::{Array, RecordBatch, StringArray};
use kansoku_model::TraceId;

use super::Table;
use super::ids::to_hex;

impl Table {
    /// The text in the table's trace column for a trace.
    pub fn encode_trace(self, trace: &TraceId) -> String {
        match self {
            Self::Traces => trace.as_str().to_owned(),
            Self::Spans | Self::Logs | Self::Annotations | Self::Metrics => TraceKey::new(trace).0,
        }
    }

    /// The trace of a row with this text in the trace column; `None` if no trace has it.
    pub(crate) fn decode_trace(self, text: &str) -> Option<TraceId> {
        match self {
            Self::Traces => TraceId::try_from(text.to_owned()).ok(),
            Self::Spans | Self::Logs | Self::Annotations | Self::Metrics => TraceKey::decode(text),
        }
    }
}

/// The column of a batch by which its rows belong to traces.
pub(crate) struct TraceColumn<'a> {
    table: Table,
    texts: &'a StringArray,
    target_types: Option<&'a StringArray>,
}

impl<'a> TraceColumn<'a> {
    /// `None` if rows of the table belong to no traces.
    pub(crate) fn new(table: Table, batch: &'a RecordBatch) -> Option<Self> {
        let strings = |column: &str| batch.column_by_name(column)?.as_any().downcast_ref();
        let texts = strings(table.trace_column()?)?;
        Some(Self { table, texts, target_types: strings("target_type") })
    }

    /// The text of a row for [`TraceColumn::decode`]. A span's target is the trace, a colon, and the
    /// span.
    pub(crate) fn text(&self, row: usize) -> &'a str {
        let text = if self.texts.is_valid(row) { self.texts.value(row) } else { "" };
        let is_span = |types: &StringArray| types.is_valid(row) && types.value(row) == "SPAN";
        match self.target_types.is_some_and(is_span) {
            true => text.rsplit_once(':').map_or(text, |(trace, _)| trace),
            false => text,
        }
    }

    /// The trace with this text; `None` if no trace has it.
    pub(crate) fn decode(&self, text: &str) -> Option<TraceId> {
        self.table.decode_trace(text)
    }
}

/// The trace of a row in the tables of spans, logs and annotations. It has the id that Databricks'
/// SQL expects: the 32 hex digits of the OpenTelemetry trace id.
///
/// Clients of MLflow may choose other ids. These are stored as they are, after a `=` if they could
/// be mistaken for hex digits, so that two traces never have the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceKey(String);

const OTEL_PREFIX: &str = "tr-";
const ESCAPE: char = '=';

impl TraceKey {
    pub fn new(trace: &TraceId) -> Self {
        let id = trace.as_str();
        match id.strip_prefix(OTEL_PREFIX).filter(|hex| is_otel_hex(hex)) {
            Some(hex) => Self(hex.to_owned()),
            None if is_otel_hex(id) || id.starts_with(ESCAPE) => Self(format!("{ESCAPE}{id}")),
            None => Self(id.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace with this key; `None` if no trace has it.
    pub fn decode(key: &str) -> Option<TraceId> {
        let id = match key.strip_prefix(ESCAPE) {
            Some(id) => id.to_owned(),
            None if is_otel_hex(key) => format!("{OTEL_PREFIX}{key}"),
            None => key.to_owned(),
        };
        TraceId::try_from(id).ok()
    }

    /// The OpenTelemetry trace id of a span in hex, unless it follows from this key.
    pub(crate) fn other_otel_hex(&self, trace_id: &[u8]) -> Option<String> {
        let hex = to_hex(trace_id);
        (self.otel_hex() != Some(&hex)).then_some(hex)
    }

    /// The OpenTelemetry trace id that spans of this trace have; `None` if a client chose the id.
    pub(crate) fn otel_hex(&self) -> Option<&str> {
        is_otel_hex(&self.0).then_some(&self.0)
    }
}

impl fmt::Display for TraceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_otel_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_comes_back_from_its_key() {
        let hex = "0af7651916cd43dd8448eb211c80319c";
        for id in [&format!("tr-{hex}"), hex, "=", "==", "tr-short", "TR-x", "trace:/c.s.p/1", "é"]
        {
            let trace = TraceId::try_from((*id).to_owned()).unwrap();
            let key = TraceKey::new(&trace);
            assert_eq!(TraceKey::decode(key.as_str()), Some(trace), "{id}");
        }
    }

    #[test]
    fn only_traces_of_spans_have_hex_keys() {
        let hex = "0af7651916cd43dd8448eb211c80319c";
        let key = |id: &str| TraceKey::new(&TraceId::try_from(id.to_owned()).unwrap());
        assert_eq!(key(&format!("tr-{hex}")).as_str(), hex);
        assert_eq!(key(hex).as_str(), format!("={hex}"));
        assert_eq!(key(&format!("tr-{}", hex.to_uppercase())).otel_hex(), None);
    }
}
