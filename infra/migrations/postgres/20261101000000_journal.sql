-- The journal on PostgreSQL: DESIGN, section 3. `aisle_append` follows in the next migration.

-- The head: the last position given out and when. Whoever appends holds this row until its commit,
-- which is what makes positions gap-free and ordered by commit. One row, rewritten by every
-- batch: room in its page lets each version replace a dead one in place.
create table journal_head (
    only_one    boolean     primary key default true check (only_one),
    position    bigint      not null check (position >= 0),
    recorded_at timestamptz not null
) with (fillfactor = 10);

insert into journal_head (position, recorded_at) values (0, '-infinity');

-- The defaults of `events`, for writers that know nothing of positions, such as postgres-es. Each
-- locks the head, so their order does not matter.
create function aisle_next_position() returns bigint
language sql volatile as $$
    update journal_head set position = position + 1 returning position
$$;

create function aisle_recorded_at() returns timestamptz
language sql volatile as $$
    update journal_head set recorded_at = greatest(recorded_at, clock_timestamp())
    returning recorded_at
$$;

-- The first seven columns and the primary key are those of postgres-es.
create table events (
    aggregate_type text        not null,
    aggregate_id   text        not null,
    sequence       bigint      not null check (sequence >= 0),
    event_type     text        not null,
    event_version  text        not null,
    payload        json        not null,
    metadata       json        not null,
    position       bigint      not null default aisle_next_position(),
    event_id       uuid,
    recorded_at    timestamptz not null default aisle_recorded_at(),
    primary key (aggregate_type, aggregate_id, sequence),
    constraint events_position unique (position)
);

create index events_of_event on events (event_id, position) where event_id is not null;

-- The first answers of commands that came with a key.
create table commands (
    actor       text        not null,
    key         text        not null,
    digest      bytea       not null check (length(digest) = 32),
    answer      text        not null,
    position    bigint      not null,
    recorded_at timestamptz not null,
    primary key (actor, key)
);

create index commands_recorded_at on commands (recorded_at);

-- Seating plans by the SHA-256 of their canonical JSON; compressed with zstd by the writer.
create table plans (
    hash bytea primary key check (length(hash) = 32),
    body bytea not null
);

alter table plans alter column body set storage external;
