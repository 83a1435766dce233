-- What lists of traces show. Why a span failed, in one line; NULL where nothing says it, and for
-- spans from before there was this column.
alter table spans add column error text;

-- Few spans fail: this finds them, and tells a trace without any from one with some.
create index failed_spans on spans (trace) where status = 2;

-- A search somebody wants to come back to, as the query string of its page.
create table saved_views (
    view_id        text    primary key,
    experiment_id  integer not null,
    name           text    not null,
    state          text    not null,
    create_time_ms integer not null,
    update_time_ms integer not null
) strict;
create index saved_views_by_experiment on saved_views (experiment_id, create_time_ms);
