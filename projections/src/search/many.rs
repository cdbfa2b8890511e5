//! Two hundred thousand events, written straight into an index: every page to the last one, and
//! every order, filter and count against what a loop over the same events says.
//!
//! One test, because making them takes most of its time.

use std::collections::HashMap;

use aisle_domain::event::{
    AreaSpec, CategoryPrice, EventDetails, Phase, SaleWindow, SeatingRule, Venue,
};
use aisle_domain::id::{EventId, Subject};
use aisle_domain::money::Currency;
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use super::order::Key;
use super::row::Row;
use super::snapshot::Snapshot;
use super::store::IndexStore;
use super::{
    Availability, Cursor, FacetCount, FacetMode, Facets, MAX_LIMIT, Search, SearchRequest, Sort,
};

/// How many can be found.
const EVENTS: usize = 200_000;
/// One of so many is hidden, besides.
const HIDDEN: u64 = 100;
/// Places of each.
const CAPACITY: u32 = 100;
const COUNTRIES: [&str; 7] = ["AT", "BR", "DE", "ES", "FR", "GB", "JP"];
const CURRENCIES: [&str; 3] = ["EUR", "JPY", "USD"];

/// What is known of an event, as numbers.
#[derive(Clone, Copy)]
struct Known {
    number: u64,
    kind: u64,
    series: Option<u64>,
    home: u64,
    away: u64,
    town: usize,
    ground: u64,
    currency: Currency,
    hour: i64,
    price: i64,
    taken: u64,
}

impl Known {
    /// Drawn, but the same every time.
    fn nth(number: u64) -> Self {
        let draw = |salt: u64, below: u64| {
            // The finaliser of SplitMix64.
            let mut z = (number << 8 | salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ z >> 31) % below
        };
        Self {
            number,
            kind: draw(1, 6),
            series: Some(draw(2, 40)).filter(|series| series % 5 > 0),
            home: draw(3, 900),
            away: 900 + draw(4, 900),
            town: draw(5, 150) as usize,
            ground: draw(6, 300),
            currency: CURRENCIES[draw(7, 3) as usize].parse().unwrap(),
            // Nearly in the order in which they were entered, as real ones are.
            hour: 6 * ((number as i64 / 128) ^ 5),
            price: 500 + 100 * draw(8, 90) as i64,
            taken: draw(9, 130).min(u64::from(CAPACITY)),
        }
    }

    fn is_shown(&self) -> bool {
        !self.number.is_multiple_of(HIDDEN)
    }

    fn id(&self) -> EventId {
        EventId(Uuid::from_u128(u128::from(self.number) << 64 | 7))
    }

    fn starts_at(&self) -> Timestamp {
        Timestamp::from_second(1_767_268_800 + self.hour * 3_600).unwrap()
    }

    fn country(&self) -> &'static str {
        COUNTRIES[self.town % COUNTRIES.len()]
    }

    fn performers(&self) -> Vec<String> {
        vec![format!("Club {}", self.home), format!("Club {}", self.away)]
    }

    fn venue(&self) -> Venue {
        Venue {
            name: format!("Ground {}", self.ground),
            city: Some(format!("Town {}", self.town)),
            region: None,
            country: Some(self.country().into()),
        }
    }

    fn details(&self) -> EventDetails {
        let price =
            |more| CategoryPrice { category: format!("{more}"), amount: self.price + more - 50 };
        EventDetails {
            organiser: Subject::try_new("organiser").unwrap(),
            title: format!("Match {}", self.number),
            category: format!("Kind {}", self.kind),
            series: self.series.map(|series| format!("Series {series}")),
            performers: self.performers(),
            starts_at: self.starts_at(),
            time_zone: "UTC".into(),
            time_to_be_confirmed: false,
            venue: self.venue(),
            plan: None,
            seats: 0,
            areas: vec![AreaSpec { name: "A".into(), category: "0".into(), capacity: CAPACITY }],
            currency: self.currency,
            price_version: 1,
            prices: [0, 2_000].map(price).into(),
            fee: 50,
            sale_window: SaleWindow::default(),
            limit_per_buyer: 10,
            hold_seconds: 600,
            seating_rule: SeatingRule::default(),
            accessible_categories: Vec::new(),
        }
    }

    fn row(&self) -> Row {
        let mut row = Row::created(self.id(), &self.details());
        row.taken = self.taken;
        row.phase = match (self.is_shown(), self.number / HIDDEN % 2) {
            (true, _) => Phase::OnSale,
            (false, 0) => Phase::Draft,
            (false, _) => Phase::Cancelled,
        };
        row
    }

    /// What it is sorted by, as plainly as it can be said.
    fn place(&self, sort: Sort) -> (i64, i64, u64) {
        let first = match sort {
            Sort::Relevance | Sort::Date => 0,
            Sort::Price => self.price,
            Sort::PriceDesc => -self.price,
            Sort::Popularity => -(self.taken as i64),
        };
        (first, self.hour, self.number)
    }
}

/// The index, and what can be found in it.
struct Many {
    search: Search,
    known: Vec<Known>,
    _dir: TempDir,
}

impl Many {
    fn make() -> Self {
        let dir = TempDir::new().unwrap();
        let mut store = IndexStore::create(dir.path()).unwrap();
        let mut all = (0..).map(Known::nth);
        let mut known = Vec::new();
        // Two segments, so that something has to be put together.
        for upto in [EVENTS * 2 / 3, EVENTS] {
            let rows = std::iter::from_fn(|| {
                let next = all.next().filter(|_| known.len() < upto)?;
                known.extend(Some(next).filter(Known::is_shown));
                Some(next.row())
            });
            store.commit(rows, upto as u64).unwrap();
        }
        let search = Search::new(Snapshot::next(None, store.searcher(), 1).unwrap());
        Self { search, known, _dir: dir }
    }

    fn check(&self, request: &SearchRequest, holds: impl Fn(&Known) -> bool) {
        let expected: Vec<_> = self.known.iter().filter(|known| holds(known)).collect();
        let page = self.search.search(request).unwrap();
        assert_eq!(page.total, expected.len() as u64, "{request:?}");
        assert!(page.total > 0, "{request:?} says nothing");
        assert_counts(&page.facets, &expected);
    }

    fn in_order(&self, sort: Sort) -> Vec<&Known> {
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|known| known.place(sort));
        known
    }
}

fn assert_counts(facets: &Facets, expected: &[&Known]) {
    let count = |values: &dyn Fn(&Known) -> Vec<String>| {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for value in expected.iter().flat_map(|known| values(known)) {
            *counts.entry(value).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        counts
    };
    let month = |known: &Known| vec![known.starts_at().strftime("%Y-%m").to_string()];
    let mut months = count(&month);
    months.truncate(20);
    months.sort();
    assert_eq!(plain(&facets.month), months);
    for (shown, found, values) in [
        (20, &facets.category, &(|k: &Known| vec![format!("Kind {}", k.kind)]) as &dyn Fn(&_) -> _),
        (20, &facets.series, &|k: &Known| {
            k.series.map(|series| format!("Series {series}")).into_iter().collect()
        }),
        (20, &facets.country, &|k: &Known| vec![k.country().into()]),
        (20, &facets.city, &|k: &Known| vec![format!("Town {}", k.town)]),
        (10, &facets.venue, &|k: &Known| vec![format!("Ground {}", k.ground)]),
        (10, &facets.performer, &Known::performers),
    ] {
        let mut expected = count(values);
        expected.truncate(shown);
        assert_eq!(plain(found), expected);
    }
}

fn plain(counts: &[FacetCount]) -> Vec<(String, u64)> {
    counts.iter().map(|count| (count.value.to_string(), count.count)).collect()
}

fn filters(many: &Many) {
    let any = SearchRequest::default;
    let moment = |hour: i64| Some(Known { hour, ..Known::nth(1) }.starts_at());
    many.check(&any(), |_| true);
    many.check(&SearchRequest { start: moment(4_800), ..any() }, |k| k.hour >= 4_800);
    many.check(&SearchRequest { end: moment(4_800), ..any() }, |k| k.hour < 4_800);
    many.check(&SearchRequest { region: Some("es".into()), ..any() }, |k| k.country() == "ES");
    many.check(&SearchRequest { region: Some("town 7".into()), ..any() }, |k| k.town == 7);
    many.check(&SearchRequest { country: Some("JP".into()), ..any() }, |k| k.country() == "JP");
    many.check(&SearchRequest { city: Some("Town 149".into()), ..any() }, |k| k.town == 149);
    many.check(&SearchRequest { category: Some("KIND 3".into()), ..any() }, |k| k.kind == 3);
    many.check(&SearchRequest { series: Some("Series 3".into()), ..any() }, |k| {
        k.series == Some(3)
    });
    many.check(&SearchRequest { performer: Some("club 1000".into()), ..any() }, |k| {
        k.away == 1_000
    });
    many.check(&SearchRequest { venue: Some("Ground 8".into()), ..any() }, |k| k.ground == 8);
    many.check(&SearchRequest { month: Some("2026-03".into()), ..any() }, |k| {
        k.starts_at().strftime("%Y-%m").to_string() == "2026-03"
    });
    many.check(&SearchRequest { price_max: Some(700), ..any() }, |k| k.price <= 700);
    many.check(&SearchRequest { price_min: Some(11_000), ..any() }, |k| k.price + 2_000 >= 11_000);
    // 60 of whichever currency.
    many.check(&SearchRequest { up_to: Some(60_000), ..any() }, |k| {
        k.price <= 60 * 10_i64.pow(k.currency.minor_digits().into())
    });
    let usd: Currency = "USD".parse().unwrap();
    many.check(&SearchRequest { currency: Some(usd), ..any() }, |k| k.currency == usd);
    let free = SearchRequest { availability: Availability::Free, ..any() };
    many.check(&free, |k| k.taken < u64::from(CAPACITY));
    let words = SearchRequest { term: Some("\"club 7\" tickets".into()), ..any() };
    many.check(&words, |k| k.home == 7);
    let both = SearchRequest { country: Some("at".into()), start: moment(9_000), ..free };
    many.check(&both, |k| k.taken < u64::from(CAPACITY) && k.country() == "AT" && k.hour >= 9_000);
}

/// A page that begins anywhere is what a loop says, in every order.
fn orders(many: &Many) {
    for sort in [Sort::Relevance, Sort::Date, Sort::Price, Sort::PriceDesc, Sort::Popularity] {
        let order = many.in_order(sort);
        for at in [1, 777, 60_000, 133_333, EVENTS - 7, EVENTS] {
            let before = order[at - 1];
            let primary = match sort {
                Sort::Relevance => u64::from(u16::MAX - 1),
                Sort::Date => 0,
                Sort::Price => before.price as u64,
                Sort::PriceDesc => u64::MAX - 1 - before.price as u64,
                Sort::Popularity => u64::MAX - before.taken,
            };
            let starts_at = before.starts_at().as_microsecond();
            let id = before.id().0.as_u128();
            let after = Cursor::new(sort, Key { cancelled: false, primary, starts_at, id });
            let request = SearchRequest {
                sort,
                after: Some(after),
                facets: FacetMode::Skip,
                limit: 5,
                ..SearchRequest::default()
            };
            let page = many.search.search(&request).unwrap();
            let found: Vec<_> = page.hits.iter().map(|hit| hit.listing.event_id).collect();
            let expected: Vec<_> = order[at..].iter().take(5).map(|known| known.id()).collect();
            assert_eq!(found, expected, "{sort:?} after {at}");
            assert_eq!(page.next.is_some(), at + 5 < EVENTS, "{sort:?} after {at}");
        }
    }
}

/// Every page from the first to the last has what comes next, nothing twice, nothing left out.
fn pages(many: &Many) {
    let mut request = SearchRequest {
        sort: Sort::Date,
        limit: MAX_LIMIT,
        facets: FacetMode::Skip,
        ..SearchRequest::default()
    };
    let mut expected = many.in_order(Sort::Date).into_iter().map(Known::id);
    loop {
        let page = many.search.search(&request).unwrap();
        assert_eq!(page.total, EVENTS as u64);
        for hit in &page.hits {
            assert_eq!(Some(hit.listing.event_id), expected.next());
        }
        // As text, as clients carry it.
        request.after = page.next.map(|next| next.to_string().parse().unwrap());
        if request.after.is_none() {
            break;
        }
    }
    assert_eq!(expected.next(), None);
}

#[test]
fn two_hundred_thousand_events_are_found_counted_sorted_and_paged_to_the_last() {
    let many = Many::make();
    filters(&many);
    orders(&many);
    pages(&many);
}
