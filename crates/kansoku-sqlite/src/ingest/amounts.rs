//! Token counts and costs as columns.
use kansoku_model::{Cost, Money, TokenUsage};
use rusqlite::Row;

/// Token counts as SQLite's signed integers; larger counts saturate.
pub(crate) struct UsageColumns {
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) total: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_creation: Option<i64>,
    pub(crate) cache_creation_above_1hr: Option<i64>,
    pub(crate) reasoning: Option<i64>,
}

impl UsageColumns {
    pub(crate) fn from_usage(usage: Option<TokenUsage>) -> Self {
        let column = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let optional = |tokens: fn(TokenUsage) -> Option<u64>| usage.and_then(tokens).map(column);
        Self {
            input: usage.map(|u| column(u.input_tokens)),
            output: usage.map(|u| column(u.output_tokens)),
            total: usage.map(|u| column(u.total_tokens)),
            cache_read: optional(|u| u.cache_read_input_tokens),
            cache_creation: optional(|u| u.cache_creation_input_tokens),
            cache_creation_above_1hr: optional(|u| u.cache_creation_input_tokens_above_1hr),
            reasoning: optional(|u| u.reasoning_output_tokens),
        }
    }
}

/// Reads seven columns, starting at `first`. There is no usage without a total.
pub(crate) fn usage_from_row(
    row: &Row<'_>,
    first: usize,
) -> Result<Option<TokenUsage>, rusqlite::Error> {
    usage_from_columns(|column| row.get(first + column))
}

/// As [`usage_from_row`], with columns read by `get`.
pub(crate) fn usage_from_columns(
    get: impl Fn(usize) -> Result<Option<i64>, rusqlite::Error>,
) -> Result<Option<TokenUsage>, rusqlite::Error> {
    let column = |at| get(at).map(|n| n.map(i64::cast_unsigned));
    let Some(total_tokens) = column(2)? else { return Ok(None) };
    Ok(Some(TokenUsage {
        input_tokens: column(0)?.unwrap_or(0),
        output_tokens: column(1)?.unwrap_or(0),
        total_tokens,
        cache_read_input_tokens: column(3)?,
        cache_creation_input_tokens: column(4)?,
        cache_creation_input_tokens_above_1hr: column(5)?,
        reasoning_output_tokens: column(6)?,
    }))
}

pub(crate) struct CostColumns {
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) total: Option<i64>,
}

impl CostColumns {
    pub(crate) fn from_cost(cost: Option<Cost>) -> Self {
        Self {
            input: cost.map(|c| c.input.0),
            output: cost.map(|c| c.output.0),
            total: cost.map(|c| c.total.0),
        }
    }
}

/// Reads three columns, starting at `first`. There is no cost without a total.
pub(crate) fn cost_from_row(row: &Row<'_>, first: usize) -> Result<Option<Cost>, rusqlite::Error> {
    cost_from_columns(|column| row.get(first + column))
}

/// As [`cost_from_row`], with columns read by `get`.
pub(crate) fn cost_from_columns(
    get: impl Fn(usize) -> Result<Option<i64>, rusqlite::Error>,
) -> Result<Option<Cost>, rusqlite::Error> {
    let column = |at| get(at).map(|n| n.map(Money));
    let Some(total) = column(2)? else { return Ok(None) };
    let (input, output) = (column(0)?.unwrap_or_default(), column(1)?.unwrap_or_default());
    Ok(Some(Cost { input, output, total }))
}
