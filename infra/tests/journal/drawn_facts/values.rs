//! Draws what stands in facts.

use aisle_domain::booking::{Order, PlacesLine, SeatLine};
use aisle_domain::event::{AreaSpec, CategoryPrice, EventDetails, SaleWindow, SeatingRule, Venue};
use aisle_domain::fact::ReleaseReason;
use aisle_domain::id::{EventId, Subject};
use aisle_domain::money::Currency;
use aisle_domain::plan::PlanHash;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use uuid::Uuid;

prop_compose! {
    pub(super) fn details()(
        (organiser, title, category, series, performers) in
            (subject(), any::<String>(), any::<String>(), of(any::<String>()), few(any::<String>())),
        (starts_at, time_zone, time_to_be_confirmed) in
            (moment(), any::<String>(), any::<bool>()),
        (venue, plan, seats, areas) in (venue(), of(plan_hash()), any::<u32>(), few(area_spec())),
        (currency, price_version, prices, fee) in
            (currency(), any::<u32>(), prices(), any::<i64>()),
        (sale_window, limit_per_buyer, hold_seconds) in
            (sale_window(), any::<u32>(), any::<u32>()),
        (seating_rule, accessible_categories) in (seating_rule(), few(any::<String>())),
    ) -> EventDetails {
        EventDetails {
            organiser, title, category, series, performers, starts_at, time_zone,
            time_to_be_confirmed, venue, plan, seats, areas, currency, price_version, prices, fee,
            sale_window, limit_per_buyer, hold_seconds, seating_rule, accessible_categories,
        }
    }
}

prop_compose! {
    pub(super) fn order()(
        (event_id, buyer, currency, price_version) in
            (id::<EventId>(), subject(), currency(), any::<u32>()),
        seats in few((any::<String>(), any::<String>(), any::<i64>())),
        places in few((any::<String>(), any::<String>(), any::<u32>(), any::<i64>())),
        (fee, total) in any::<(i64, i64)>(),
    ) -> Order {
        let seat = |(seat, category, price)| SeatLine { seat, category, price };
        let place = |(area, category, count, price)| PlacesLine { area, category, count, price };
        let (seats, places) = (seats.into_iter().map(seat), places.into_iter().map(place));
        Order {
            event_id, buyer, currency, price_version, fee, total,
            seats: seats.collect(), places: places.collect(),
        }
    }
}

prop_compose! {
    fn venue()(
        name in any::<String>(),
        city in of(any::<String>()),
        region in of(any::<String>()),
        country in of(any::<String>()),
    ) -> Venue {
        Venue { name, city, region, country }
    }
}

prop_compose! {
    fn area_spec()(
        name in any::<String>(), category in any::<String>(), capacity in any::<u32>(),
    ) -> AreaSpec {
        AreaSpec { name, category, capacity }
    }
}

prop_compose! {
    fn sale_window()(opens_at in of(moment()), closes_at in of(moment())) -> SaleWindow {
        SaleWindow { opens_at, closes_at }
    }
}

pub(super) fn prices() -> impl Strategy<Value = Vec<CategoryPrice>> {
    let price = (any::<String>(), any::<i64>());
    few(price.prop_map(|(category, amount)| CategoryPrice { category, amount }))
}

fn few<T: std::fmt::Debug>(one: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(one, 0..3)
}

pub(super) fn id<I: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = I> {
    any::<u128>().prop_map(|number| I::from(Uuid::from_u128(number)))
}

pub(super) fn moment() -> impl Strategy<Value = Timestamp> {
    let all = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    all.prop_map(|nanosecond| Timestamp::from_nanosecond(nanosecond).unwrap())
}

fn subject() -> impl Strategy<Value = Subject> {
    "[^\\p{Cc}]{1,60}".prop_map(|text| Subject::try_new(text).unwrap())
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof!["EUR", "JPY", "KWD"].prop_map(|code| code.parse().unwrap())
}

fn plan_hash() -> impl Strategy<Value = PlanHash> {
    any::<[u8; 32]>().prop_map(PlanHash::from)
}

fn seating_rule() -> impl Strategy<Value = SeatingRule> {
    prop_oneof![Just(SeatingRule::AvoidOrphans), Just(SeatingRule::NoOrphans)]
}

pub(super) fn why() -> impl Strategy<Value = ReleaseReason> {
    prop_oneof![
        Just(ReleaseReason::Released),
        Just(ReleaseReason::Expired),
        Just(ReleaseReason::Cancelled),
    ]
}
