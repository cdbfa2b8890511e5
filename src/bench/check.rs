//! Checks a journal after a bench: plain SQL on the table `events`, which shares no code with the
//! aggregates that decided it.

use std::ops::RangeInclusive;

use sqlx::{AnyConnection, Connection};

use super::BenchError;
use super::house::PLACES;

/// What must be nought, and what it means if it is not. The same on PostgreSQL and SQLite.
const FAULTS: [(&str, &str); 3] = [
    (
        "seats held while they were held or sold",
        "select count(*) from (
             select event_type, lag(event_type) over (
                 partition by aggregate_id order by sequence) as earlier
             from events where aggregate_type = 'seat'
         ) seat
         where event_type in ('held', 'booked') and earlier in ('held', 'extended', 'booked')
           and not (event_type = 'booked' and earlier in ('held', 'extended'))",
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

/// The places that areas have given out: those held and not given back.
const GIVEN_OUT: &str = "select coalesce(max(given_out), 0) from (
    select cast(sum(case event_type
        when 'held' then cast(payload -> 'held' ->> 'count' as bigint)
        when 'released' then -cast(payload -> 'released' ->> 'count' as bigint)
        else 0 end) as bigint) as given_out
    from events where aggregate_type = 'area' group by aggregate_id
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
    Ok("no seat held twice, no area overbooked, streams and positions without holes, as many \
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
mod tests {
    use super::*;
    use sqlx::{ConnectOptions, Executor};

    /// A journal of seat facts, in order; `(seat, sequence, fact)`.
    async fn checked(
        facts: &[(&str, i64, &str)],
        expected: Expected,
    ) -> Result<String, BenchError> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("journal").display());
        let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
        let mut journal = options.connect().await.unwrap();
        let table = "create table events (position integer primary key, aggregate_type text, \
                     aggregate_id text, sequence integer, event_type text, payload text)";
        journal.execute(table).await.unwrap();
        for (seat, sequence, fact) in facts {
            let insert = "insert into events (aggregate_type, aggregate_id, sequence, event_type) \
                          values ('seat', ?, ?, ?)";
            let insert = sqlx::query(insert).bind(*seat).bind(*sequence).bind(*fact);
            insert.execute(&mut journal).await.unwrap();
        }
        journal.close().await.unwrap();
        super::journal(&url, expected).await
    }

    fn seats(seats: u64) -> Expected {
        Expected { seats, ..Expected::default() }
    }

    #[tokio::test]
    async fn a_sound_journal_passes() {
        let facts = [("a", 1, "held"), ("b", 1, "held"), ("a", 2, "released"), ("a", 3, "held")];
        checked(&facts, Expected { freed: 1, ..seats(3) }).await.unwrap();
    }

    #[tokio::test]
    async fn a_seat_held_twice_is_found() {
        let facts = [("a", 1, "held"), ("b", 1, "held"), ("a", 2, "held")];
        let error = checked(&facts, seats(3)).await.unwrap_err().to_string();
        assert!(error.contains("1 seats held while"), "{error}");
    }

    #[tokio::test]
    async fn a_hole_and_a_lost_answer_are_found() {
        let error = checked(&[("a", 2, "held")], seats(1)).await.unwrap_err().to_string();
        assert!(error.contains("a hole"), "{error}");
        let error = checked(&[("a", 1, "held")], seats(2)).await.unwrap_err().to_string();
        assert!(error.contains("2 were answered"), "{error}");
    }

    #[tokio::test]
    async fn what_was_filled_in_is_not_counted() {
        let facts = [("a", 1, "held"), ("b", 1, "held"), ("c", 1, "held")];
        checked(&facts, Expected { behind: 2, ..seats(1) }).await.unwrap();
    }

    #[tokio::test]
    async fn a_seat_that_was_released_although_nothing_lapsed_is_found() {
        let facts = [("a", 1, "held"), ("a", 2, "released")];
        let error = checked(&facts, seats(1)).await.unwrap_err().to_string();
        assert!(error.contains("seats released: 1"), "{error}");
    }
}
