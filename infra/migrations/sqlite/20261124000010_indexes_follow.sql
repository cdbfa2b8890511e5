-- Facts and commands lie in the order of their arrival, and nothing else is written when they are
-- appended: their indexes follow, some ten thousand entries at a time. Until then the process has
-- them in memory, and reads them back from the tables when it starts. What the unique keys
-- guarded is guarded by the one writer, who looks both up before it appends.

create table facts_in_order (
    position       integer primary key,
    aggregate_type text    not null,
    aggregate_id   text    not null,
    sequence       integer not null check (sequence >= 0),
    event_type     text    not null,
    event_version  text    not null,
    payload        text    not null check (json_valid(payload)),
    metadata       text    not null check (json_valid(metadata)),
    event_id       blob,
    recorded_at    integer not null
) strict;

insert into facts_in_order
select position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
       metadata, event_id, recorded_at
from events order by position;

drop table events;
alter table facts_in_order rename to events;

-- The number says which command was answered before which. It is never used again.
create table commands_in_order (
    number      integer primary key,
    actor       text    not null,
    key         text    not null,
    digest      blob    not null check (length(digest) = 32),
    answer      text    not null,
    position    integer not null,
    recorded_at integer not null
) strict;

insert into commands_in_order
select row_number() over (order by recorded_at, position), actor, key, digest, answer, position,
       recorded_at
from commands;

drop table commands;
alter table commands_in_order rename to commands;

-- Hash of a stream's name and the position of each of its facts; hash of a ticketed event's id
-- and the position where a run of its facts begins. Two names may share a hash: the row tells.
create table facts_index (
    name  integer not null,
    place integer not null,
    primary key (name, place)
) strict, without rowid;

-- Hash of actor and key, and the number of the command.
create table commands_index (
    name  integer not null,
    place integer not null,
    primary key (name, place)
) strict, without rowid;

-- The number of the last command, and what the indexes have come to.
alter table journal_head add column commands integer not null default 0;
alter table journal_head add column indexed_facts integer not null default 0;
alter table journal_head add column indexed_commands integer not null default 0;

update journal_head set commands = (select coalesce(max(number), 0) from commands);
