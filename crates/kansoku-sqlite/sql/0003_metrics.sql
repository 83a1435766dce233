-- Columns for metrics: what is asked of many traces at once, 2048 of them in a block (see
-- sqlite/aggregate/blocks.rs). They repeat what the rows say, and are made anew when those change.
create table metric_blocks (
    -- the ids of its traces without their last 11 bits
    block        integer primary key,
    -- who is packing it; NULL when it is ready
    claim        integer,
    last_trace   integer,
    -- 1 where there are too many spans to pack: then the rows are read
    rows_only    integer not null default 0,
    from_ms      integer,
    to_ms        integer,
    span_from_ms integer,
    span_to_ms   integer
) strict;
-- The id is the block's with six more bits, the number of the column.
create table metric_columns (
    id    integer primary key,
    bytes blob    not null
) strict;

-- A block is gone as soon as one of its traces changes. New traces are in no block yet; replaced
-- spans and new sessions are told of by whoever writes them.
create trigger metric_blocks_of_changed_traces
after update of experiment_id, request_time_ms, duration_ms, state, name, span_count,
    input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
    cache_creation_input_tokens, cache_creation_input_tokens_above_1hr, reasoning_output_tokens,
    input_cost, output_cost, total_cost on traces
begin
    delete from metric_blocks where block = old.id >> 11;
end;
create trigger metric_blocks_of_deleted_traces after delete on traces
begin
    delete from metric_blocks where block = old.id >> 11;
end;
create trigger metric_blocks_of_changed_spans
after update of name, type, status, start_ns, end_ns, model, provider, input_cost, output_cost,
    total_cost, first_token_ns on spans
begin
    delete from metric_blocks where block = old.trace >> 11;
end;
