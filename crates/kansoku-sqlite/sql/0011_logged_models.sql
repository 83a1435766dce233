-- Logged models: versions of an application or model, which traces and metrics name.
create table logged_models (
    model_id            text    primary key,
    experiment_id       integer not null,
    name                text    not null,
    model_type          text    not null,
    source_run_id       text    not null,
    -- PENDING, READY, FAILED or UNSPECIFIED
    status              text    not null,
    creation_time_ms    integer not null,
    last_update_time_ms integer not null,
    lifecycle_stage     text    not null
) strict;
create index logged_models_by_experiment on logged_models (experiment_id, creation_time_ms);

create table logged_model_params (
    model_id text not null,
    key      text not null,
    value    text not null,
    primary key (model_id, key)
) without rowid, strict;

create table logged_model_tags (
    model_id text not null,
    key      text not null,
    value    text not null,
    primary key (model_id, key)
) without rowid, strict;

-- Values of metrics that runs logged for a model.
create table logged_model_metrics (
    model_id       text    not null,
    key            text    not null,
    timestamp_ms   integer not null,
    step           integer not null,
    run_id         text    not null,
    -- NULL stands for NaN.
    value          real,
    dataset_name   text,
    dataset_digest text,
    primary key (model_id, key, timestamp_ms, step, run_id)
) without rowid, strict;
