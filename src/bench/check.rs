//! Checks a journal after a bench: plain SQL on the table `events`, which shares no code with the
//! aggregates that decided it.

use std::ops::RangeInclusive;

use sqlx::{AnyConnection, Connection};

use super::BenchError;
use super::house::PLACES;

/// The facts of every seat, each with what was before: of what kind, and whose.
macro_rules! of_seats {
    ($wrong:literal) => {
        concat!(
            "select count(*) from (
                 select event_type as fact, payload -> event_type ->> 'booking_id' as booking,
                     lag(event_type) over stream as earlier,
                     lag(payload -> event_type ->> 'booking_id') over stream as owner
                 from events where aggregate_type = 'seat'
                 window stream as (partition by aggregate_id order by sequence)
             ) seat where ",
            $wrong
        )
    };
}

/// What must be nought, and what it means if it is not. The same on PostgreSQL and SQLite.
const FAULTS: [(&str, &str); 5] = [
    (
        "seats held or sold while they were held or sold",
        of_seats!(
            "earlier in ('held', 'extended', 'booked') and fact = 'held'
             or earlier = 'booked' and fact = 'booked'"
        ),
    ),
    (
        "seats sold, kept longer or released for another booking than has them",
        of_seats!(
            "earlier in ('held', 'extended', 'booked') and fact <> 'held'
             and coalesce(booking, '') <> coalesce(owner, '')"
        ),
    ),
    (
        "seats kept longer or released that nobody had",
        of_seats!(
            "coalesce(earlier, 'released') = 'released' and fact in ('extended', 'released')"
        ),
    ),
    (
        "streams with a hole",
        "select count(*) from (
             select 1 from events group by aggregate_type, aggregate_id
             having count(*) <> max(sequence) or min(sequence) <> 1
         ) stream",
    ),
    ("positions left out", "select coalesce(max(position), 0) - count(*) from events"),
];

/// The most places that an area has given out at any time: those held and not given back.
const GIVEN_OUT: &str = "select cast(coalesce(max(given_out), 0) as bigint) from (
    select sum(case event_type
        when 'held' then cast(payload -> 'held' ->> 'count' as bigint)
        when 'released' then -cast(payload -> 'released' ->> 'count' as bigint)
        else 0 end) over (partition by aggregate_id order by sequence) as given_out
    from events where aggregate_type = 'area'
) area";

/// How many seats or places a booking of a bench has at most.
const MOST: u64 = 8;

/// How much of a journal is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Depth {
    /// All of it.
    #[default]
    Whole,
    /// What was added: counted only.
    Added,
}

/// What a journal must hold behind a position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// How much is looked at.
    pub(super) depth: Depth,
    /// What came before was not answered in this bench, but filled in.
    pub(super) behind: u64,
    /// Holds that were answered 201: as many bookings begin.
    pub(super) bookings: u64,
    /// Seats or places that they hold.
    pub(super) seats: u64,
    /// Bookings whose hold lapsed.
    pub(super) lapsed: u64,
    /// Seats of theirs that went back on sale.
    pub(super) freed: u64,
    /// Bookings of which nobody knows, because they were answered by a fault.
    pub(super) unknown: u64,
}

/// Checks a journal; returns what was found in order.
pub(super) async fn journal(url: &str, expected: Expected) -> Result<String, BenchError> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    if expected.depth == Depth::Whole {
        whole(&mut connection).await?;
    }
    let Expected { behind, bookings, seats, lapsed, freed, unknown, .. } = expected;
    let facts = |what: &str| format!("{what} and position > {behind}");
    let count_of = |aggregate: &str, fact: &str| {
        facts(&format!(
            "select count(*) from events where aggregate_type = '{aggregate}' and \
             event_type = '{fact}'"
        ))
    };
    let places = facts(
        "select cast(coalesce(sum(case aggregate_type when 'seat' then 1 else \
         cast(payload -> 'held' ->> 'count' as bigint) end), 0) as bigint) from events \
         where aggregate_type in ('seat', 'area') and event_type = 'held'",
    );
    let counts = [
        ("bookings held", count_of("booking", "held"), bookings..=bookings + unknown),
        ("seats or places held", places, seats..=seats + MOST * unknown),
        ("bookings expired", count_of("booking", "expired"), lapsed..=lapsed),
        ("seats released", count_of("seat", "released"), freed..=freed),
    ];
    for (what, sql, expected) in counts {
        within(&mut connection, what, &sql, expected).await?;
    }
    connection.close().await?;
    Ok("no seat held twice or taken from its booking, no area overbooked, streams and positions without holes, as many \
        facts as answers"
        .into())
}

/// Finds what no journal may hold.
async fn whole(connection: &mut AnyConnection) -> Result<(), BenchError> {
    for (fault, sql) in FAULTS {
        match count(connection, sql).await? {
            0 => {}
            number => return Err(BenchError::Unsound(format!("{number} {fault}"))),
        }
    }
    if count(connection, GIVEN_OUT).await? > i64::from(PLACES) {
        return Err(BenchError::Unsound("an area gave out more places than it has".into()));
    }
    Ok(())
}

async fn within(
    connection: &mut AnyConnection,
    what: &str,
    sql: &str,
    expected: RangeInclusive<u64>,
) -> Result<(), BenchError> {
    let found = count(connection, sql).await?;
    if u64::try_from(found).is_ok_and(|found| expected.contains(&found)) {
        return Ok(());
    }
    let answered = expected.start();
    Err(BenchError::Unsound(format!(
        "{what}: {found} in the journal, but {answered} were answered"
    )))
}

async fn count(connection: &mut AnyConnection, sql: &str) -> Result<i64, BenchError> {
    Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
}

#[cfg(test)]
mod tests;
