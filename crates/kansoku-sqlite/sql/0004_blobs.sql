-- Payload outside of the database. A row is written before the file, and forgotten after it: what
-- a crash leaves is known by having no trace.
create table blobs (
    name  text    primary key,
    -- NULL where no chunk has it, yet or any more
    trace integer,
    bytes integer not null
) without rowid, strict;
create index blobs_by_trace on blobs (trace);

create trigger blobs_of_new_chunks after insert on span_chunks when new.blob is not null
begin
    update blobs set trace = new.trace where name = new.blob;
end;
create trigger blobs_of_deleted_chunks after delete on span_chunks when old.blob is not null
begin
    update blobs set trace = null where name = old.blob;
end;
