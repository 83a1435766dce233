//! The columns of metrics as SQL over `traces t` and `spans s`.
use kansoku_store::core::columns::column::Column;

/// The SQL expression of a column. Columns that are computed from whole traces are `null`: no
/// expression over one row yields them.
pub(super) fn expression(column: Column) -> &'static str {
    match column {
        Column::Experiment => "t.experiment_id",
        Column::Time => "t.request_time_ms",
        Column::Latency => "t.duration_ms",
        Column::Status => "t.state",
        Column::Name => "t.name",
        Column::Session => {
            "(select m.value from trace_metadata m
              where m.trace = t.id and m.key = 'mlflow.trace.session')"
        }
        Column::Spans => "(select count(*) from spans s where s.trace = t.id)",
        Column::InputTokens => "t.input_tokens",
        Column::OutputTokens => "t.output_tokens",
        Column::TotalTokens => "t.total_tokens",
        Column::CacheReadTokens => "t.cache_read_input_tokens",
        Column::CacheCreationTokens => "t.cache_creation_input_tokens",
        Column::CacheCreationAbove1hrTokens => "t.cache_creation_input_tokens_above_1hr",
        Column::ReasoningTokens => "t.reasoning_output_tokens",
        Column::InputCost => "t.input_cost",
        Column::OutputCost => "t.output_cost",
        Column::TotalCost => "t.total_cost",
        Column::SpanStart => "s.start_ns / 1000000",
        Column::SpanLatency => "(s.end_ns - s.start_ns) / 1000000",
        Column::SpanFirstToken => "(s.first_token_ns - s.start_ns) / 1000000",
        Column::SpanName => "s.name",
        Column::SpanType => "s.type",
        Column::SpanStatus => "case s.status when 1 then 'OK' when 2 then 'ERROR' else 'UNSET' end",
        Column::SpanModelName => "s.model",
        Column::SpanModelProvider => "s.provider",
        Column::SpanInputCost => "s.input_cost",
        Column::SpanOutputCost => "s.output_cost",
        Column::SpanTotalCost => "s.total_cost",
        Column::SpanTotalTokens => "s.total_tokens",
        Column::SpanParent
        | Column::SpanPrevious
        | Column::SpanDuration
        | Column::SpanChildren
        | Column::SpanOffPath => "null",
    }
}
