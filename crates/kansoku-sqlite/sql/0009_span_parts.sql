-- Blocks of columns have more of each span now: its tokens, its parent and what it followed, its self
-- time and its part of the critical path. They are packed anew, and go when one of these changes.
drop trigger metric_blocks_of_changed_spans;
create trigger metric_blocks_of_changed_spans
after update of name, type, status, start_ns, end_ns, parent_id, model, provider, total_tokens,
    input_cost, output_cost, total_cost, first_token_ns on spans
begin
    delete from metric_blocks where block = old.trace >> 11;
end;
delete from metric_blocks;
