-- What tokens cost, in units of 10^-12 US dollars, and the kinds of tokens that cost apart.
alter table traces add column cache_creation_input_tokens_above_1hr integer;
alter table traces add column reasoning_output_tokens integer;
alter table traces add column input_cost  integer;
alter table traces add column output_cost integer;
alter table traces add column total_cost  integer;

alter table spans add column cache_creation_input_tokens_above_1hr integer;
alter table spans add column reasoning_output_tokens integer;
alter table spans add column input_cost  integer;
alter table spans add column output_cost integer;
alter table spans add column total_cost  integer;
-- 1 where the span said its cost itself; a price list never replaces that.
alter table spans add column cost_given integer not null default 0;
-- What the provider was asked for or billed by: batch, flex, priority, …
alter table spans add column service_tier text;
-- When the first token of a streamed answer came.
alter table spans add column first_token_ns integer;
