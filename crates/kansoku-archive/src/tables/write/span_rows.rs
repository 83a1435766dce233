//! Spans without payload, in the row of their trace.
use kansoku_model::SpanRow;

use super::columns::RowWriter;
use super::traces::to_i64;
use crate::tables::ids::to_hex;

/// About as much as the row of a span takes in memory.
pub(super) const SPAN_ROW_BYTES: usize = 300;

pub(super) fn write(fields: &mut RowWriter<'_>, row: &SpanRow) {
    fields.string("span_id", &to_hex(&row.span_id.0.to_be_bytes()));
    let parent = row.parent_id.map(|parent| to_hex(&parent.0.to_be_bytes()));
    fields.optional_string("parent_span_id", parent.as_deref());
    fields.string("name", &row.name);
    fields.optional_string("span_type", row.span_type.as_deref());
    fields.string("status", row.status.as_str());
    fields.optional_long("start_time_unix_nano", Some(row.start_ns));
    fields.optional_long("end_time_unix_nano", row.end_ns);
    fields.optional_string("model", row.model.as_deref());
    fields.optional_string("provider", row.provider.as_deref());
    let usage = row.usage.as_ref();
    fields.optional_long("input_tokens", usage.map(|usage| to_i64(usage.input_tokens)));
    fields.optional_long("output_tokens", usage.map(|usage| to_i64(usage.output_tokens)));
    fields.optional_long("total_tokens", usage.map(|usage| to_i64(usage.total_tokens)));
    let cached = usage.and_then(|usage| usage.cache_read_input_tokens);
    fields.optional_long("cache_read_input_tokens", cached.map(to_i64));
    let created = usage.and_then(|usage| usage.cache_creation_input_tokens);
    fields.optional_long("cache_creation_input_tokens", created.map(to_i64));
    let for_an_hour = usage.and_then(|usage| usage.cache_creation_input_tokens_above_1hr);
    fields.optional_long("cache_creation_input_tokens_above_1hr", for_an_hour.map(to_i64));
    let reasoning = usage.and_then(|usage| usage.reasoning_output_tokens);
    fields.optional_long("reasoning_output_tokens", reasoning.map(to_i64));
    fields.optional_double("input_cost", row.cost.map(|cost| cost.input.as_dollars()));
    fields.optional_double("output_cost", row.cost.map(|cost| cost.output.as_dollars()));
    fields.optional_double("total_cost", row.cost.map(|cost| cost.total.as_dollars()));
    fields.boolean("cost_given", row.cost_given);
    fields.optional_string("service_tier", row.service_tier.as_deref());
    fields.optional_long("first_token_unix_nano", row.first_token_ns);
    fields.optional_string("error", row.error.as_deref());
}
