-- The peer's tables for places without seats: a counter that is updated in place.
drop table if exists areas, bookings;

create table areas (
    event_id int primary key,
    capacity int not null,
    taken    int not null default 0
) with (fillfactor = 10);

create table bookings (
    id          bigserial primary key,
    event_id    int         not null,
    customer    int         not null,
    status      smallint    not null,
    places      int         not null,
    held_until  timestamptz not null,
    created     timestamptz not null default now(),
    total_cents int         not null
);

insert into areas (event_id, capacity) values (1, 1000000);
