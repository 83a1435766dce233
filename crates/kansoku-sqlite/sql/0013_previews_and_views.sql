-- The model calls whose texts are the previews of a trace without root previews: an earlier first call
-- or a later last call replaces them.
alter table traces add column request_call_ns integer;
alter table traces add column request_call integer;
alter table traces add column response_call_ns integer;
alter table traces add column response_call integer;

-- The position of a saved view in its experiment. Views without one follow, sorted by name.
alter table saved_views add column position integer;
