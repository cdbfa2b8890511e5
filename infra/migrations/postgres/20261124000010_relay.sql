-- How far each cell's relay is known to have published. It trails what the stream itself says, and
-- counts only where the stream has nothing to say.
create table relay_checkpoint (
    cell     text        primary key,
    position bigint      not null check (position >= 0),
    saved_at timestamptz not null
);
