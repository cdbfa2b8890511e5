-- The journal on SQLite: the tables of the PostgreSQL journal, in SQLite's types. Times are
-- microseconds since the Unix epoch, ids of ticketed events are the sixteen bytes of the UUID.

create table journal_head (
    only_one    integer primary key check (only_one = 1),
    position    integer not null check (position >= 0),
    recorded_at integer not null
) strict;

insert into journal_head (only_one, position, recorded_at) values (1, 0, 0);

-- Rowid is the position, so that reading the journal in order is reading the table in order.
create table events (
    position       integer primary key,
    aggregate_type text    not null,
    aggregate_id   text    not null,
    sequence       integer not null check (sequence >= 0),
    event_type     text    not null,
    event_version  text    not null,
    payload        text    not null check (json_valid(payload)),
    metadata       text    not null check (json_valid(metadata)),
    event_id       blob,
    recorded_at    integer not null,
    unique (aggregate_type, aggregate_id, sequence)
) strict;

create index events_of_event on events (event_id, position) where event_id is not null;

create table commands (
    actor       text    not null,
    key         text    not null,
    digest      blob    not null check (length(digest) = 32),
    answer      text    not null,
    position    integer not null,
    recorded_at integer not null,
    primary key (actor, key)
) strict, without rowid;

create index commands_recorded_at on commands (recorded_at);

create table plans (
    hash blob primary key check (length(hash) = 32),
    body blob not null
) strict, without rowid;
