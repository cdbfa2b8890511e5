-- What somebody made of the journal up to a position: caches, to be dropped at any time. Packed
-- with zstd by the writer.
create table snapshots (
    kind     text   not null,
    id       text   not null,
    schema   bigint not null,
    position bigint not null,
    body     bytea  not null,
    primary key (kind, id, schema)
);

alter table snapshots alter column body set storage external;
