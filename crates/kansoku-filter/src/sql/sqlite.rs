//! SQL for the embedded engine: its tables, functions and syntax.
//!
//! [`number`], `text`, `span_text` and `span_number` locate the fields; the other files compose conditions and
//! orders.
mod datasets;
mod experiments;
mod issues;
mod logged_models;
mod order;
mod registry;
mod runs;
mod traces;
mod writer;

use kansoku_model::{TagOrMetadataKind, metadata_key};

use crate::catalog::{NumberField, SpanField, SpanNumber, TextField};
use writer::{Place, Writer};

pub use datasets::{dataset_condition, dataset_order_by};
pub use experiments::{experiment_condition, experiment_order_by};
pub use issues::issue_condition;
pub use logged_models::{logged_model_condition, logged_model_order_by};
pub use order::{trace_order_by, trace_order_columns, traces_after};
pub use registry::{
    model_version_condition, model_version_order_by, registered_model_condition,
    registered_model_order_by,
};
pub use runs::{RunEntry, run_candidates, run_condition, run_entries, run_order_by};
pub use traces::trace_condition;

/// The SQL expression of a number of `traces t`.
pub fn number(field: NumberField) -> &'static str {
    match field {
        NumberField::Timestamp => "t.request_time_ms",
        NumberField::ExecutionTime => "t.duration_ms",
        NumberField::EndTime => "(t.request_time_ms + coalesce(t.duration_ms, 0))",
        NumberField::Tokens => "t.total_tokens",
        NumberField::Cost => "t.total_cost",
        NumberField::RetrieverCount => {
            "(select count(*) from spans s where s.trace = t.id and s.type = 'RETRIEVER')"
        }
    }
}

fn text(field: &TextField) -> Place<'_> {
    match field {
        TextField::TraceId => Place::Column("t.trace_id"),
        TextField::ClientRequestId => Place::Column("t.client_request_id"),
        TextField::Status => Place::Column("t.state"),
        TextField::Name => Place::Column("t.name"),
        TextField::Tag(key) => entry(TagOrMetadataKind::Tag, key),
        TextField::Metadata(key) => match total(key) {
            Some(total) => Place::FirstOf(vec![entry(TagOrMetadataKind::Metadata, key), total]),
            None => entry(TagOrMetadataKind::Metadata, key),
        },
        TextField::Version | TextField::Environment => {
            let places = field.places().iter();
            Place::FirstOf(places.map(|(kind, key)| entry(*kind, key)).collect())
        }
    }
}

/// The SQL expression of a text of `spans s`. Fields in the payload need `span_chunks c` in the
/// statement.
fn span_text(field: &SpanField, writer: &mut Writer) -> String {
    match field {
        SpanField::Name => "s.name".to_owned(),
        SpanField::Type => "s.type".to_owned(),
        SpanField::Status => {
            "case s.status when 1 then 'OK' when 2 then 'ERROR' else 'UNSET' end".to_owned()
        }
        SpanField::Model => "s.model".to_owned(),
        SpanField::Provider => "s.provider".to_owned(),
        SpanField::Content => SPAN_JSON.to_owned(),
        SpanField::Attribute(key) => {
            format!("span_attribute(c.id, c.bytes, s.span_id, {})", writer.text_param(key))
        }
    }
}

/// The expression of a number of `spans s`.
fn span_number(field: SpanNumber) -> &'static str {
    match field {
        SpanNumber::Duration => "max(s.end_ns - s.start_ns, 0) / 1000",
        SpanNumber::Tokens => "s.total_tokens",
        SpanNumber::Cost => "s.total_cost",
    }
}

/// The expression of a metadata value that is computed, unless a client has set it.
fn total(key: &str) -> Option<Place<'static>> {
    Some(Place::Column(match key {
        metadata_key::TOKEN_USAGE => {
            "usage_json(t.input_tokens, t.output_tokens, t.total_tokens, \
             t.cache_read_input_tokens, t.cache_creation_input_tokens, \
             t.cache_creation_input_tokens_above_1hr, t.reasoning_output_tokens)"
        }
        metadata_key::COST => "cost_json(t.input_cost, t.output_cost, t.total_cost)",
        _ => return None,
    }))
}

const SPAN_JSON: &str = "span_json(c.id, c.bytes, s.span_id)";

fn entry(kind: TagOrMetadataKind, key: &str) -> Place<'_> {
    let table = match kind {
        TagOrMetadataKind::Tag => "trace_tags",
        TagOrMetadataKind::Metadata => "trace_metadata",
    };
    Place::Entry { table, owner: "trace = t.id", key }
}
