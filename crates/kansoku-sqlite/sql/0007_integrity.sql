-- The traces a dictionary was trained on. Trace 0 stands for every trace: nobody knows what
-- dictionaries from before this table were trained on.
create table dictionary_feeders (
    trace      integer not null,
    dictionary integer not null,
    primary key (trace, dictionary)
) without rowid, strict;
insert into dictionary_feeders (trace, dictionary) select 0, id from dictionaries;

-- Dictionaries that are being replaced: nothing is compressed with them any more, and they are
-- deleted when no frame names them (see sqlite/renewal.rs). A row without its dictionary waits for
-- the write-ahead log to be truncated.
create table retired_dictionaries (id integer primary key) strict;

create trigger retire_dictionaries_of_deleted_traces after delete on traces
begin
    insert or ignore into retired_dictionaries (id)
        select dictionary from dictionary_feeders where trace in (0, old.id);
    delete from dictionary_feeders where trace = old.id;
end;

-- A frame that is written anew may move to another blob.
create trigger blobs_of_changed_chunks after update of blob on span_chunks
    when old.blob is not new.blob
begin
    update blobs set trace = null where name = old.blob;
    update blobs set trace = new.trace where name = new.blob;
end;

-- When the first part of a trace came, by our clock; NULL for traces from before this column.
-- Retention takes a trace for no younger than an hour after that, whatever its sender's clock says
-- (see sqlite/retention.rs). Few are dated further ahead: the index holds those alone.
alter table traces add column received_ms integer;
create index traces_dated_ahead on traces (experiment_id, received_ms)
    where received_ms + 3600000 < request_time_ms;

-- Rejections that say the same are one row. Those of requests without a good token are kept apart.
alter table rejections add column requests integer not null default 1;
alter table rejections add column address text not null default '';
alter table rejections add column authenticated integer not null default 1;
create index rejections_by_sender on rejections (authenticated, address);
