//! Whether people find what they mean: judged queries over the real catalogue.

use aisle_projections::search::relevance::{DEPTH, Judged, ndcg};
use aisle_projections::search::{FacetMode, SearchRequest};

use crate::catalogue::catalogue;
use crate::world::{all_pages, for_term};

/// What the mean must not fall below: just under what was measured (0.984). What is short of the
/// best asks for more than words: `manchester derby` finds nothing, because derby is a name too.
const MEAN: f64 = 0.98;

#[tokio::test]
async fn judged_queries_find_what_was_meant() {
    let world = catalogue().await;
    let search = world.search();
    let everything = SearchRequest { limit: 100, facets: FacetMode::Skip, ..Default::default() };
    let pages = all_pages(&search, everything);
    let listings: Vec<_> =
        pages.iter().flat_map(|page| &page.hits).map(|hit| &hit.listing).collect();

    let mut scores = Vec::new();
    for judged in Judged::all().unwrap() {
        let page = world.ask(&SearchRequest { limit: DEPTH, ..for_term(&judged.query) });
        let found: Vec<_> = page.hits.iter().map(|hit| judged.grade(&hit.listing)).collect();
        let all: Vec<_> = listings.iter().map(|listing| judged.grade(listing)).collect();
        assert!(
            all.iter().any(|grade| *grade > 0),
            "nothing deserves a grade for {}",
            judged.query
        );
        scores.push((ndcg(&found, &all), judged.query, found));
    }
    let mean = scores.iter().map(|(score, ..)| score).sum::<f64>() / scores.len() as f64;
    scores.retain(|(score, ..)| *score < 0.999);
    scores.sort_by(|left, right| left.0.total_cmp(&right.0));
    assert!(mean >= MEAN, "mean nDCG@{DEPTH} {mean:.3}; short of the best: {scores:#?}");
    println!("mean nDCG@{DEPTH} {mean:.3}; short of the best: {scores:?}");
}
