-- Holds of two seats each that have lapsed, as many as the house allows up to :holds, on the tables
-- of crud_schema.sql:
--   psql -v seats=20000 -v holds=100000 -f tests/load/crud_schema.sql -f tests/load/crud_lapsed.sql
create index seats_lapse on seats (held_until) where status = 1;

insert into bookings (event_id, customer, status, total_cents)
select 1 + (n - 1) / (:seats / 2), n, 0, 12000 from generate_series(1, :holds) n;

update seats
set status = 1, held_until = now() - interval '1 min',
    booking_id = (event_id - 1) * (:seats / 2) + (seat_id + 1) / 2
where (event_id - 1) * (:seats / 2) + (seat_id + 1) / 2 <= :holds;

insert into booking_seats
select booking_id, event_id, seat_id, 6000 from seats where status = 1;

vacuum analyze;
