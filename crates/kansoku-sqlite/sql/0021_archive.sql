-- The catalog of an archive.

-- Traces that changed since they were archived, noted in the commit that changed them.
create table archive_queue (
    sequence      integer primary key autoincrement,
    experiment_id integer not null,
    trace_id      text    not null,
    changed_ms    integer not null,
    has_new_spans integer not null,
    -- The batches that archived a trace which was deleted or moved since.
    spans_batch   integer,
    info_batch    integer,
    unique (experiment_id, trace_id)
) strict;
create index archive_queue_by_experiment on archive_queue (experiment_id, sequence);

-- The batches that archived a stored trace last: its spans, and the rest.
create table archived_traces (
    trace         integer primary key,
    experiment_id integer not null,
    spans_batch   integer not null,
    info_batch    integer not null
) strict;

-- Experiments with tables in the archive.
create table archived_experiments (
    experiment_id integer primary key,
    prefix        text    not null unique,
    last_batch    integer not null,
    -- The time of the newest trace that expired.
    floor_ms      integer
) strict;

-- Batches that are not finished, at most one of each experiment.
create table archive_batches (
    experiment_id integer primary key,
    number        integer not null,
    -- Whether all files are written.
    is_written    integer not null,
    -- A JSON array of the traces.
    traces        text    not null
) strict;

create table archive_files (
    id              integer primary key,
    path            text    not null unique,
    experiment_id   integer not null,
    -- `reserved` by the open batch, `written` for it, `live`, or `removed`.
    state           text    not null,
    -- Whether the open batch removes it.
    is_leaving      integer not null default 0,
    table_name      text    not null default '',
    first_batch     integer not null default 0,
    last_batch      integer not null default 0,
    bytes           integer not null default 0,
    rows            integer not null default 0,
    min_time_ms     integer not null default 0,
    max_time_ms     integer not null default 0,
    statistics      text    not null default '',
    footer_checksum integer not null default 0,
    -- When a removed file can be deleted.
    delete_after_ms integer
) strict;
create index archive_files_by_experiment on archive_files (experiment_id, state);
create index archive_files_to_delete on archive_files (delete_after_ms) where delete_after_ms is not null;

-- The rows of each trace in a file, sorted by the hash of the trace, some in each entry: 20 bytes of
-- hash, row group, first row and number of rows, big-endian. All rows of a trace are in one entry.
create table archive_locators (
    file       integer not null,
    -- The hash of the first trace, with the sign bit flipped, so that the order is that of the hashes.
    first_hash integer not null,
    entries    blob    not null,
    primary key (file, first_hash)
) strict, without rowid;

-- The row groups of tables of traces.
create table archive_row_groups (
    file          integer not null,
    row_group     integer not null,
    experiment_id integer not null,
    rows          integer not null,
    min_time_ms   integer not null,
    max_time_ms   integer not null,
    terms         blob    not null,
    primary key (file, row_group)
) strict;
create index archive_row_groups_by_time on archive_row_groups (experiment_id, max_time_ms);

-- Traces that are only in the archive, by the hash of their id.
create table expired_traces (
    hash          integer primary key,
    experiment_id integer not null
) strict;
create index expired_traces_by_experiment on expired_traces (experiment_id);

-- Traces that are being stored again.
create table archive_restores (
    trace_id      text    primary key,
    experiment_id integer not null
) strict, without rowid;
