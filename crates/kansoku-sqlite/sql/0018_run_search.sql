-- Tags and params have the experiment and the start of their run, neither of which changes, so that the
-- newest runs with a value are found without those of other values.
alter table run_tags add column experiment_id integer;
alter table run_tags add column start_time_ms integer;
update run_tags set (experiment_id, start_time_ms) =
    (select r.experiment_id, r.start_time_ms from runs r where r.run_id = run_tags.run_id);
drop index run_tags_by_value;
create index run_tags_by_value
    on run_tags (key, value, experiment_id, start_time_ms desc, run_id) where length(value) <= 200;

alter table run_params add column experiment_id integer;
alter table run_params add column start_time_ms integer;
update run_params set (experiment_id, start_time_ms) =
    (select r.experiment_id, r.start_time_ms from runs r where r.run_id = run_params.run_id);
drop index run_params_by_value;
create index run_params_by_value
    on run_params (key, value, experiment_id, start_time_ms desc, run_id) where length(value) <= 200;
