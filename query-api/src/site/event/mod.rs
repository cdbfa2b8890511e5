//! The page of an event: when, where, who, for how much, how its sale stands, and its seats.
//!
//! Which seats there are to choose from is [`super::seat_list`]'s business.

mod calendar;
mod json_ld;
mod sale;

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_domain::money::Money;
use aisle_projections::views::EventPage;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use self::sale::Sale;
use super::card::{Badge, kind, place};
use super::dates::{Local, clock};
use super::money::{self, money};
use super::page::{Page, PageProblem, Shown};
use super::request::Asked;
use super::search::Find;
use super::seat_list::{self, SeatList};
use super::shell::{Part, Shell, json_in_html};
use super::text;
use crate::QueryApi;
use crate::fresh::ReadModel;

#[derive(Debug, Template)]
#[template(path = "event.html")]
pub(crate) struct EventShown {
    shell: Shell,
    id: String,
    title: String,
    kind: String,
    kind_href: String,
    performers: Vec<Link>,
    when: When,
    place: String,
    place_href: String,
    badge: Badge,
    /// What else is to be said of the sale.
    sentence: Option<String>,
    turns: Option<Turn>,
    /// From the least to the most, fees included.
    range: Option<String>,
    prices: Vec<Price>,
    fee: Option<String>,
    /// What is free, in words.
    left: Option<String>,
    limit: u64,
    json_ld: String,
    /// Whether there is a map: an event without reserved seats has none.
    has_map: bool,
    seats: Option<SeatList>,
}

/// A name that leads to more of it.
#[derive(Debug)]
struct Link {
    href: String,
    text: String,
}

/// When an event begins, at the venue.
#[derive(Debug)]
pub(crate) struct When {
    /// In words; only the day where only that is sure.
    pub(crate) text: String,
    pub(crate) has_time: bool,
    pub(crate) place: String,
    /// For machines, with its offset.
    pub(crate) at: String,
}

/// The moment at which a sale opens or closes.
#[derive(Debug)]
struct Turn {
    text: String,
    at: String,
    left: String,
    left_seconds: i64,
}

/// The price of a category.
#[derive(Debug)]
struct Price {
    category: String,
    /// With the fee: what one pays.
    total: String,
}

/// `GET /events/{event_id}`, for people. None is a path that names no event.
pub(crate) async fn event(api: &QueryApi, asked: &Asked, id: Option<EventId>) -> Shown<EventShown> {
    let page = find(api, asked, id).await?;
    let now = api.now();
    let seats = seats(api, asked, &page, Sale::of(&page, now)).await?;
    Ok(Page(EventShown { seats, ..EventShown::new(asked, &page, now) }))
}

/// `GET /events/{event_id}/calendar.ics`
pub(crate) async fn calendar(
    State(api): State<QueryApi>,
    asked: Asked,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let page = find(&api, &asked, id.parse().ok()).await?;
    let file = calendar::file(&page, &format!("{}/events/{}", asked.origin, page.id));
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"event.ics\""),
        (CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, file).into_response())
}

/// The list of seats, where there is something to choose or to see, or to say of what was chosen.
async fn seats(
    api: &QueryApi,
    asked: &Asked,
    page: &EventPage,
    sale: Sale,
) -> Result<Option<SeatList>, PageProblem> {
    let is_empty = page.details.plan.is_none() && !sale.is_open();
    let came_back = asked.value("problem").is_some();
    if matches!(sale, Sale::Cancelled | Sale::Begun) || (is_empty && !came_back) {
        return Ok(None);
    }
    api.fresh(ReadModel::SeatMap, asked.min_position()).await?;
    let value = |name| asked.value(name).map(str::to_owned);
    let wish = seat_list::Asked {
        section: value("section"),
        problem: value("problem"),
        seats: value("seats"),
        wished: value("wished"),
    };
    let session = match asked.actor() {
        Some(_) => seat_list::Session::There,
        None => seat_list::Session::None,
    };
    let open = if sale.is_open() { seat_list::Sale::Open } else { seat_list::Sale::Closed };
    Ok(Some(api.seat_list(page, &wish, open, session).await?))
}

/// The event of a path, if whoever asks may see it.
async fn find(
    api: &QueryApi,
    asked: &Asked,
    id: Option<EventId>,
) -> Result<EventPage, PageProblem> {
    let id = id.ok_or_else(PageProblem::not_found)?;
    api.fresh(ReadModel::EventPages, asked.min_position()).await?;
    Ok(api.event_page(id, asked.actor()).await?.0)
}

impl When {
    /// When an event begins.
    pub(crate) fn of(details: &EventDetails) -> Self {
        let local = Local::new(details.starts_at, &details.time_zone);
        let has_time = !details.time_to_be_confirmed;
        Self {
            text: if has_time { local.long_moment() } else { local.day() },
            has_time,
            place: local.place(),
            at: local.rfc3339(),
        }
    }
}

impl EventShown {
    fn new(asked: &Asked, page: &EventPage, now: Timestamp) -> Self {
        let (details, sale) = (&page.details, Sale::of(page, now));
        let url = format!("{}/events/{}", asked.origin, page.id);
        let search = |name, value: &str| Find::default().with(name, value).href();
        let link = |name: &String| Link { href: search("performer", name), text: name.clone() };
        Self {
            shell: shell(asked, page, &url),
            id: page.id.to_string(),
            title: details.title.clone(),
            kind: kind(&details.category, details.series.as_deref()),
            kind_href: search("category", &details.category),
            performers: details.performers.iter().map(link).collect(),
            when: When::of(details),
            place: place(&details.venue.name, details.venue.city.as_deref()),
            place_href: search("venue", &details.venue.name),
            badge: sale.badge(),
            sentence: sentence(page, sale),
            turns: sale.turns(now).map(|(at, name)| Turn::new(at, name, details, now)),
            range: range(details),
            prices: prices(details),
            fee: (details.fee > 0).then(|| money(Money::new(details.fee, details.currency))),
            left: sale.is_open().then(|| left(page)),
            limit: details.limit_per_buyer.into(),
            json_ld: json_in_html(&json_ld::event(page, sale, &url)),
            has_map: details.plan.is_some(),
            seats: None,
        }
    }
}

impl Turn {
    fn new(at: Timestamp, name: &str, details: &EventDetails, now: Timestamp) -> Self {
        let local = Local::new(at, &details.time_zone);
        let left = now.duration_until(at);
        Self {
            text: text::say_with(
                name,
                &[("moment", local.moment().into()), ("place", local.place().into())],
            ),
            at: local.rfc3339(),
            left: clock(left),
            left_seconds: left.as_secs(),
        }
    }
}

fn shell(asked: &Asked, page: &EventPage, url: &str) -> Shell {
    let details = &page.details;
    let local = Local::new(details.starts_at, &details.time_zone);
    let place = place(&details.venue.name, details.venue.city.as_deref());
    let about = [
        ("title", details.title.as_str().into()),
        ("day", local.short_day().into()),
        ("place", place.into()),
    ];
    let frame = Shell::new(asked, Part::Events, details.title.as_str());
    // What came back is said beside the seats it is about.
    let description =
        if details.plan.is_some() { "event-description" } else { "event-description-places" };
    let shell = Shell { notice: None, ..frame }.described(text::say_with(description, &about));
    match page.phase {
        aisle_domain::event::Phase::Draft => shell,
        _ => shell.listed_as(url.to_owned()),
    }
}

/// How much is free, of what the house has: seats, places to stand, or both.
fn left(page: &EventPage) -> String {
    let name = match (page.details.plan.is_some(), page.details.areas.is_empty()) {
        (true, true) => "event-left",
        (true, false) => "event-left-both",
        (false, _) => "event-left-places",
    };
    text::count(name, page.taken().available().into())
}

fn sentence(page: &EventPage, sale: Sale) -> Option<String> {
    let reason = page.cancelled.as_deref().unwrap_or_default();
    sale.sentence().map(|name| text::say_with(name, &[("reason", reason.into())]))
}

fn range(details: &EventDetails) -> Option<String> {
    let amounts = details.prices.iter().map(|price| price.amount + details.fee);
    let (low, high) = (amounts.clone().min()?, amounts.max()?);
    let money = |amount| Money::new(amount, details.currency);
    Some(money::range(money(low), money(high)))
}

fn prices(details: &EventDetails) -> Vec<Price> {
    let mut prices: Vec<_> = details.prices.iter().collect();
    prices.sort_by_key(|price| std::cmp::Reverse(price.amount));
    let price = |price: &aisle_domain::event::CategoryPrice| Price {
        category: price.category.clone(),
        total: money(Money::new(price.amount + details.fee, details.currency)),
    };
    prices.into_iter().map(price).collect()
}
