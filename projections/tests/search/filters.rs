//! What filters let through, what is counted, and who is never shown.

use aisle_domain::event::{EventDetails, EventFact, Phase, Venue};
use aisle_projections::search::{FacetMode, SearchError, SearchRequest, Sort};

use crate::world::{World, details, event, prices, titles};

fn everything() -> SearchRequest {
    SearchRequest { sort: Sort::Date, ..SearchRequest::default() }
}

fn venue(name: &str, city: &str, region: &str, country: &str) -> Venue {
    Venue {
        name: name.into(),
        city: Some(city.into()),
        region: Some(region.into()),
        country: Some(country.into()),
    }
}

async fn three_towns() -> World {
    let at = |title, day: &str, venue| EventDetails {
        starts_at: day.parse().unwrap(),
        venue,
        ..details(title)
    };
    World::with([
        at("Wien", "2026-05-01T18:00:00Z", venue("Prater", "Wien", "Wien", "AT")),
        at("Graz", "2026-05-31T22:30:00Z", venue("Liebenau", "Graz", "Steiermark", "AT")),
        at("München", "2026-06-01T18:00:00Z", venue("Arena", "München", "Bayern", "DE")),
    ])
    .await
}

#[tokio::test]
async fn a_region_is_a_country_a_region_or_a_city() {
    let world = three_towns().await;
    let found = |region: &str| {
        titles(&world.ask(&SearchRequest { region: Some(region.into()), ..everything() }))
    };
    assert_eq!(found("at"), ["Wien", "Graz"]);
    assert_eq!(found("steiermark"), ["Graz"]);
    assert_eq!(found("MUNCHEN"), ["München"]);
    assert!(found("Atlantis").is_empty());
}

#[tokio::test]
async fn every_name_filters_by_itself_and_with_others() {
    let world = three_towns().await;
    let some = |text: &str| Some(text.to_owned());
    let found = |request: SearchRequest| titles(&world.ask(&request));
    assert_eq!(found(SearchRequest { city: some("wien"), ..everything() }), ["Wien"]);
    assert_eq!(found(SearchRequest { venue: some("liebenau"), ..everything() }), ["Graz"]);
    assert_eq!(found(SearchRequest { country: some("DE"), ..everything() }), ["München"]);
    assert_eq!(found(SearchRequest { category: some("football"), ..everything() }).len(), 3);
    let both = SearchRequest { country: some("AT"), city: some("München"), ..everything() };
    assert!(found(both).is_empty());
}

#[tokio::test]
async fn a_date_range_includes_its_start_and_not_its_end() {
    let world = three_towns().await;
    let range = SearchRequest {
        start: Some("2026-05-01T18:00:00Z".parse().unwrap()),
        end: Some("2026-06-01T18:00:00Z".parse().unwrap()),
        ..everything()
    };
    assert_eq!(titles(&world.ask(&range)), ["Wien", "Graz"]);
}

#[tokio::test]
async fn months_are_counted_where_the_event_takes_place() {
    let facets = three_towns().await.ask(&everything()).facets;
    let months: Vec<_> = facets.month.iter().map(|m| (&*m.value, m.count)).collect();
    assert_eq!(months, [("2026-05", 1), ("2026-06", 2)], "half past midnight in Graz is June");
}

#[tokio::test]
async fn facets_count_what_the_filters_let_through() {
    let world = three_towns().await;
    let page = world.ask(&SearchRequest { region: Some("AT".into()), limit: 1, ..everything() });
    let cities: Vec<_> = page.facets.city.iter().map(|c| (&*c.value, c.count)).collect();
    assert_eq!((page.total, page.hits.len()), (2, 1));
    assert_eq!(cities, [("Graz", 1), ("Wien", 1)]);
    let without = SearchRequest { facets: FacetMode::Skip, ..everything() };
    assert!(world.ask(&without).facets.city.is_empty());
}

#[tokio::test]
async fn price_ranges_overlap_with_the_fee_included() {
    let of = |title, amounts: &[i64]| EventDetails { prices: prices(amounts), ..details(title) };
    let world = World::with([of("cheap", &[1_000, 2_000]), of("dear", &[5_000])]).await;
    let found = |price_min, price_max| {
        titles(&world.ask(&SearchRequest { price_min, price_max, ..everything() }))
    };
    assert_eq!(found(Some(2_100), None), ["cheap", "dear"]);
    assert_eq!(found(Some(2_101), None), ["dear"]);
    assert_eq!(found(None, Some(1_100)), ["cheap"]);
    assert!(found(None, Some(1_099)).is_empty());
    assert!(found(Some(2_200), Some(5_000)).is_empty(), "between the two");
    let dollars = SearchRequest { currency: "USD".parse().ok(), ..everything() };
    assert_eq!(world.ask(&dollars).total, 0);
}

#[tokio::test]
async fn a_new_price_is_found_shown_and_sorted_by() {
    let mut world = World::of_titles(&["a", "b"]).await;
    let new = EventFact::Repriced { price_version: 2, prices: prices(&[500, 9_000]), fee: 50 };
    world.journal.event(event(2), new);
    world.catch_up().await;
    let page = world.ask(&SearchRequest { sort: Sort::Price, ..everything() });
    let price = page.hits[0].listing.price.unwrap();
    assert_eq!(titles(&page), ["b", "a"]);
    assert_eq!((price.min, price.max), (550, 9_050));
    let dearest = SearchRequest { sort: Sort::PriceDesc, ..everything() };
    assert_eq!(titles(&world.ask(&dearest)), ["a", "b"]);
}

#[tokio::test]
async fn a_draft_is_nowhere_to_be_seen_until_it_is_published() {
    let mut world = World::new();
    world.journal.event(event(1), EventFact::Created(Box::new(details("Secret"))));
    world.catch_up().await;
    let any = SearchRequest { phases: Phase::ALL.into(), ..everything() };
    assert_eq!(world.ask(&any).total, 0);
    assert!(world.ask(&any).facets.category.is_empty());
    assert!(world.search().suggest("ground", 10).is_empty());
    world.journal.event(event(1), EventFact::Published {});
    world.catch_up().await;
    assert_eq!(world.titles("secret"), ["Secret"]);
}

#[tokio::test]
async fn a_cancelled_event_is_found_when_asked_for_and_comes_last() {
    let mut world = World::of_titles(&["a", "b", "c"]).await;
    world.journal.event(event(1), EventFact::Cancelled { reason: "Rain".into() });
    world.journal.event(event(3), EventFact::SalesPaused {});
    world.catch_up().await;
    let in_phases = |phases: &[Phase]| {
        titles(&world.ask(&SearchRequest { phases: phases.into(), ..everything() }))
    };
    assert_eq!(in_phases(&[]), ["b", "c"]);
    assert_eq!(in_phases(&Phase::ALL), ["b", "c", "a"]);
    assert_eq!(in_phases(&[Phase::Paused, Phase::Cancelled]), ["c", "a"]);
    let cancelled = SearchRequest { phases: vec![Phase::Cancelled], ..everything() };
    assert_eq!(world.ask(&cancelled).hits[0].listing.phase, Phase::Cancelled);
}

#[tokio::test]
async fn a_page_has_1_to_100_hits() {
    let world = World::of_titles(&["a"]).await;
    for limit in [0, 101] {
        let refused = world.search().search(&SearchRequest { limit, ..everything() });
        assert!(matches!(refused, Err(SearchError::BadLimit)));
    }
}
