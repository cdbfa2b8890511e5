//! Fills a journal quickly: facts that Aisle could have written, in an order in which it could
//! have, with the answers to the commands, by `COPY` and past everything that decides.
//!
//! They are holds of two seats each, of events that are on sale in the journal already: some were
//! paid, some expired, or all of them wait for the same deadline. The rows are made by the domain's
//! own facts; positions and sequences are without holes, which the checker confirms.

use std::fmt::Write;

use aisle_domain::booking::{BookingFact, Order, SeatLine};
use aisle_domain::fact::{Fact, ReleaseReason, VERSION};
use aisle_domain::id::{BookingId, CommandId, EventId, PaymentId, Subject};
use aisle_domain::money::Currency;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::StreamId;
use aisle_infra::clock::{Clock, Ids, RandomIds};
use aisle_infra::journal::Metadata;
use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use super::house::{self, FEE, PRICE};
use super::{BenchError, clock};

/// How much text is sent to PostgreSQL at a time.
const CHUNK: usize = 1 << 20;

/// On whose behalf process managers act.
const SYSTEM: &str = "aisle:system";

/// What becomes of the holds that are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Two of three are paid, the others expired.
    Over,
    /// All wait for this deadline.
    Until(Timestamp),
}

/// The journal to be filled.
pub(super) struct Journal<'a> {
    /// Events on sale in it, of [`house::SEATS`] seats each, none of which was ever held.
    pub(super) events: &'a [String],
    /// The position of its last fact.
    pub(super) head: u64,
}

/// How many facts the holds of one house come to, about, if they are over.
pub(super) fn facts_of_a_house() -> u64 {
    let pairs = u64::from(house::SEATS / 2);
    pairs * (2 * 7 + 6) / 3
}

/// The rows to be written.
struct Rows {
    events: String,
    commands: String,
    position: u64,
    now: Timestamp,
}

/// Fills in the holds of as many pairs of seats as are wanted, or as it takes for so many facts;
/// returns the position of the last one.
pub(super) async fn fill(
    connection: &mut PgConnection,
    journal: Journal<'_>,
    want: Want,
    fate: Fate,
) -> Result<u64, BenchError> {
    let mut rows = Rows {
        events: String::with_capacity(2 * CHUNK),
        commands: String::with_capacity(CHUNK),
        position: journal.head,
        now: clock().now(),
    };
    let indexes = Indexes::drop(connection).await?;
    let labels = house::labels(house::SEATS);
    let pairs =
        journal.events.iter().flat_map(|event| labels.chunks_exact(2).map(move |p| (event, p)));
    for (count, (event, pair)) in (0_u64..).zip(pairs) {
        let enough = match want {
            Want::Facts(facts) => rows.position >= facts,
            Want::Holds(holds) => count >= holds,
        };
        if enough {
            break;
        }
        let event = event.parse().map(EventId).map_err(|_| unusable("an event's id"))?;
        rows.hold(event, [&pair[0], &pair[1]], count, fate)?;
        if rows.events.len() >= CHUNK {
            rows.send(connection).await?;
        }
    }
    rows.send(connection).await?;
    indexes.restore(connection).await?;
    let head = i64::try_from(rows.position).unwrap_or(i64::MAX);
    let moved = "update journal_head set position = $1, recorded_at = clock_timestamp()";
    sqlx::query(moved).bind(head).execute(&mut *connection).await?;
    sqlx::raw_sql("vacuum (analyze) events, commands").execute(connection).await?;
    Ok(rows.position)
}

/// How much is to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Until the journal has so many facts.
    Facts(u64),
    /// So many holds.
    Holds(u64),
}

impl Rows {
    /// A hold of two seats, and what became of it.
    fn hold(
        &mut self,
        event: EventId,
        seats: [&str; 2],
        count: u64,
        fate: Fate,
    ) -> Result<(), BenchError> {
        let booking = BookingId(RandomIds.next());
        let buyer = subject(&format!("filled-{}", count % 50_000))?;
        let until = match fate {
            Fate::Over => self.now,
            Fate::Until(until) => until,
        };
        let order = order(event, &buyer, seats);
        let answer = answer(booking, &order, until);
        let total = order.total;
        let mut unit = Unit { rows: self, event, actor: buyer, booking, seats };
        unit.seats(1, &SeatFact::Held { booking_id: booking, until })?;
        unit.booking(1, BookingFact::Held { order: order.into(), until })?;
        unit.answered(&format!("hold-{count}"), &answer);
        if fate != Fate::Over {
            return Ok(());
        }
        if count % 3 == 2 {
            unit.actor = subject(SYSTEM)?;
            let reason = ReleaseReason::Expired;
            unit.seats(2, &SeatFact::Released { booking_id: booking, reason })?;
            return unit.booking(2, BookingFact::Expired {});
        }
        let payment_id = PaymentId(RandomIds.next());
        let method = "test:success".to_owned();
        unit.booking(2, BookingFact::PaymentStarted { payment_id, method, amount: total })?;
        unit.answered(&format!("payment-{count}"), &answer);
        unit.actor = subject(SYSTEM)?;
        unit.seats(2, &SeatFact::Booked { booking_id: booking })?;
        unit.booking(3, BookingFact::Confirmed { payment_id, late: false })
    }

    async fn send(&mut self, connection: &mut PgConnection) -> Result<(), BenchError> {
        let events = "copy events (aggregate_type, aggregate_id, sequence, event_type, \
                      event_version, payload, metadata, position, event_id, recorded_at) from stdin";
        let commands =
            "copy commands (actor, key, digest, answer, position, recorded_at) from stdin";
        for (copy, text) in [(events, &mut self.events), (commands, &mut self.commands)] {
            let mut sink = connection.copy_in_raw(copy).await?;
            sink.send(text.as_bytes()).await?;
            sink.finish().await?;
            text.clear();
        }
        Ok(())
    }
}

/// What is written of one booking.
struct Unit<'a> {
    rows: &'a mut Rows,
    event: EventId,
    actor: Subject,
    booking: BookingId,
    seats: [&'a str; 2],
}

impl Unit<'_> {
    fn seats(&mut self, sequence: u64, fact: &SeatFact) -> Result<(), BenchError> {
        for seat in self.seats {
            self.fact(&StreamId::seat(self.event, seat), sequence, &fact.clone().into())?;
        }
        Ok(())
    }

    fn booking(&mut self, sequence: u64, fact: BookingFact) -> Result<(), BenchError> {
        self.fact(&StreamId::booking(self.booking), sequence, &fact.into())
    }

    fn fact(&mut self, stream: &StreamId, sequence: u64, fact: &Fact) -> Result<(), BenchError> {
        let payload = fact.encode().map_err(|_| unusable("a fact"))?;
        let metadata = Metadata {
            command_id: CommandId(self.booking.0),
            correlation_id: self.booking.to_string(),
            causation_id: None,
            actor: self.actor.clone(),
            traceparent: None,
        };
        self.rows.position += 1;
        // Labels, names and ids have nothing in them that COPY takes for its own. Writing to
        // memory cannot fail.
        let _ = writeln!(
            self.rows.events,
            "{}\t{}\t{sequence}\t{}\t{VERSION}\t{payload}\t{}\t{}\t{}\t{}",
            stream.aggregate,
            stream.id,
            fact.name(),
            metadata.to_json(),
            self.rows.position,
            self.event,
            self.rows.now
        );
        Ok(())
    }

    /// The command that was carried out last came with a key.
    fn answered(&mut self, key: &str, answer: &str) {
        let (position, now) = (self.rows.position, self.rows.now);
        // Writing to memory cannot fail.
        let _ = writeln!(
            self.rows.commands,
            "{}\t{key}\t\\\\x{position:064x}\t{answer}\t{position}\t{now}",
            self.actor
        );
    }
}

/// The indexes of the tables that are filled, which are quicker to build than to keep. Which there
/// are is the migrations' business, so they are asked for.
struct Indexes(Vec<(String, String)>);

impl Indexes {
    async fn drop(connection: &mut PgConnection) -> Result<Self, BenchError> {
        let constraints = "select format('alter table %I drop constraint %I', t.relname, conname),
                format('alter table %I add constraint %I %s', t.relname, conname,
                    pg_get_constraintdef(c.oid))
            from pg_constraint c join pg_class t on t.oid = c.conrelid
            where t.relname in ('events', 'commands') and contype in ('p', 'u')";
        let indexes = "select format('drop index %I', indexname), indexdef from pg_indexes
            where tablename in ('events', 'commands') and schemaname = 'public'";
        let mut dropped = Vec::new();
        // The constraints first: they take their indexes with them.
        for found in [constraints, indexes] {
            let found: Vec<(String, String)> =
                sqlx::query_as(found).fetch_all(&mut *connection).await?;
            for (drop, make) in found {
                sqlx::raw_sql(&drop).execute(&mut *connection).await?;
                dropped.push((drop, make));
            }
        }
        Ok(Self(dropped))
    }

    async fn restore(self, connection: &mut PgConnection) -> Result<(), BenchError> {
        sqlx::raw_sql("set maintenance_work_mem = '512MB'").execute(&mut *connection).await?;
        for (_, make) in self.0 {
            sqlx::raw_sql(&make).execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn order(event: EventId, buyer: &Subject, seats: [&str; 2]) -> Order {
    let line =
        |seat: &str| SeatLine { seat: seat.to_owned(), category: "Stalls".into(), price: PRICE };
    let order = Order {
        event_id: event,
        buyer: buyer.clone(),
        seats: seats.map(line).to_vec(),
        places: Vec::new(),
        currency: Currency::EUR,
        price_version: 1,
        fee: 0,
        total: 0,
    };
    order.priced(FEE)
}

/// The answer as the box office keeps it.
fn answer(booking: BookingId, order: &Order, until: Timestamp) -> String {
    let money = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    let seat = |line: &SeatLine| json!({"seat": line.seat, "category": line.category, "price": money(line.price)});
    json!({
        "booking_id": booking, "event_id": order.event_id, "state": "held",
        "seats": order.seats.iter().map(seat).collect::<Vec<_>>(), "places": [],
        "fee": money(order.fee), "total": money(order.total), "until": until, "renewals_left": 1
    })
    .to_string()
}

fn subject(name: &str) -> Result<Subject, BenchError> {
    Subject::try_new(name).map_err(|_| unusable("a buyer's name"))
}

fn unusable(what: &str) -> BenchError {
    BenchError::Unsound(format!("{what} cannot be used to fill a journal"))
}
