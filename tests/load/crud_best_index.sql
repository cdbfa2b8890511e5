-- What a peer that looks for free seats would add to crud_schema.sql.
create index seats_free on seats (event_id, seat_id) where status = 0;
