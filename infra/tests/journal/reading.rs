//! Reading: by stream, by position, by ticketed event; plans; and JSON that comes back as it went.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::plan::PlanHash;
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::{JournalStore, RecordedFact};
use serde_json::{Value, json};

use crate::world::{World, event, on_stores, stream, unit};

/// Far longer than a hint ever takes.
const LONG: Duration = Duration::from_secs(30);

on_stores!(
    [memory, sqlite, indexing, postgres, remembering],
    [
        streams_are_loaded_in_the_order_asked_for,
        reading_goes_on_where_it_stopped,
        what_others_append_lies_between_ones_own,
        who_follows_is_told_all_that_the_head_says,
        an_event_is_read_by_itself,
        json_comes_back_equal,
        what_is_read_to_be_folded_lacks_nothing_that_folding_needs,
        names_of_all_kinds_are_kept,
        a_plan_is_kept_under_its_hash,
        facts_without_an_event_are_kept,
    ]
);

async fn streams_are_loaded_in_the_order_asked_for(world: &World) {
    world.append(unit([("A-1", 1), ("A-2", 1), ("A-3", 1)])).await.unwrap();
    world.append(unit([("A-2", 2), ("A-1", 2)])).await.unwrap();
    let wanted = [stream("A-2"), stream("A-7"), stream("A-1")];
    let facts = world.journal.load(&wanted).await.unwrap();
    let found = facts.iter().map(|fact| (fact.stream.id.as_str(), fact.sequence));
    assert_eq!(found.collect::<Vec<_>>(), [("A-2", 1), ("A-2", 2), ("A-1", 1), ("A-1", 2)]);
    assert_eq!(world.journal.load(&[]).await.unwrap(), []);
}

/// From every place in the journal, with every limit: 1 and 2 are one's own, 3 is another's, and so on.
async fn what_others_append_lies_between_ones_own(world: &World) {
    let other = world.another().await;
    for turn in 0..4 {
        world.append(unit([("A-1", 2 * turn + 1), ("A-1", 2 * turn + 2)])).await.unwrap();
        let foreign = other.append(&[unit([("A-2", turn + 1)])]).await.unwrap();
        assert!(foreign[0].is_ok());
    }
    let all = other.read(0, 99).await.unwrap();
    assert_eq!(all.len(), 12);
    for after in 0..=12 {
        for limit in [1, 2, 5, 99] {
            let rest = &all[after..(after + limit).min(12)];
            let after = after as u64;
            assert_eq!(world.journal.read(after, limit).await.unwrap(), rest);
            assert_eq!(other.read(after, limit).await.unwrap(), rest);
            assert_eq!(world.journal.read_event(event(1), after, limit).await.unwrap(), rest);
        }
    }
}

async fn who_follows_is_told_all_that_the_head_says(world: &World) {
    let other = world.another().await;
    let mut head = world.journal.watch_head();
    let mut found = Vec::new();
    for turn in 1..=4 {
        world.append(unit([("A-1", turn)])).await.unwrap();
        other.append(&[unit([("A-2", turn)])]).await.unwrap();
        let hint = head.wait_for(|head| *head >= 2 * turn);
        tokio::time::timeout(LONG, hint).await.expect("no hint").unwrap();
        while let page = world.journal.read_known(found.len() as u64, 3).await.unwrap()
            && !page.is_empty()
        {
            found.extend(page.into_iter().map(Arc::unwrap_or_clone));
        }
        assert_eq!(found.len() as u64, 2 * turn);
    }
    assert_eq!(found, world.everything().await);
}

async fn reading_goes_on_where_it_stopped(world: &World) {
    for sequence in 1..=10 {
        world.append(unit([("A-1", sequence)])).await.unwrap();
    }
    let mut found = Vec::new();
    while let page = world.journal.read(found.len() as u64, 3).await.unwrap()
        && !page.is_empty()
    {
        found.extend(page.iter().map(|fact| fact.position));
    }
    assert_eq!(found, (1..=10).collect::<Vec<_>>());
    assert_eq!(world.journal.read(10, 5).await.unwrap(), []);
    assert_eq!(world.journal.read(u64::MAX, 5).await.unwrap(), []);
}

async fn an_event_is_read_by_itself(world: &World) {
    for (number, name) in [(1, "A-1"), (2, "B-1"), (1, "A-2"), (2, "B-2"), (1, "A-3")] {
        let mut unit = unit([(name, 1)]);
        unit.event_id = Some(event(number));
        world.append(unit).await.unwrap();
    }
    let positions = async |after, limit| {
        let facts = world.journal.read_event(event(1), after, limit).await.unwrap();
        facts.iter().map(|fact| fact.position).collect::<Vec<u64>>()
    };
    assert_eq!(positions(0, 10).await, [1, 3, 5]);
    assert_eq!(positions(1, 1).await, [3]);
    assert!(positions(5, 10).await.is_empty());
}

async fn what_is_read_to_be_folded_lacks_nothing_that_folding_needs(world: &World) {
    for sequence in 1..=3 {
        world.append(unit([("A-1", sequence)])).await.unwrap();
    }
    let bare = |mut facts: Vec<RecordedFact>| {
        for fact in &mut facts {
            (fact.fact, fact.metadata, fact.sequence) = Default::default();
        }
        facts
    };
    for (after, limit) in [(0, 10), (1, 10), (0, 2), (3, 10)] {
        let found = world.journal.read_to_fold(after, limit).await.unwrap();
        let expected = world.journal.read(after, limit).await.unwrap();
        assert_eq!(bare(found), bare(expected), "{limit} after {after}");
    }
}

async fn json_comes_back_equal(world: &World) {
    let values = [
        json!({ "text": "naïve – 日本語 🎫 \u{0001} \u{0000} \" \\ / \u{2028}" }),
        json!({ "numbers": [0, -1, 1.5, 1e300, -1e-7, u64::MAX, i64::MIN, 0.1] }),
        json!({ "nested": { "list": [[], {}, [null, true, false]], "": "empty key" } }),
        json!("a bare string"),
        Value::Null,
    ];
    for (value, sequence) in values.iter().zip(1..) {
        let mut unit = unit([("A-1", sequence)]);
        unit.facts[0].payload = value.to_string();
        unit.metadata = json!({ "given": value }).to_string();
        world.append(unit).await.unwrap();
    }
    for (fact, value) in world.everything().await.iter().zip(&values) {
        let payload: Value = serde_json::from_str(&fact.payload).unwrap();
        let metadata: Value = serde_json::from_str(&fact.metadata).unwrap();
        assert_eq!((&payload, metadata), (value, json!({ "given": value })));
    }
}

async fn names_of_all_kinds_are_kept(world: &World) {
    let names = ["", "Block 1:Row \"A\"", "Ümlaut/Σ", "a'b;--", "a,{b}", "NULL", "🎫"];
    for name in names {
        world.append(unit([(name, 1)])).await.unwrap();
        world.append(unit([(name, 2)])).await.unwrap();
    }
    let found = world.journal.load(&names.map(stream)).await.unwrap();
    let found = found.iter().map(|fact| fact.stream.id.as_str()).collect::<Vec<_>>();
    assert_eq!(found, names.iter().flat_map(|name| [*name, *name]).collect::<Vec<_>>());
}

async fn a_plan_is_kept_under_its_hash(world: &World) {
    let (hash, other) = (PlanHash::from([7; 32]), PlanHash::from([8; 32]));
    let plan = r#"{"rows":["A","B"]}"#.repeat(1_000);
    assert_eq!(world.journal.plan(&hash).await.unwrap(), None);
    for _ in 0..2 {
        world.journal.keep_plan(&hash, plan.as_bytes()).await.unwrap();
    }
    world.journal.keep_plan(&other, b"{}").await.unwrap();
    assert_eq!(world.journal.plan(&hash).await.unwrap().as_deref(), Some(plan.as_bytes()));
    assert_eq!(world.journal.plan(&other).await.unwrap().as_deref(), Some(&b"{}"[..]));
}

async fn facts_without_an_event_are_kept(world: &World) {
    let mut unit = unit([("A-1", 1)]);
    unit.event_id = None;
    world.append(unit).await.unwrap();
    assert_eq!(world.everything().await[0].event_id, None);
}

/// Many more readers than connections; some give up in the middle of what they read. All others are
/// answered, and rightly: no connection is lost, and none brings the answer to another's question.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_read_over_few_connections() {
    let world = World::postgres().await;
    for seat in 0..50 {
        world.append(unit([(&format!("A-{seat}"), 1)])).await.unwrap();
    }
    let defaults = PostgresOptions::default();
    let options = PostgresOptions { readers: 2, remembered: 0, acquire_timeout: LONG, ..defaults };
    let url = world.database().url();
    let journal = Arc::new(PostgresJournal::connect(&url, options).await.unwrap());
    let reader = |number: u64| {
        let journal = journal.clone();
        async move {
            for round in 0..20 {
                let after = (number + 7 * round) % 50;
                let found = journal.read(after, 1).await.unwrap();
                assert_eq!(found[0].position, after + 1);
            }
        }
    };
    let impatient = (0..20).map(|number| tokio::spawn(reader(number))).collect::<Vec<_>>();
    let patient = (0..20).map(|number| tokio::spawn(reader(number))).collect::<Vec<_>>();
    world.append(unit([("B-1", 1)])).await.unwrap();
    impatient.iter().for_each(tokio::task::JoinHandle::abort);
    for reader in patient {
        tokio::time::timeout(LONG, reader).await.expect("it is never answered").unwrap();
    }
    journal.close().await;
    world.close().await;
}
