//! What is left when things are back: read from the database by plain SQL, judged by the
//! independent checker, and held against what the clients were told.

use std::collections::{BTreeMap, BTreeSet};

use aisle_domain::stream::StreamId;
use aisle_domain::testing::checker::{self, Report, Row};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::{Account, Client, Site, eventually};

/// Where a journal is read.
pub(crate) enum Source {
    /// In a database, by plain SQL.
    Postgres(String),
    /// As the server tells it.
    History(Client),
}

impl Source {
    /// All facts, in order.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        match self {
            Self::Postgres(url) => journal(url).await,
            Self::History(analyst) => analyst.history().await.iter().map(row).collect(),
        }
    }
}

/// The journal once nothing is open in it but holds.
pub(crate) struct Aftermath {
    pub(crate) report: Report,
    rows: Vec<Row>,
}

impl Aftermath {
    /// Waits until all money is answered and sent back where it must be.
    pub(crate) async fn of(source: &Source) -> Self {
        let mut seen = Self::now(source).await;
        eventually("all payments to be answered and all refunds to be made", async || {
            seen = Self::now(source).await;
            seen.is_settled()
        })
        .await;
        seen.report.assert_sound();
        seen
    }

    /// Waits until no hold is open any more, either: all that were left have expired.
    pub(crate) async fn with_all_expired(source: &Source) -> Self {
        eventually("all holds to expire", async || {
            let seen = Self::now(source).await;
            seen.is_settled() && seen.report.bookings_open == 0
        })
        .await;
        Self::of(source).await
    }

    async fn now(source: &Source) -> Self {
        let rows = source.rows().await;
        Self { report: checker::check(rows.iter().cloned()), rows }
    }

    fn is_settled(&self) -> bool {
        let answered = self.report.answered.iter().collect::<BTreeSet<_>>().len() as u64;
        answered == self.report.payments
            && self.report.refunds_settled == self.report.refunds_requested
    }

    /// The position of the last fact.
    pub(crate) fn head(&self) -> usize {
        self.rows.len()
    }

    /// All that was told is so, and every key made one booking: there are as many bookings as
    /// accounts, and each account's is there.
    fn holds_what_was_told(&self, accounts: &[Account]) {
        let facts = self.facts_of_bookings();
        for account in accounts {
            let facts = facts.get(account.booking.as_str());
            let facts = facts.unwrap_or_else(|| panic!("lost: {account:?}"));
            assert_eq!(facts[0].payload["held"]["order"]["buyer"], account.buyer.as_str());
            for told in &account.told {
                let is_there = facts.iter().any(|row| row.fact == *told);
                assert!(is_there, "`{told}` is lost: {account:?}");
            }
        }
        let distinct: BTreeSet<&str> = accounts.iter().map(|it| it.booking.as_str()).collect();
        assert_eq!(distinct.len(), accounts.len(), "two keys were told of one booking");
        assert_eq!(facts.len(), accounts.len(), "a key made more than one booking");
    }

    fn facts_of_bookings(&self) -> BTreeMap<&str, Vec<&Row>> {
        let mut facts: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        let of_bookings = self.rows.iter().filter(|row| row.stream.aggregate.as_str() == "booking");
        of_bookings.for_each(|row| facts.entry(&row.stream.id).or_default().push(row));
        facts
    }
}

/// Everything holds that must: the journal has what the accounts say and nothing else, every key
/// whose outcome was unknown is answered as before, and the read models have come along.
pub(crate) async fn assert_kept(aftermath: &Aftermath, accounts: &[Account], site: &impl Site) {
    aftermath.holds_what_was_told(accounts);
    for account in accounts.iter().filter(|account| account.unsure) {
        let client = account.client.at(site.url());
        let wish = Some(account.wish.clone());
        let reply =
            client.ask(Method::POST, &account.path, Some(&account.key), wish).await.unwrap();
        assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
        assert_eq!(reply.headers["idempotency-replayed"], "true", "{reply:?}");
        assert_eq!(reply.body["booking_id"], account.booking.as_str(), "{reply:?}");
    }
    let admin = site.client("root", "admin");
    for event in accounts.iter().map(|account| &account.path).collect::<BTreeSet<_>>() {
        let seats = event.replace("/bookings", "/seats");
        reaches(&admin, &format!("{seats}?min-position={}", aftermath.head())).await;
    }
    reaches(&admin, "/readyz").await;
}

/// Returns when this is answered by 200; until then 503 will do.
async fn reaches(client: &Client, path: &str) {
    eventually(path, async || {
        let (status, body) = client.send(Method::GET, path, None, None).await.unwrap();
        assert!(status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE, "{body}");
        status == StatusCode::OK
    })
    .await;
}

/// The whole journal, by plain SQL.
async fn journal(url: &str) -> Vec<Row> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    // Both as of one moment: others may be appending.
    let mut moment = connection.begin_with("begin isolation level repeatable read").await.unwrap();
    let rows: Vec<(i64, String, String, i64, String, String, i64)> = sqlx::query_as(
        "select position, aggregate_type, aggregate_id, sequence, event_type, payload::text,
                (extract(epoch from recorded_at) * 1000000)::bigint
         from events order by position",
    )
    .fetch_all(&mut *moment)
    .await
    .unwrap();
    let head: i64 = sqlx::query_scalar("select position from journal_head")
        .fetch_one(&mut *moment)
        .await
        .unwrap();
    assert_eq!(head as usize, rows.len(), "the head is not where the journal ends");
    moment.commit().await.unwrap();
    connection.close().await.unwrap();
    rows.into_iter()
        .map(|(position, aggregate, id, sequence, fact, payload, recorded_at)| Row {
            position: position as u64,
            stream: StreamId { aggregate: aggregate.parse().unwrap(), id },
            sequence: sequence as u64,
            fact,
            payload: serde_json::from_str::<Value>(&payload).unwrap(),
            recorded_at: Some(jiff::Timestamp::from_microsecond(recorded_at).unwrap()),
        })
        .collect()
}

/// A line of the history as the independent checker reads it.
pub(crate) fn row(line: &Value) -> Row {
    let (aggregate, fact) = line["type"].as_str().unwrap().split_once('.').unwrap();
    Row {
        position: line["position"].as_u64().unwrap(),
        stream: StreamId {
            aggregate: aggregate.parse().unwrap(),
            id: line["stream"]["id"].as_str().unwrap().to_owned(),
        },
        sequence: line["sequence"].as_u64().unwrap(),
        fact: fact.to_owned(),
        payload: json!({ fact: line["data"] }),
        recorded_at: line["recorded_at"].as_str().map(|at| at.parse().unwrap()),
    }
}
