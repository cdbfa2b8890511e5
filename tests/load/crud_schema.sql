-- The peer's tables: seats as rows that are updated in place, as one would build it on PostgreSQL
-- alone. No history, no HTTP, no idempotency keys. 20 events of :seats seats each:
--   psql -v seats=20000 -f tests/load/crud_schema.sql
drop table if exists booking_seats, bookings, seats;

create table seats (
    event_id   int,
    seat_id    int,
    status     smallint not null default 0, -- 0 free, 1 held, 2 sold
    booking_id bigint,
    held_until timestamptz,
    primary key (event_id, seat_id)
);

create table bookings (
    id          bigserial primary key,
    event_id    int         not null,
    customer    int         not null,
    status      smallint    not null,
    created     timestamptz not null default now(),
    total_cents int         not null
);

create table booking_seats (
    booking_id  bigint,
    event_id    int,
    seat_id     int,
    price_cents int,
    primary key (booking_id, seat_id)
);

insert into seats (event_id, seat_id)
select event, seat from generate_series(1, 20) event, generate_series(1, :seats) seat;

vacuum analyze seats;
