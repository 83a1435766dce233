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

-- Both previews in one, compressed like spans (the functions are in sqlite/previews.rs).
alter table traces add column previews blob;
update traces set previews = pack_previews(request_preview, response_preview);
alter table traces drop column request_preview;
alter table traces drop column response_preview;

-- A trace's totals are columns; what was written of them as text is made anew when it is read.
delete from trace_metadata
    where layer = 1 and key in ('mlflow.trace.tokenUsage', 'mlflow.trace.cost');

-- The inverted index in blocks: a row is the newest entry of a term, and `older` those that came
-- with it (see sqlite/postings.rs). `oldest_ms` is NULL where there is one entry only.
create table postings (
    term      integer not null,
    time_ms   integer not null,
    trace     integer not null,
    count     integer not null,
    oldest_ms integer,
    older     blob,
    primary key (term, time_ms, trace)
) without rowid, strict;
insert into postings (term, time_ms, trace, count) select term, time_ms, trace, 1 from trace_terms;
drop table trace_terms;

-- Texts that many chunks share; a frame of zstd names the one it was made with.
create table dictionaries (
    id         integer primary key,
    bytes      blob    not null,
    created_ms integer not null
) strict;

-- spans: OTLP TracesData; logs: OTLP LogsData of records that belong to spans.
alter table span_chunks add column kind integer not null default 0;
-- Where the bytes are too many for this table: the name of the file that has them.
alter table span_chunks add column blob text;
alter table span_chunks add column raw_bytes integer;

-- Previews that log records gave for spans; the root's own win.
create table span_previews (
    trace    integer not null,
    span_id  integer not null,
    request  text,
    response text,
    primary key (trace, span_id)
) without rowid, strict;

-- Traces of more than one chunk, until these are sealed into one.
create table unsealed (
    trace      integer primary key,
    -- when a chunk came last, by our clock
    touched_ms integer not null
) strict;
insert into unsealed (trace, touched_ms)
    select trace, 0 from span_chunks group by trace having 1 < count(*);

-- What came from whom. One row per sender and service.
create table ledger (
    token             text    not null,
    client            text    not null,
    door              text    not null,
    service_name      text    not null,
    first_seen_ms     integer not null,
    last_seen_ms      integer not null,
    stored            integer not null default 0,
    duplicate         integer not null default 0,
    rejected          integer not null default 0,
    rejected_requests integer not null default 0,
    log_records       integer not null default 0,
    bytes             integer not null default 0,
    primary key (token, client, door, service_name)
) without rowid, strict;
create table ledger_deleted (spans integer not null) strict;
insert into ledger_deleted (spans) values (0);
-- Spans from before there was a ledger, so that it adds up.
insert into ledger (token, client, door, service_name, first_seen_ms, last_seen_ms, stored)
    select '', '(before the ledger)', 'otlp-http', '', 0, 0, count(*) from spans
    having 0 < count(*);

create table rejections (
    id           integer primary key autoincrement,
    at_ms        integer not null,
    token        text    not null,
    client       text    not null,
    door         text    not null,
    service_name text    not null,
    spans        integer not null,
    reason       text    not null
) strict;
