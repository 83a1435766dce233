-- Evaluation datasets and their records, version by version. `datasets.dataset` and
-- `dataset_records.record` are ours and small; clients never see them.

create table datasets (
    dataset         integer primary key,
    dataset_id      text    not null unique,
    name            text    not null,
    digest          text    not null,
    -- The types of the fields of records, as JSON; NULL before the first record.
    schema          text,
    -- NULL before the first record.
    record_count    integer,
    -- The newest version of the records, and the oldest one that can be read.
    version         integer not null default 0,
    oldest_version  integer not null default 0,
    created_ms      integer not null,
    created_by      text,
    last_update_ms  integer not null,
    last_updated_by text
) strict;
create index datasets_by_time on datasets (created_ms, dataset_id);

create table dataset_tags (
    dataset integer not null,
    key     text    not null,
    value   text    not null,
    primary key (dataset, key)
) without rowid, strict;

create table dataset_experiments (
    dataset       integer not null,
    experiment_id integer not null,
    primary key (dataset, experiment_id)
) without rowid, strict;
create index dataset_experiments_by_experiment on dataset_experiments (experiment_id);

create table dataset_versions (
    dataset      integer not null,
    version      integer not null,
    digest       text    not null,
    created_ms   integer not null,
    created_by   text,
    added        integer not null,
    changed      integer not null,
    removed      integer not null,
    record_count integer not null,
    primary key (dataset, version)
) without rowid, strict;

-- What never changes of a record. It is in the versions from `added_in` until before `removed_in`.
create table dataset_records (
    record     integer primary key,
    dataset    integer not null,
    record_id  text    not null unique,
    input_hash blob    not null,
    inputs     text    not null,
    source     text,
    created_ms integer not null,
    created_by text,
    added_in   integer not null,
    removed_in integer
) strict;
create index dataset_records_in_order on dataset_records (dataset, added_in, record_id);
create unique index dataset_records_by_inputs on dataset_records (dataset, input_hash)
    where removed_in is null;

-- What a version changed of a record: a row holds from its version until the record's next row.
create table dataset_record_contents (
    record          integer not null,
    version         integer not null,
    outputs         text,
    expectations    text,
    tags            text    not null,
    last_update_ms  integer not null,
    last_updated_by text,
    unique (record, version)
) strict;
