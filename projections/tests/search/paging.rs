//! Every hit is on exactly one page, in order, to the last one.

use aisle_domain::event::EventDetails;
use aisle_projections::search::{Cursor, SearchError, SearchRequest, Sort};

use crate::world::{World, all_pages, details, prices, titles};

const SORTS: [Sort; 5] =
    [Sort::Relevance, Sort::Date, Sort::Price, Sort::PriceDesc, Sort::Popularity];

/// Forty events, many of which are equal but for their ids.
async fn forty() -> World {
    let nth = |n: i64| EventDetails {
        starts_at: format!("2026-05-{:02}T18:00:00Z", 1 + n % 3).parse().unwrap(),
        prices: prices(&[1_000 * (n % 4)]),
        ..details(&format!("Cup {n:02}"))
    };
    World::with((0..40).map(nth)).await
}

#[tokio::test]
async fn pages_of_any_size_together_are_the_whole_in_order() {
    let world = forty().await;
    for sort in SORTS {
        let request = SearchRequest { term: Some("cup".into()), sort, ..SearchRequest::default() };
        let whole = titles(&world.ask(&SearchRequest { limit: 100, ..request.clone() }));
        assert_eq!(whole.len(), 40);
        for limit in [1, 7, 20, 39, 40, 41] {
            let pages = all_pages(&world.search(), SearchRequest { limit, ..request.clone() });
            let paged: Vec<_> = pages.iter().flat_map(titles).collect();
            assert_eq!(paged, whole, "{sort:?} by {limit}");
            assert!(pages.iter().all(|page| page.total == 40));
            assert_eq!(pages.len(), 40_usize.div_ceil(limit));
        }
    }
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended_whatever_was_added_before() {
    let mut world = forty().await;
    let request = SearchRequest { sort: Sort::Date, limit: 10, ..SearchRequest::default() };
    let first = world.ask(&request);
    let early =
        EventDetails { starts_at: "2026-04-01T18:00:00Z".parse().unwrap(), ..details("Early") };
    world.journal.on_sale(crate::world::event(99), early);
    world.catch_up().await;
    let second = world.ask(&SearchRequest { after: first.next, ..request.clone() });
    let whole = titles(&world.ask(&SearchRequest { limit: 100, ..request }));
    assert_eq!(titles(&second), whole[11..21]);
}

#[tokio::test]
async fn a_cursor_of_another_sort_is_refused() {
    let world = forty().await;
    let by = |sort, after| SearchRequest { sort, after, ..SearchRequest::default() };
    let next = world.ask(&by(Sort::Date, None)).next;
    let refused = world.search().search(&by(Sort::Price, next));
    assert!(matches!(refused, Err(SearchError::BadCursor)));
}

#[test]
fn a_cursor_that_was_never_given_out_is_refused() {
    for text in ["", "abc", "00", &"f".repeat(70), &"0".repeat(70), "0105"] {
        assert!(matches!(text.parse::<Cursor>(), Err(SearchError::BadCursor)), "{text}");
    }
}
