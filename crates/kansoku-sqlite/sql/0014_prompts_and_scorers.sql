-- Registered models and their versions. A prompt is a registered model with the tag
-- `mlflow.prompt.is_prompt`; its template is a tag of each version.

create table registered_models (
    id                  integer primary key,
    name                text    not null unique,
    description         text    not null,
    creation_time_ms    integer not null,
    last_update_time_ms integer not null,
    -- The highest number that a version ever had: numbers of deleted versions are not given again.
    last_version        integer not null default 0
) strict;

create table registered_model_tags (
    model integer not null,
    key   text    not null,
    value text    not null,
    primary key (model, key)
) strict;

create table registered_model_aliases (
    model   integer not null,
    alias   text    not null,
    version integer not null,
    primary key (model, alias)
) without rowid, strict;

create table model_versions (
    model               integer not null,
    version             integer not null,
    description         text,
    source              text    not null,
    run_id              text    not null,
    run_link            text    not null,
    creation_time_ms    integer not null,
    last_update_time_ms integer not null,
    primary key (model, version)
) without rowid, strict;
create index model_versions_by_update on model_versions (last_update_time_ms);

create table model_version_tags (
    model   integer not null,
    version integer not null,
    key     text    not null,
    value   text    not null,
    primary key (model, version, key)
) strict;

-- Scorers that clients registered with experiments, and which new traces they are to assess.

create table scorers (
    id            integer primary key,
    -- The id that clients see.
    scorer_id     text    not null unique,
    experiment_id integer not null,
    name          text    not null,
    unique (experiment_id, name)
) strict;

create table scorer_versions (
    scorer           integer not null,
    version          integer not null,
    -- A JSON object, as the client wrote it.
    serialized       text    not null,
    creation_time_ms integer not null,
    primary key (scorer, version)
) strict;

create table online_scoring_configs (
    scorer      integer primary key,
    config_id   text    not null,
    -- From 0 to 1.
    sample_rate real    not null,
    -- A filter of traces.
    filter      text
) strict;
