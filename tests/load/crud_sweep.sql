-- Ends every hold that has lapsed, all in one statement: the cheapest way to do it on rows.
with freed as (
    update seats set status = 0, booking_id = null, held_until = null
    from (
        select event_id, seat_id, booking_id as ended from seats
        where status = 1 and held_until < now()
        order by event_id, seat_id
        for update
    ) lapsed
    where seats.event_id = lapsed.event_id and seats.seat_id = lapsed.seat_id
    returning lapsed.ended
), unseated as (
    delete from booking_seats where booking_id in (select ended from freed)
)
update bookings set status = 3 where id in (select ended from freed);
