//! A world of its own for each test: a journal, the projections that follow it, and the routes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::actor::Role;
use aisle_domain::area::AreaFact;
use aisle_domain::booking::{BookingFact, Order, PlacesLine, SeatLine};
use aisle_domain::event::{EventDetails, EventFact};
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::money::Currency;
use aisle_domain::plan::Plan;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{Position, Sequence, StreamId};
use aisle_domain::testing::{after, command_id, details, details_of, plan, subject};
use aisle_infra::bus::{Bus, InProcessBus};
use aisle_infra::clock::{Clock, SystemClock};
use aisle_infra::http::auth::{TokenIssuer, TokenVerifier};
use aisle_infra::http::{Limits, harden_for_people};
use aisle_infra::journal::sqlite::SqliteJournal;
use aisle_infra::journal::{JournalStore, Metadata, NewFact, UnitOfWork};
use aisle_infra::plans::{JournalPlans, PlanSource};
use aisle_infra::secret::{Key, Secret};
use aisle_projections::projection::Projection;
use aisle_projections::runner::{Freshness, Runner};
use aisle_projections::search::{Search, SearchProjection};
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_projections::views::Views;
use aisle_query_api::{Options, QueryApi, Sources, document, for_people, router};
use axum::Router;
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt as _;
use tower_http::compression::CompressionLayer;

use super::model::{Model, held_up};

const KEY: Key = Secret::new([7; 32]);

/// Long enough for any machine; what is not to come is waited for with less.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    journal: Arc<dyn JournalStore>,
    api: QueryApi,
    seat_maps: SeatMaps,
    freshness: Freshness,
    models: HashMap<&'static str, Model>,
    router: Router,
    sequences: Mutex<HashMap<StreamId, Sequence>>,
    stop: CancellationToken,
    _stop_at_the_end: DropGuard,
    files: TempDir,
}

/// An answer, taken in.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_patience(PATIENCE).await
    }

    pub(crate) async fn with_patience(patience: Duration) -> Self {
        Self::with(patience, &Options::default()).await
    }

    pub(crate) async fn with_options(options: &Options) -> Self {
        Self::with(PATIENCE, options).await
    }

    async fn with(patience: Duration, options: &Options) -> Self {
        let files = tempfile::tempdir().unwrap();
        let journal = SqliteJournal::open(files.path().join("journal.db")).await.unwrap();
        let journal: Arc<dyn JournalStore> = Arc::new(journal);
        let stop = CancellationToken::new();
        let (sources, models) = sources(files.path(), &journal, &stop, patience).await;
        let (freshness, seat_maps) = (sources.freshness.clone(), sources.seat_maps.clone());
        let api = QueryApi::with(sources, options);
        let router = harden_for_people(router(api.clone()), Limits::default(), for_people);
        Self {
            journal,
            api,
            seat_maps,
            freshness,
            models,
            router,
            sequences: Mutex::default(),
            _stop_at_the_end: stop.clone().drop_guard(),
            stop,
            files,
        }
    }

    /// Returns once all projections follow the journal live.
    pub(crate) async fn is_live(&self) {
        while !self.freshness.caught_up() {
            tokio::task::yield_now().await;
        }
    }

    /// Ends all projections: nothing is applied any more.
    pub(crate) async fn stop_projections(&self) {
        self.stop.cancel();
        for model in self.models.values() {
            model.has_stopped().await;
        }
    }

    /// A read model, by its name.
    pub(crate) fn model(&self, name: &str) -> &Model {
        &self.models[name]
    }

    /// Appends facts as one unit of work.
    pub(crate) async fn append(&self, event: EventId, facts: Vec<(StreamId, Fact)>) -> Position {
        let facts = facts.into_iter().map(|(stream, fact)| self.new_fact(stream, &fact)).collect();
        let metadata = Metadata {
            command_id: command_id(1),
            correlation_id: "test".into(),
            causation_id: None,
            actor: subject("tester"),
            traceparent: None,
        };
        let unit = UnitOfWork {
            event_id: Some(event),
            facts,
            reads: Vec::new(),
            metadata: metadata.to_json(),
            idempotency: None,
        };
        let outcomes = self.journal.append(&[unit]).await.unwrap();
        outcomes[0].as_ref().unwrap().position
    }

    fn new_fact(&self, stream: StreamId, fact: &Fact) -> NewFact {
        let mut sequences = self.sequences.lock();
        let sequence = sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        NewFact::of(stream, *sequence, Arc::new(fact.clone()))
    }

    /// Appends facts of an event's own stream.
    pub(crate) async fn event(&self, event: EventId, facts: Vec<EventFact>) -> Position {
        let stream = StreamId::event(event);
        let facts = facts.into_iter().map(|fact| (stream.clone(), fact.into())).collect();
        self.append(event, facts).await
    }

    /// Puts an event on sale.
    pub(crate) async fn on_sale(&self, event: EventId, details: EventDetails) -> Position {
        self.event(event, aisle_domain::testing::on_sale_event_facts(details)).await
    }

    /// Keeps a plan of rows and seats and puts an event with it on sale.
    pub(crate) async fn on_sale_with_seats(&self, event: EventId) -> (Arc<Plan>, Position) {
        let plan = plan(4, 5);
        let position = self.on_sale_at(event, &plan).await;
        (plan, position)
    }

    /// Keeps a plan and puts an event with it on sale.
    pub(crate) async fn on_sale_at(&self, event: EventId, plan: &Plan) -> Position {
        self.journal.keep_plan(&plan.hash(), &plan.canonical_json()).await.unwrap();
        self.on_sale(event, details_of(plan)).await
    }

    /// Makes a booking of seats, held.
    pub(crate) async fn hold(
        &self,
        event: EventId,
        booking: BookingId,
        buyer: &str,
        seats: &[&str],
    ) -> Position {
        let until = after(600);
        let order = Arc::new(order(event, buyer, seats));
        let placed = BookingFact::Held { order, until };
        let mut facts: Vec<(StreamId, Fact)> = vec![(StreamId::booking(booking), placed.into())];
        facts.extend(seats.iter().map(|seat| {
            (StreamId::seat(event, seat), SeatFact::Held { booking_id: booking, until }.into())
        }));
        self.append(event, facts).await
    }

    /// Makes a booking of places of an area, held.
    pub(crate) async fn hold_places(
        &self,
        event: EventId,
        booking: BookingId,
        buyer: &str,
        area: &str,
        count: u32,
    ) -> Position {
        let until = after(600);
        let line = PlacesLine { area: area.into(), category: area.into(), count, price: 2500 };
        let order = Order { places: vec![line], ..order(event, buyer, &[]) }.priced(150);
        let placed = BookingFact::Held { order: Arc::new(order), until };
        let held = AreaFact::Held { booking_id: booking, count, until };
        let facts = vec![
            (StreamId::booking(booking), placed.into()),
            (StreamId::area(event, area), held.into()),
        ];
        self.append(event, facts).await
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A read by a person with a role.
    pub(crate) async fn get_as(&self, name: &str, role: Role, path: &str) -> Got {
        let request = Request::get(path).header(AUTHORIZATION, bearer(name, role));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        Got::taken_in(self.begin(request).await).await
    }

    /// The same through a layer that compresses what is not compressed yet.
    pub(crate) async fn send_compressed(&self, request: Request<Body>) -> Got {
        let router = self.router.clone().layer(CompressionLayer::new());
        Got::taken_in(router.oneshot(request).await.unwrap()).await
    }

    /// An answer whose body is not read yet.
    pub(crate) async fn begin(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// What answers before the routes.
    pub(crate) fn api(&self) -> &QueryApi {
        &self.api
    }

    /// The journal and its plans.
    pub(crate) fn journal(&self) -> (Arc<dyn JournalStore>, Arc<dyn PlanSource>) {
        (self.journal.clone(), Arc::new(JournalPlans::new(self.journal.clone())))
    }

    /// Where the tables are.
    pub(crate) fn views_url(&self) -> String {
        views_url(self.files.path())
    }

    /// What the routes show of seats.
    pub(crate) fn seat_maps(&self) -> SeatMaps {
        self.seat_maps.clone()
    }

    /// The routes, to be served.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }
}

impl Got {
    async fn taken_in(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: head.status, headers: head.headers, body }
    }

    /// The body of a success.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.body);
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The lines of a success.
    pub(crate) fn lines(&self) -> Vec<Value> {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.body);
        let text = std::str::from_utf8(&self.body).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The status and the code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let problem = self.document();
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }

    /// What a problem says of which parameter.
    pub(crate) fn wrong_field(&self) -> String {
        assert_eq!(self.problem().0, 400);
        self.document()["errors"][0]["field"].as_str().unwrap_or_default().to_owned()
    }

    /// The body, whatever the status.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn position(&self) -> Position {
        self.header("aisle-position").parse().unwrap()
    }

    /// The address of the next page.
    pub(crate) fn next(&self) -> Option<String> {
        let link = self.header("link").strip_prefix('<')?;
        Some(link.strip_suffix(">; rel=\"next\"").unwrap().to_owned())
    }
}

pub(crate) fn bearer(name: &str, role: Role) -> String {
    let issuer = TokenIssuer::new(&KEY, clock());
    let token = issuer.issue(&subject(name), &[role], SignedDuration::from_hours(1)).unwrap();
    format!("Bearer {token}")
}

/// [`details`] under another title.
pub(crate) fn titled(title: &str) -> EventDetails {
    EventDetails { title: title.into(), ..details() }
}

fn order(event: EventId, buyer: &str, seats: &[&str]) -> Order {
    let line =
        |seat: &&str| SeatLine { seat: (*seat).to_owned(), category: "Stalls".into(), price: 6000 };
    let order = Order {
        event_id: event,
        buyer: subject(buyer),
        seats: seats.iter().map(line).collect(),
        places: Vec::new(),
        currency: Currency::EUR,
        price_version: 1,
        fee: 0,
        total: 0,
    };
    order.priced(150)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

async fn sources(
    files: &Path,
    journal: &Arc<dyn JournalStore>,
    stop: &CancellationToken,
    patience: Duration,
) -> (Sources, HashMap<&'static str, Model>) {
    let plans: Arc<dyn PlanSource> = Arc::new(JournalPlans::new(journal.clone()));
    let views = Views::open(&views_url(files)).await.unwrap();
    let seat_maps = SeatMaps::default();
    let (search, projections) = projections(files, &views, &plans, &seat_maps).await;
    let bus: Arc<dyn Bus> = InProcessBus::start(journal.clone(), 0, stop.clone());
    let (mut freshness, mut models) = (Freshness::default(), HashMap::new());
    for projection in projections {
        let (journal, bus) = (journal.clone(), bus.clone());
        let (projection, gate) = held_up(projection);
        let runner = Runner::spawn(projection, journal, bus, stop.clone());
        freshness.watch(&runner);
        models.insert(runner.name, Model::new(runner, gate));
    }
    let documents = vec![("queries".to_owned(), serde_json::to_value(document()).unwrap())];
    let verifier = Arc::new(TokenVerifier::new(&KEY, clock()));
    let journal = journal.clone();
    let sources = Sources {
        views,
        seat_maps,
        search,
        freshness,
        journal,
        plans,
        verifier,
        documents,
        patience,
    };
    (sources, models)
}

fn views_url(files: &Path) -> String {
    format!("sqlite:{}", files.join("views.db").display())
}

async fn projections(
    files: &Path,
    views: &Views,
    plans: &Arc<dyn PlanSource>,
    seat_maps: &SeatMaps,
) -> (Search, Vec<Box<dyn Projection>>) {
    let mut projections = views.projections(plans.clone()).await.unwrap();
    let seat_map = SeatMap::open(views.store(), plans.clone(), seat_maps.clone()).await.unwrap();
    projections.push(Box::new(seat_map));
    let searching = SearchProjection::open(&files.join("search")).unwrap();
    let search = searching.search();
    projections.push(Box::new(searching));
    (search, projections)
}
