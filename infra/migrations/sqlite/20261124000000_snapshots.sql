-- What somebody made of the journal up to a position: caches, to be dropped at any time. Packed
-- with zstd by the writer.
create table snapshots (
    kind     text    not null,
    id       text    not null,
    schema   integer not null,
    position integer not null,
    body     blob    not null,
    primary key (kind, id, schema)
) strict;
