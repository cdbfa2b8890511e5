//! The real catalogue: 17,682 football fixtures with every kind of accent.

use std::io::{BufRead, BufReader};
use std::path::Path;

use aisle_domain::event::{AreaSpec, EventDetails, Venue};
use aisle_projections::projection::Projection;
use aisle_projections::search::{FacetMode, SearchPage, SearchRequest, Sort};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::world::{Journal, World, all_pages, details, event, for_term, prices};

/// A line of the catalogue.
#[derive(Deserialize)]
struct Fixture {
    name: String,
    category: String,
    series: String,
    performers: Vec<String>,
    date: Date,
    /// Some lack the leading zero: `9:30`.
    time: Option<String>,
    timezone: Option<String>,
    venue: Ground,
}

/// Where a fixture is played.
#[derive(Deserialize)]
struct Ground {
    name: String,
    city: Option<String>,
    country: Option<String>,
    capacity: Option<u32>,
}

fn fixtures() -> impl Iterator<Item = Fixture> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/catalogue.jsonl.zst");
    let file = std::fs::File::open(path).unwrap();
    let lines = BufReader::new(zstd::Decoder::new(file).unwrap()).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

fn on_sale(n: u128, fixture: Fixture) -> EventDetails {
    let time = fixture.time.as_deref().unwrap_or("0:00");
    let time: Time = format!("{time:0>5}").parse().unwrap();
    let time_zone = fixture.timezone.unwrap_or("UTC".into());
    let zone = TimeZone::get(&time_zone).unwrap();
    let (city, region) = match fixture.venue.city {
        Some(city) => match city.split_once(" › ") {
            Some((city, region)) => (Some(city.to_owned()), Some(region.to_owned())),
            None => (Some(city), None),
        },
        None => (None, None),
    };
    let capacity = fixture.venue.capacity.unwrap_or(10_000);
    EventDetails {
        category: fixture.category,
        series: Some(fixture.series),
        performers: fixture.performers,
        starts_at: fixture.date.to_datetime(time).to_zoned_datetime(zone).unwrap().timestamp(),
        time_zone,
        time_to_be_confirmed: fixture.time.is_none(),
        venue: Venue { name: fixture.venue.name, city, region, country: fixture.venue.country },
        areas: vec![AreaSpec { name: "Stand".into(), category: "Any".into(), capacity }],
        prices: prices(&[1_000 + 100 * (n % 50) as i64, 9_000]),
        ..details(&fixture.name)
    }
}

pub(crate) async fn catalogue() -> World {
    let mut journal = Journal::default();
    for (n, fixture) in (1..).zip(fixtures()) {
        journal.on_sale(event(n), on_sale(n, fixture));
    }
    let mut world = World { journal, ..World::new() };
    let mut position = 0;
    for entries in world.journal.entries.chunks(20_000) {
        world.projection.apply(entries).await.unwrap();
        position += entries.len() as u64;
        world.projection.commit(position).await.unwrap();
    }
    world
}

fn all_have(page: &SearchPage, name: &str) -> bool {
    page.hits.iter().all(|hit| {
        hit.listing.title.contains(name) || hit.listing.performers.iter().any(|p| p.contains(name))
    })
}

#[tokio::test]
async fn what_people_type_finds_what_they_mean() {
    let world = catalogue().await;
    for (term, name) in [
        ("Barcelnoa", "Barcelona"),
        ("liver", "Liverpool"),
        ("bayern munchen", "Bayern München"),
        ("besiktas", "Beşiktaş"),
        ("\"real madrid\"", "Real Madrid"),
        ("atletico mad", "Atlético"),
        ("galatasary", "Galatasaray"),
        ("koln", "Köln"),
    ] {
        let page = world.ask(&for_term(term));
        assert!(page.total >= 17, "{term}: {}", page.total);
        assert!(all_have(&page, name), "{term}");
        assert!(page.hits.iter().all(|hit| hit.title_html.contains("<mark>")), "{term}");
    }
    assert_eq!(world.ask(&for_term("epl")).total, 760);
    assert_eq!(world.ask(&for_term("la liga")).facets.series[0].count, 760);
    assert_eq!(world.ask(&for_term("österr 2. liga")).facets.series[0].count, 480);
    assert_eq!(world.ask(&for_term("zzzzqqqq xxyyxxyy")).total, 0);
    let suggested = world.search().suggest("barce", 5);
    assert!(suggested.iter().any(|suggestion| suggestion.text.contains("Barcelona")));
}

#[tokio::test]
async fn ranges_regions_and_facets_agree() {
    let world = catalogue().await;
    let all = world.ask(&SearchRequest::default());
    assert_eq!(all.total, 17_682);
    let in_britain = SearchRequest { region: Some("gb".into()), ..SearchRequest::default() };
    let britain = world.ask(&in_britain);
    assert_eq!(britain.total, 4_515);
    for counts in [&britain.facets.category, &britain.facets.series, &britain.facets.country] {
        assert_eq!(counts.iter().map(|c| c.count).sum::<u64>(), 4_515);
    }
    let august = SearchRequest {
        start: Some("2024-08-01T00:00:00Z".parse().unwrap()),
        end: Some("2024-08-16T00:00:00Z".parse().unwrap()),
        ..in_britain.clone()
    };
    let page = world.ask(&august);
    assert_eq!(page.facets.month.len(), 1);
    assert_eq!(page.facets.month[0].count, page.total);
    let rest = SearchRequest { start: august.end, ..in_britain.clone() };
    let before = SearchRequest { end: august.start, ..in_britain };
    assert_eq!(world.ask(&rest).total + world.ask(&before).total + page.total, 4_515);
}

#[tokio::test]
async fn every_fixture_is_on_exactly_one_page_in_order() {
    let world = catalogue().await;
    for sort in [Sort::Relevance, Sort::Date, Sort::Price, Sort::PriceDesc, Sort::Popularity] {
        let request =
            SearchRequest { sort, limit: 100, facets: FacetMode::Skip, ..SearchRequest::default() };
        let pages = all_pages(&world.search(), request);
        let listings: Vec<_> = pages.iter().flat_map(|p| &p.hits).map(|h| &h.listing).collect();
        let mut ids: Vec<_> = listings.iter().map(|listing| listing.event_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((listings.len(), ids.len()), (17_682, 17_682), "{sort:?}");
        let key = |listing: &&std::sync::Arc<aisle_projections::search::Listing>| {
            let price = listing.price.unwrap().min;
            let first = match sort {
                Sort::Price => price,
                Sort::PriceDesc => -price,
                Sort::Relevance | Sort::Date | Sort::Popularity => 0,
            };
            (first, listing.starts_at, listing.event_id)
        };
        assert!(listings.is_sorted_by_key(key), "{sort:?}");
    }
}
