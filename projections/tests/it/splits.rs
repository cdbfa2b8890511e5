//! A read model is a function of the journal: however its facts are cut into batches, the digest
//! is the same.

use aisle_domain::booking::BookingFact;
use aisle_projections::projection::{Digest, Projection};
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_projections::views::Views;
use proptest::prelude::*;

use crate::db::Db;
use crate::story::Story;

async fn told() -> Story {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 3);
    story.hold(2, "bob", &["A-3"], 1);
    story.pay(1, &["A-1", "A-2"], 3);
    let other = story.beside(2).await;
    other.hold(3, "ann", &["A-1"], 0);
    story.end(2, BookingFact::Expired {}, &["A-3"], 1);
    other.pay(3, &["A-1"], 0);
    story.cancel(1, &["A-1", "A-2"], 3);
    story.hold(4, "bob", &["A-2"], 0);
    story
}

/// Folds the story in batches that end at these places, committing after some of them.
async fn digests(story: &Story, cuts: &[(usize, bool)]) -> Vec<Digest> {
    let db = Db::sqlite();
    let views = Views::open(db.url()).await.unwrap();
    let mut all = views.projections(story.plans()).await.unwrap();
    let maps = SeatMaps::default();
    all.push(Box::new(SeatMap::open(views.store(), story.plans(), maps).await.unwrap()));
    let mut digests = Vec::new();
    for projection in &mut all {
        digests.push(fold(&mut **projection, story, cuts).await);
    }
    digests
}

async fn fold(projection: &mut dyn Projection, story: &Story, cuts: &[(usize, bool)]) -> Digest {
    let entries = story.journal.entries();
    let mut begin = 0;
    for (end, committed) in cuts.iter().copied().chain([(entries.len(), true)]) {
        let end = end.clamp(begin, entries.len());
        projection.apply(&entries[begin..end]).await.unwrap();
        begin = end;
        if committed {
            projection.commit(end as u64).await.unwrap();
        }
    }
    projection.digest().await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_split_into_batches_gives_the_same_digest(
        mut cuts in proptest::collection::vec((1..40usize, any::<bool>()), 0..8),
    ) {
        cuts.sort_unstable();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (whole, split) = runtime.block_on(async {
            let story = told().await;
            (digests(&story, &[]).await, digests(&story, &cuts).await)
        });
        prop_assert_eq!(whole, split);
    }
}
