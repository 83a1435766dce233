//! Spans without payload, from the row of their trace.
use arrow_array::Array;
use kansoku_model::{Cost, Money, SpanId, SpanRow, SpanStatus, TokenUsage};

use super::columns::{Columns, list_range};
use crate::tables::ids::from_hex;
use crate::tables::{Table, TableError};

/// The rows of a trace's spans; empty if they are not in the row of the trace.
pub(super) fn read(columns: &Columns<'_>, row: usize) -> Result<Vec<SpanRow>, TableError> {
    let Some((list, fields)) = columns.struct_lists("span_rows")? else { return Ok(Vec::new()) };
    if list.is_null(row) {
        return Ok(Vec::new());
    }
    list_range(list.value_offsets(), row).map(|at| read_span(&fields, at)).collect()
}

fn read_span(fields: &Columns<'_>, at: usize) -> Result<SpanRow, TableError> {
    let text = |column| Ok(fields.strings(column)?.owned(at));
    let long = |column| Ok(fields.longs(column)?.get(at));
    let money = |column| Ok(fields.doubles(column)?.get(at).map(Money::from_dollars));
    let id = |column| match fields.strings(column)?.get(at) {
        Some(hex) => span_id(column, at, hex).map(Some),
        None => Ok(None),
    };
    let costs = (money("input_cost")?, money("output_cost")?, money("total_cost")?);
    let cost = match costs {
        (Some(input), Some(output), Some(total)) => Some(Cost { input, output, total }),
        _ => None,
    };
    Ok(SpanRow {
        span_id: id("span_id")?.unwrap_or(SpanId(0)),
        parent_id: id("parent_span_id")?,
        name: text("name")?.unwrap_or_default(),
        span_type: text("span_type")?,
        status: match fields.strings("status")?.get(at) {
            Some("OK") => SpanStatus::Ok,
            Some("ERROR") => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        start_ns: long("start_time_unix_nano")?.unwrap_or(0),
        end_ns: long("end_time_unix_nano")?,
        model: text("model")?,
        provider: text("provider")?,
        usage: read_usage(fields, at)?,
        cost,
        cost_given: fields.booleans("cost_given")?.get(at).unwrap_or(false),
        service_tier: text("service_tier")?,
        first_token_ns: long("first_token_unix_nano")?,
        error: text("error")?,
    })
}

fn read_usage(fields: &Columns<'_>, at: usize) -> Result<Option<TokenUsage>, TableError> {
    let count = |column| {
        let number = fields.longs(column)?.get(at);
        Ok(number.map(|number| u64::try_from(number).unwrap_or(0)))
    };
    let sums = (count("input_tokens")?, count("output_tokens")?, count("total_tokens")?);
    let (Some(input_tokens), Some(output_tokens), Some(total_tokens)) = sums else {
        return Ok(None);
    };
    Ok(Some(TokenUsage {
        input_tokens,
        output_tokens,
        total_tokens,
        cache_read_input_tokens: count("cache_read_input_tokens")?,
        cache_creation_input_tokens: count("cache_creation_input_tokens")?,
        cache_creation_input_tokens_above_1hr: count("cache_creation_input_tokens_above_1hr")?,
        reasoning_output_tokens: count("reasoning_output_tokens")?,
    }))
}

fn span_id(column: &'static str, at: usize, hex: &str) -> Result<SpanId, TableError> {
    let bytes = from_hex(hex).and_then(|bytes| bytes.try_into().ok());
    bytes.map(|bytes| SpanId(u64::from_be_bytes(bytes))).ok_or_else(|| TableError::DamagedValue {
        table: Table::Traces,
        column,
        row: at,
        reason: "it is not the hex of a span id".to_owned(),
    })
}
