-- Datasets that runs read. Within an experiment, name and digest identify one.
create table run_datasets (
    dataset       integer primary key,
    experiment_id integer not null,
    name          text    not null,
    digest        text    not null,
    source_type   text    not null,
    source        text    not null,
    schema        text,
    profile       text,
    unique (experiment_id, name, digest)
) strict;
create index run_datasets_by_name on run_datasets (name);
create index run_datasets_by_digest on run_datasets (digest);

create table run_dataset_inputs (
    run_id   text    not null,
    dataset  integer not null,
    -- the order in which the run logged them
    position integer not null,
    -- the value of the tag mlflow.data.context
    context  text,
    -- JSON: [{"key", "value"}, …]
    tags     text    not null,
    primary key (run_id, dataset)
) without rowid, strict;
create index run_dataset_inputs_by_dataset on run_dataset_inputs (dataset);

insert or ignore into run_datasets
    (experiment_id, name, digest, source_type, source, schema, profile)
select r.experiment_id,
    coalesce(e.value ->> '$.dataset.name', ''), coalesce(e.value ->> '$.dataset.digest', ''),
    coalesce(e.value ->> '$.dataset.source_type', ''), coalesce(e.value ->> '$.dataset.source', ''),
    e.value ->> '$.dataset.schema', e.value ->> '$.dataset.profile'
from runs r, json_each(r.dataset_inputs) e order by r.start_time_ms, r.run_id, e.key;
insert or ignore into run_dataset_inputs (run_id, dataset, position, context, tags)
select r.run_id, d.dataset, e.key,
    (select t.value ->> '$.value' from json_each(e.value, '$.tags') t
     where t.value ->> '$.key' = 'mlflow.data.context' limit 1),
    coalesce(e.value -> '$.tags', '[]')
from runs r, json_each(r.dataset_inputs) e
join run_datasets d on d.experiment_id = r.experiment_id
    and d.name = coalesce(e.value ->> '$.dataset.name', '')
    and d.digest = coalesce(e.value ->> '$.dataset.digest', '');
alter table runs drop column dataset_inputs;

-- The logged model that a metric rates, and the dataset it was computed on.
alter table run_metrics add column model_id text;
alter table run_metrics add column dataset_name text;
alter table run_metrics add column dataset_digest text;

-- The latest value of each metric: of the highest step, then the latest time, then the highest value.
create table run_latest_metrics (
    run_id         text    not null,
    key            text    not null,
    timestamp_ms   integer not null,
    step           integer not null,
    -- NULL stands for NaN.
    value          real,
    model_id       text,
    dataset_name   text,
    dataset_digest text,
    primary key (run_id, key)
) without rowid, strict;
create index run_latest_metrics_by_value on run_latest_metrics (key, value);
insert into run_latest_metrics (run_id, key, timestamp_ms, step, value)
select run_id, key, timestamp_ms, step, value from (
    select *, row_number() over
        (partition by run_id, key order by step desc, timestamp_ms desc, value desc) as newest
    from run_metrics)
where newest = 1;

create trigger run_latest_metrics_of_new_metrics after insert on run_metrics
begin
    insert into run_latest_metrics (run_id, key, timestamp_ms, step, value, model_id, dataset_name,
        dataset_digest)
    values (new.run_id, new.key, new.timestamp_ms, new.step, new.value, new.model_id,
        new.dataset_name, new.dataset_digest)
    on conflict (run_id, key) do update set timestamp_ms = excluded.timestamp_ms,
        step = excluded.step, value = excluded.value, model_id = excluded.model_id,
        dataset_name = excluded.dataset_name, dataset_digest = excluded.dataset_digest
    -- NaN, which is NULL, counts as less than any number.
    where (step, timestamp_ms, coalesce(value, -9e999))
        < (excluded.step, excluded.timestamp_ms, coalesce(excluded.value, -9e999));
end;

-- What searches begin with where few runs have a value. Long texts are nothing to search for, and
-- not in the index.
create index run_tags_by_value on run_tags (key, value) where length(value) <= 200;
create index run_params_by_value on run_params (key, value) where length(value) <= 200;
