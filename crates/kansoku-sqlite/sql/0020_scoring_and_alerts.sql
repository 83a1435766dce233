-- Scorers that could not assess a trace or session.

create table scoring_failures (
    id            integer primary key autoincrement,
    -- The id of the job that failed.
    failure_id    text    not null unique,
    experiment_id integer not null,
    scorer_id     text    not null,
    scorer        text    not null,
    version       integer not null,
    trace_id      text    not null,
    session       text,
    reason        text    not null,
    attempts      integer not null,
    time_ms       integer not null
) strict;
create index scoring_failures_by_scorer on scoring_failures (experiment_id, scorer_id, id);
create index scoring_failures_by_trace on scoring_failures (trace_id);

-- Scorers that assess traces which ended before, in small steps.
create table backfills (
    id                   integer primary key autoincrement,
    backfill_id          text    not null unique,
    experiment_id        integer not null,
    -- A JSON array with id, name, version and sampling rate.
    scorers              text    not null,
    filter               text    not null,
    from_ms              integer,
    to_ms                integer,
    -- Whether only traces are selected that another version of the scorer assessed.
    only_former          integer not null,
    created_by           text,
    created_ms           integer not null,
    -- How many traces matched when it was created, and whether all were counted.
    selected             integer not null,
    is_selected_complete integer not null,
    state                text    not null,
    -- The page token after the last trace that was looked at.
    cursor               text,
    is_walked            integer not null default 0,
    looked_at            integer not null default 0,
    jobs_added           integer not null default 0,
    checked              integer not null default 0,
    -- When it was done or cancelled.
    finished_ms          integer
) strict;
create index backfills_by_experiment on backfills (experiment_id, id);
create index backfills_unfinished on backfills (id) where finished_ms is null;

-- People give feedback on few of the traces that scorers judge; by this index, those are found without
-- reading the others.
create index feedback_of_people on assessments (name)
    where kind = 'feedback' and source_type = 'HUMAN' and valid = 1;

-- Alert rules, and the alerts that they caused.

create table alert_rules (
    rule_id        text    primary key,
    experiment_id  integer not null,
    -- JSON objects: the rule as its owner wrote it, and what its evaluations found.
    settings       text    not null,
    state          text    not null,
    -- The URL of a Slack webhook, encrypted; never part of a response.
    slack_url      text,
    muted_until_ms integer,
    revision       integer not null,
    created_ms     integer not null,
    last_update_ms integer not null
) strict;
create index alert_rules_by_experiment on alert_rules (experiment_id);

create table alert_events (
    event_id      text    primary key,
    rule_id       text    not null,
    experiment_id integer not null,
    start_ms      integer not null,
    -- A JSON object: the whole alert.
    event         text    not null
) strict;
create index alert_events_by_experiment on alert_events (experiment_id, start_ms, event_id);
create index alert_events_by_rule on alert_events (rule_id, start_ms, event_id);

-- Jobs are looked for by subject where those of other subjects, which may be many, cannot be done now.
drop index jobs_waiting;
create index jobs_waiting on jobs (queue, subject, due_ms, id) where state = 'waiting';
