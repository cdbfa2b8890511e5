//! What a term finds, and in which order.

use aisle_domain::event::{EventDetails, Venue};
use aisle_projections::search::SuggestionKind;
use proptest::prelude::*;

use crate::world::{World, details, for_term};

#[tokio::test]
async fn every_word_must_stand_somewhere() {
    let venue = Venue { city: Some("Graz".into()), ..details("").venue };
    let sturm = EventDetails {
        performers: vec!["Sturm Graz".into()],
        series: Some("Österr. Bundesliga".into()),
        venue: Venue { name: "Liebenau".into(), ..venue },
        ..details("Derby")
    };
    let world = World::with([sturm, details("Derby in Wien")]).await;
    assert_eq!(world.titles("derby").len(), 2);
    assert_eq!(world.titles("sturm derby bundesliga graz football liebenau"), ["Derby"]);
    assert!(world.titles("sturm wien").is_empty());
}

#[tokio::test]
async fn exact_words_come_before_beginnings_and_those_before_typos() {
    let world = World::of_titles(&["Martian", "Martas", "Marta", "Martha"]).await;
    assert_eq!(world.titles("marta"), ["Marta", "Martas"]);
    assert_eq!(world.titles("marta \"\""), ["Marta"], "a word that is complete has no endings");
    assert_eq!(world.titles("martx "), ["Marta"]);
}

#[tokio::test]
async fn the_nearer_typo_comes_first() {
    let world = World::of_titles(&["Barcelones", "Barcelona"]).await;
    assert_eq!(world.titles("barcelone"), ["Barcelones"], "a beginning of a word is no typo");
    assert_eq!(world.titles("barcelnoa"), ["Barcelona"]);
    assert_eq!(world.titles("barcelony"), ["Barcelona", "Barcelones"]);
}

#[tokio::test]
async fn typos_are_tolerated_by_the_length_of_the_word() {
    let world = World::of_titles(&["Ajax", "Rom", "Liverpool"]).await;
    assert_eq!(world.titles("ajxa"), ["Ajax"], "one swap in four letters");
    assert!(world.titles("axja").is_empty(), "two changes in four letters");
    assert!(world.titles("rmo").is_empty(), "none in three");
    assert_eq!(world.titles("livrepol"), ["Liverpool"], "two in eight");
    assert!(world.titles("livrepo \"\"").is_empty(), "two in seven, missing two");
}

#[tokio::test]
async fn a_known_word_is_not_taken_for_another_unless_nothing_else_is_found() {
    let world = World::of_titles(&["Inter Rom", "Winter Wien"]).await;
    assert_eq!(world.titles("inter \"\""), ["Inter Rom"]);
    assert_eq!(world.titles("inter wien"), ["Winter Wien"]);
}

#[tokio::test]
async fn the_title_counts_before_the_series_and_that_before_the_place() {
    let place = EventDetails {
        venue: Venue { name: "Alpha Park".into(), ..details("").venue },
        ..details("in the place")
    };
    let series = EventDetails { series: Some("Alpha Cup".into()), ..details("in the series") };
    let world = World::with([place, series, details("alpha in the title")]).await;
    assert_eq!(world.titles("alpha"), ["alpha in the title", "in the series", "in the place"]);
}

fn of_performers(performers: &[&str]) -> EventDetails {
    EventDetails {
        performers: performers.iter().map(|&name| name.into()).collect(),
        ..details(&performers.join(" – "))
    }
}

#[tokio::test]
async fn who_bears_the_whole_name_comes_before_who_shares_words_with_it() {
    let clubs = [&["Rapid Wien II", "Horn"][..], &["Santos Laguna"], &["FC Rapid Wien (AUT)"]];
    let world = World::with(clubs.map(of_performers)).await;
    assert_eq!(world.titles("rapid wien")[0], "FC Rapid Wien (AUT)");
    assert_eq!(world.titles("rapid wien ii"), ["Rapid Wien II – Horn"]);
    let world = World::with(
        [&["Real Espanyol", "Real Barcelona"][..], &["FC Barcelona", "Real Madrid"]]
            .map(of_performers),
    )
    .await;
    assert_eq!(world.titles("barcelnoa real madrid"), ["FC Barcelona – Real Madrid"]);
    assert_eq!(world.titles("barcelnoa real")[0], "FC Barcelona – Real Madrid");
}

#[tokio::test]
async fn two_clubs_find_their_match_whichever_is_named_first() {
    let away = of_performers(&["Sturm", "Rapid"]);
    let world =
        World::with([of_performers(&["Rapid", "Sturm"]), away, of_performers(&["Rapid", "Horn"])])
            .await;
    let both = ["Rapid – Sturm", "Sturm – Rapid"];
    for term in ["rapid sturm", "sturm v rapid", "Sturm vs. Rapid tickets", "sturm – rapid"] {
        assert_eq!(world.titles(term), both, "{term}");
    }
}

#[tokio::test]
async fn words_of_no_event_are_passed_over_as_long_as_something_is_left() {
    let world = World::of_titles(&["Rapid", "Sturm"]).await;
    assert_eq!(world.titles("rapid zzzzqq"), ["Rapid"]);
    assert_eq!(world.titles("tickets for rapid in xxyyxx"), ["Rapid"]);
    assert!(world.titles("zzzzqq").is_empty());
    assert!(world.titles("rapid sturm").is_empty(), "both are words of events");
    assert!(world.titles("rapid \"zzzzqq\"").is_empty(), "what is quoted must be there");
}

#[tokio::test]
async fn clubs_and_towns_have_other_names() {
    let wien = Venue { city: Some("Wien".into()), ..details("").venue };
    let in_wien = EventDetails { venue: wien, ..details("Derby") };
    let bayern = of_performers(&["FC Bayern München", "Borussia Dortmund"]);
    let world = World::with([in_wien, bayern]).await;
    assert_eq!(world.titles("vienna"), ["Derby"]);
    assert_eq!(world.titles("bayern munich"), ["FC Bayern München – Borussia Dortmund"]);
    let page = world.ask(&for_term("bvb"));
    assert_eq!(
        page.hits[0].title_html,
        "FC Bayern München – <mark>Borussia</mark> <mark>Dortmund</mark>"
    );
    let without = World::of_titles(&["Barcan"]).await;
    assert_eq!(without.titles("barca "), ["Barcan"], "a nickname of nobody here is a word");
}

#[tokio::test]
async fn equal_hits_are_in_the_order_of_their_dates_and_then_ids() {
    let late =
        EventDetails { starts_at: "2027-01-01T00:00:00Z".parse().unwrap(), ..details("cup late") };
    let world = World::with([late, details("cup one"), details("cup two")]).await;
    assert_eq!(world.titles("cup"), ["cup one", "cup two", "cup late"]);
}

#[tokio::test]
async fn quoted_words_must_be_neighbours() {
    let world = World::of_titles(&["St. Pauli – Kiel", "Pauli am St. Veit"]).await;
    assert_eq!(world.titles("st pauli").len(), 2);
    assert_eq!(world.titles("\"st pauli\""), ["St. Pauli – Kiel"]);
    assert!(world.titles("\"pauli veit\"").is_empty());
}

#[tokio::test]
async fn a_phrase_does_not_run_from_one_name_into_the_next() {
    let match_ = EventDetails {
        performers: vec!["Blau Weiss".into(), "Linz Nord".into()],
        ..details("Match")
    };
    let world = World::with([match_]).await;
    assert_eq!(world.titles("\"linz nord\""), ["Match"]);
    assert!(world.titles("\"weiss linz\"").is_empty());
}

#[tokio::test]
async fn competitions_have_other_names() {
    let english =
        EventDetails { series: Some("English Premier League".into()), ..details("Everton") };
    let europe =
        EventDetails { series: Some("UEFA Champions League".into()), ..details("Ajax – Porto") };
    let world = World::with([english, europe, details("UCL Athletics Club")]).await;
    assert_eq!(world.titles("epl"), ["Everton"]);
    assert_eq!(world.titles("EPL everton"), ["Everton"]);
    assert!(world.titles("epl porto").is_empty());
    let mut found = world.titles("ucl");
    found.sort();
    assert_eq!(found, ["Ajax – Porto", "UCL Athletics Club"], "the word itself counts too");
}

#[tokio::test]
async fn the_words_that_matched_are_marked_and_the_title_is_escaped() {
    let world = World::of_titles(&["<b>FC Köln</b> & \"Liverpool\"'s"]).await;
    let html = |term: &str| world.ask(&for_term(term)).hits[0].title_html.clone();
    assert_eq!(
        html("koln liver"),
        "&lt;b&gt;FC <mark>Köln</mark>&lt;/b&gt; &amp; &quot;<mark>Liverpool</mark>&quot;&#39;s"
    );
    assert!(html("livrepool").contains("<mark>Liverpool</mark>"));
    assert!(!html("").contains("<mark>"));
}

#[tokio::test]
async fn a_term_without_words_matches_all() {
    let world = World::of_titles(&["one", "two"]).await;
    assert_eq!(world.titles(" –?! ").len(), 2);
}

#[tokio::test]
async fn names_are_suggested_from_the_beginning_of_any_word() {
    let of = |performers: &[&str]| EventDetails {
        performers: performers.iter().map(|&name| name.into()).collect(),
        venue: Venue { city: Some("München".into()), ..details("").venue },
        ..details("Match")
    };
    let events = [&["1860 München"], &["Bayern München"], &["Bayern München"]].map(|p| of(p));
    let world = World::with(events).await;
    let suggested: Vec<_> = world.search().suggest("münc", 10);
    let found: Vec<_> = suggested.iter().map(|s| (&*s.text, s.kind, s.count)).collect();
    assert_eq!(
        found,
        [
            ("München", SuggestionKind::City, 3),
            ("Bayern München", SuggestionKind::Performer, 2),
            ("1860 München", SuggestionKind::Performer, 1),
        ]
    );
    assert_eq!(world.search().suggest("munc", 1).len(), 1);
    assert!(world.search().suggest(" ", 10).is_empty());
}

#[tokio::test]
async fn misspelt_beginnings_are_completed_if_no_name_begins_so() {
    let clubs = ["Barcelona", "Bardolino", "Liverpool", "Rom", "Real Liverton", "Liverton"];
    let events = clubs.iter().chain(&["Liverton"]).map(|club| of_performers(&[club]));
    let world = World::with(events).await;
    let suggested = |prefix: &str| -> Vec<String> {
        let performers = world.search().suggest(prefix, 10).into_iter();
        performers.map(|s| s.text.to_string()).collect()
    };
    assert_eq!(suggested("bacr"), ["Barcelona", "Bardolino"], "one swap in four letters");
    assert_eq!(suggested("barc"), ["Barcelona"], "nothing but what was typed if there is that");
    assert!(suggested("bca").is_empty(), "none in three");
    assert!(suggested("bqcq").is_empty(), "two in four");
    assert_eq!(suggested("lviretpo"), Vec::<String>::new(), "three in eight");
    assert_eq!(suggested("lviretp").len(), 0, "two in seven");
    assert_eq!(suggested("barzelnoa"), ["Barcelona"], "two in nine");
    assert_eq!(
        suggested("livre"),
        ["Liverton", "Liverpool", "Real Liverton"],
        "whole names first, and the more frequent before"
    );
}

/// Text with more quotes, operators and accents in it than people type.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        "[\"“„”a-c +\\-:*~^()\\[\\]{}\\\\/ßİı\u{301}\u{200d}]{0,60}",
        "[a-zäöü \"]{0,2000}",
    ]
}

#[test]
fn no_text_makes_it_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let titles = ["Bayern München – İstanbul", "a b c", "Weiß \"Blau\" (U 19)"];
    let world = runtime.block_on(World::of_titles(&titles));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) };
    proptest!(config, |(text in any_text())| {
        let page = world.ask(&for_term(&text));
        prop_assert_eq!(page.total, page.hits.len() as u64);
        prop_assert!(world.search().suggest(&text, 10).len() <= 10);
    });
}
