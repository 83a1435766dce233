-- Issues: problems that traces show.
create table issues (
    issue_id            text    primary key,
    experiment_id       integer not null,
    name                text    not null,
    description         text    not null,
    -- pending, rejected or resolved
    status              text    not null,
    -- 0 not_an_issue, 1 low, 2 medium, 3 high; NULL where nobody said
    severity            integer,
    -- JSON lists of texts
    root_causes         text    not null,
    categories          text    not null,
    source_run_id       text,
    created_by          text,
    creation_time_ms    integer not null,
    last_update_time_ms integer not null
) strict;
create index issues_by_experiment on issues (experiment_id, creation_time_ms);

-- A trace shows an issue by an assessment with its id as name.
create index assessments_of_issues on assessments (name) where kind = 'issue';
