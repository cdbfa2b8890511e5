//! Checks a journal after a bench: plain SQL on the table `events`, which shares no code with the
//! aggregates that decided it.

use std::ops::RangeInclusive;

use sqlx::{AnyConnection, Connection};

use super::BenchError;

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

/// What a journal must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    /// Holds that were answered 201: as many bookings begin.
    pub(super) bookings: u64,
    /// Seats that they hold.
    pub(super) seats: u64,
    /// Bookings of which nobody knows, because they were answered by a fault.
    pub(super) unknown: u64,
}

/// Checks a journal; returns what was found in order.
pub(super) async fn journal(url: &str, expected: Expected) -> Result<String, BenchError> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    for (fault, sql) in FAULTS {
        match count(&mut connection, sql).await? {
            0 => {}
            number => return Err(BenchError::Unsound(format!("{number} {fault}"))),
        }
    }
    let Expected { bookings, seats, unknown } = expected;
    within(&mut connection, "booking", bookings..=bookings + unknown).await?;
    within(&mut connection, "seat", seats..=seats + 2 * unknown).await?;
    connection.close().await?;
    Ok("no seat held twice, streams and positions without holes, as many facts as answers".into())
}

async fn within(
    connection: &mut AnyConnection,
    aggregate: &str,
    expected: RangeInclusive<u64>,
) -> Result<(), BenchError> {
    let sql = format!(
        "select count(*) from events where aggregate_type = '{aggregate}' and event_type = 'held'"
    );
    let found = count(connection, &sql).await?;
    if u64::try_from(found).is_ok_and(|found| expected.contains(&found)) {
        return Ok(());
    }
    let answered = expected.start();
    let what = format!("{found} facts {aggregate}.held, but {answered} were answered");
    Err(BenchError::Unsound(what))
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
                     aggregate_id text, sequence integer, event_type text)";
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
        Expected { bookings: 0, seats, unknown: 0 }
    }

    #[tokio::test]
    async fn a_sound_journal_passes() {
        let facts = [("a", 1, "held"), ("b", 1, "held"), ("a", 2, "released"), ("a", 3, "held")];
        checked(&facts, seats(3)).await.unwrap();
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
}
