//! Which terms of a sale make no sense, and how that is said: one line for each way to be wrong.

use aisle_domain::event::{
    AreaSpec, CategoryPrice, Event, EventCommand, EventContext, EventDetails, EventFact,
    EventRefusal, SaleWindow,
};
use aisle_domain::money::{Currency, MAX_AMOUNT};
use aisle_domain::testing::{after, details, details_of, given, on_sale_event_facts, plan};

type Change = fn(&mut EventDetails);

const WRONG: [(&str, Change); 37] = [
    ("title", |it| it.title = "  ".into()),
    ("title", |it| it.title = "x".repeat(201)),
    ("title", |it| it.title = "two\nlines".into()),
    ("category", |it| it.category = String::new()),
    ("venue.name", |it| it.venue.name = String::new()),
    ("series", |it| it.series = Some(String::new())),
    ("venue.city", |it| it.venue.city = Some("\u{7}".into())),
    ("venue.region", |it| it.venue.region = Some(" ".into())),
    ("venue.country", |it| it.venue.country = Some("at".into())),
    ("venue.country", |it| it.venue.country = Some("AUT".into())),
    ("performers", |it| it.performers = vec!["One of many".into(); 201]),
    ("performers[1]", |it| it.performers = vec!["One".into(), String::new()]),
    ("time_zone", |it| it.time_zone = "Europe/Atlantis".into()),
    ("plan", |it| it.areas = Vec::new()),
    ("areas", |it| it.areas = (0..101).map(area).collect()),
    ("areas[0].name", |it| it.areas[0].name = String::new()),
    ("areas[0].category", |it| it.areas[0].category = String::new()),
    ("areas[0].capacity", |it| it.areas[0].capacity = 0),
    ("areas[0].capacity", |it| it.areas[0].capacity = 1_000_001),
    ("areas[1].name", |it| it.areas.push(it.areas[0].clone())),
    ("prices", |it| it.prices = Vec::new()),
    ("prices[0].category", |it| it.prices[0].category = "Stalls".into()),
    ("prices[1].category", |it| it.prices.push(it.prices[0].clone())),
    ("prices[0].amount", |it| it.prices[0].amount = -1),
    ("prices[0].amount", |it| it.prices[0].amount = MAX_AMOUNT + 1),
    ("fee", |it| it.fee = -1),
    ("fee", |it| it.fee = MAX_AMOUNT + 1),
    ("limit_per_buyer", |it| it.limit_per_buyer = 0),
    ("limit_per_buyer", |it| it.limit_per_buyer = 1_001),
    ("hold_seconds", |it| it.hold_seconds = 4),
    ("hold_seconds", |it| it.hold_seconds = 86_401),
    ("sale_window.closes_at", |it| it.sale_window = window(100, 100)),
    ("sale_window.closes_at", |it| it.sale_window = window(100, 99)),
    ("accessible_categories[0]", |it| it.accessible_categories = vec!["Wheelchair".into()]),
    ("title", |it| it.title = "\t".into()),
    ("areas[0].name", |it| it.areas[0].name = "a\u{0}b".into()),
    ("venue.name", |it| it.venue.name = "é".repeat(201)),
];

const RIGHT: [Change; 12] = [
    |it| it.title = "é".repeat(200),
    |it| it.series = None,
    |it| it.performers = Vec::new(),
    |it| (it.venue.city, it.venue.region, it.venue.country) = (None, None, None),
    |it| it.areas[0].capacity = 1_000_000,
    |it| it.areas = (0..100).map(area).collect(),
    |it| it.prices[0].amount = 0,
    |it| it.prices[0].amount = MAX_AMOUNT,
    |it| (it.limit_per_buyer, it.hold_seconds) = (1, 5),
    |it| (it.limit_per_buyer, it.hold_seconds) = (1_000, 86_400),
    |it| it.sale_window = window(100, 101),
    |it| it.accessible_categories = vec!["Standing".into()],
];

fn area(n: usize) -> AreaSpec {
    AreaSpec { name: format!("Floor {n}"), category: "Standing".into(), capacity: 1 }
}

fn window(from: i64, to: i64) -> SaleWindow {
    SaleWindow { opens_at: Some(after(from)), closes_at: Some(after(to)) }
}

fn field_of(outcome: Result<impl Sized, EventRefusal>) -> String {
    match outcome.err().expect("refused") {
        EventRefusal::Invalid { field, expected } => {
            assert!(!expected.is_empty(), "says what would be right");
            field
        }
        other => panic!("{other:?} is not about a field"),
    }
}

fn create(details: EventDetails) -> EventCommand {
    EventCommand::Create(Box::new(details))
}

#[test]
fn terms_that_make_no_sense_are_refused_by_field() {
    for (field, change) in WRONG {
        let mut details = details();
        change(&mut details);
        let when = given::<Event>([]).when(create(details));
        assert_eq!(field_of(when.outcome()), field);
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    for change in RIGHT {
        let mut details = details();
        change(&mut details);
        let created = EventFact::Created(Box::new(details.clone()));
        given::<Event>([]).when(create(details)).then([created]);
    }
}

#[test]
fn the_categories_of_the_plan_can_be_sold() {
    let plan = plan(2, 4);
    let details = details_of(&plan);
    let context = EventContext { now: after(0), plan: Some(plan) };
    let created = EventFact::Created(Box::new(details.clone()));
    given::<Event>([]).when(create(details.clone())).with(context).then([created]);
    let without_it = given::<Event>([]).when(create(details));
    assert_eq!(field_of(without_it.outcome()), "prices[0].category");
}

#[test]
fn a_new_price_list_is_checked_like_the_first() {
    let price = |category: &str, amount| CategoryPrice { category: category.into(), amount };
    let wrong = [
        ("prices", vec![], 0),
        ("prices[0].category", vec![price("Stalls", 1)], 0),
        ("prices[0].amount", vec![price("Standing", -1)], 0),
        ("prices[1].category", vec![price("Standing", 1), price("Standing", 2)], 0),
        ("fee", vec![price("Standing", 1)], -1),
    ];
    for (field, prices, fee) in wrong {
        let reprice = EventCommand::Reprice { currency: Currency::EUR, prices, fee };
        let when = given::<Event>(on_sale_event_facts(details())).when(reprice);
        assert_eq!(field_of(when.outcome()), field);
    }
}

#[test]
fn an_event_is_called_off_with_a_reason() {
    for reason in ["", " ", "two\nlines"] {
        let cancel = EventCommand::Cancel { reason: reason.into() };
        let when = given::<Event>(on_sale_event_facts(details())).when(cancel);
        assert_eq!(field_of(when.outcome()), "reason");
    }
}
