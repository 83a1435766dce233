-- What scorers use of models, and what they may use in one day.

create table scorer_usage (
    experiment_id integer not null,
    -- In UTC, counted from 1970-01-01.
    day           integer not null,
    -- A scorer may be deleted; what it used still counts.
    scorer_id     text    not null,
    calls         integer not null,
    failures      integer not null,
    input_tokens  integer not null,
    output_tokens integer not null,
    -- In 10^-12 dollars.
    cost          integer not null,
    skipped       integer not null,
    primary key (experiment_id, day, scorer_id)
) without rowid, strict;

create table scoring_budgets (
    experiment_id integer not null,
    -- Empty for all scorers of the experiment together.
    scorer_id     text    not null,
    calls         integer,
    -- In 10^-12 dollars.
    cost          integer,
    primary key (experiment_id, scorer_id)
) without rowid, strict;
