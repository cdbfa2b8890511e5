//! The views from facts, and what protects them from being counted twice.

use aisle_domain::booking::BookingFact;
use aisle_domain::event::{CategoryPrice, EventFact, Phase};
use aisle_domain::seat::SeatFact;
use aisle_projections::projection::{Projection, ProjectionError};
use aisle_projections::views::{BookingState, PaymentPageState, Per, Views};

use crate::db::on_both;
use crate::story::{FEE, PRICE, Story, booking_id, payment_id, price, subject, until};

on_both!(
    the_page_of_an_event_counts_its_seats_and_places,
    the_page_of_an_event_follows_its_sale,
    a_booking_shows_its_order_and_its_money,
    bookings_are_listed_newest_first_page_by_page,
    sales_are_counted_when_paid_and_refunds_when_settled,
    a_second_runner_cannot_write_and_takes_up_what_is_there,
    the_same_commit_by_two_runners_counts_once,
    what_was_not_committed_does_not_count_after_a_restart,
    a_poisonous_entry_leaves_no_trace_and_what_came_before_counts_once,
);

/// Folds the whole story into all views, in one batch each.
async fn shown(url: &str, story: &Story) -> Views {
    let views = Views::open(url).await.unwrap();
    for mut projection in views.projections(story.plans()).await.unwrap() {
        fold(&mut *projection, story).await;
    }
    views
}

/// Folds what is new in the story.
async fn fold(projection: &mut dyn Projection, story: &Story) {
    let from = projection.checkpoint().await.unwrap() as usize;
    let entries = story.journal.entries();
    projection.apply(&entries[from..]).await.unwrap();
    projection.commit(entries.len() as u64).await.unwrap();
}

async fn bookings(views: &Views, story: &Story) -> Box<dyn Projection> {
    let mut projections = views.projections(story.plans()).await.unwrap();
    let place = projections.iter().position(|p| p.name() == "bookings").unwrap();
    projections.swap_remove(place)
}

async fn the_page_of_an_event_counts_its_seats_and_places(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 3);
    story.hold(2, "bob", &["A-3"], 0);
    story.pay(1, &["A-1", "A-2"], 3);
    story.hold(3, "cid", &["A-6"], 5);
    let views = shown(url, &story).await;
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!((page.seats.capacity, page.seats.held, page.seats.sold), (6, 2, 2));
    assert_eq!(page.seats.available(), 2);
    let lawn = &page.areas[0].places;
    assert_eq!((lawn.capacity, lawn.held, lawn.sold), (100, 5, 3));
    assert_eq!(page.taken().available(), 2 + 92);

    // In a second batch, from what is stored: a sale is undone, a hold lapses, and a seat is
    // sold that was never held (a payment that came late).
    story.cancel(1, &["A-1", "A-2"], 3);
    story.end(3, BookingFact::Expired {}, &["A-6"], 5);
    let last = story.to_seat("A-6", SeatFact::Booked { booking_id: booking_id(4) });
    let views = shown(url, &story).await;
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!((page.seats.held, page.seats.sold), (1, 1));
    assert_eq!((page.areas[0].places.held, page.areas[0].places.sold), (0, 0));
    assert_eq!((page.created, page.updated), (1, last));
}

async fn the_page_of_an_event_follows_its_sale(url: &str) {
    let story = Story::on_sale().await;
    let other = story.beside(2).await;
    let prices = vec![CategoryPrice { category: "Hall".into(), amount: 7 }];
    story.happens(EventFact::Repriced { price_version: 2, prices: prices.clone(), fee: 1 });
    story.happens(EventFact::SalesPaused {});
    other.happens(EventFact::Cancelled { reason: "rain".into() });
    let views = shown(url, &story).await;
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!((page.phase, page.details.price_version), (Phase::Paused, 2));
    assert_eq!((&page.details.prices, page.details.fee), (&prices, 1));
    let page = views.event(other.event).await.unwrap().unwrap();
    assert_eq!((page.phase, page.cancelled.as_deref()), (Phase::Cancelled, Some("rain")));

    let newest = views.events_of(&subject("olga"), None, 1).await.unwrap();
    assert_eq!(newest[0].id, other.event);
    let older = views.events_of(&subject("olga"), Some(newest[0].created), 5).await.unwrap();
    assert_eq!(older.iter().map(|page| page.id).collect::<Vec<_>>(), [story.event]);
}

async fn a_booking_shows_its_order_and_its_money(url: &str) {
    let story = Story::on_sale().await;
    let made = story.hold(1, "ann", &["A-1"], 0) - 1;
    let (payment, method) = (payment_id(9), "tok_secret".to_owned());
    let amount = price(&["A-1"], 0);
    let started = BookingFact::PaymentStarted { payment_id: payment, method, amount };
    story.to_booking(1, started);
    let reason = "no funds".to_owned();
    story.to_booking(1, BookingFact::PaymentDeclined { payment_id: payment, reason });
    let views = shown(url, &story).await;
    let booking = views.booking(booking_id(1)).await.unwrap().unwrap();
    assert_eq!((booking.phase, booking.until), (BookingState::Held, Some(until())));
    assert_eq!((booking.event_id(), booking.buyer()), (story.event, &subject("ann")));
    assert_eq!((booking.order.total, booking.order.fee), (PRICE + FEE, FEE));
    assert_eq!(booking.payments[0].declined.as_deref(), Some("no funds"));

    story.pay(1, &["A-1"], 0);
    story.cancel(1, &["A-1"], 0);
    let views = shown(url, &story).await;
    let booking = views.booking(booking_id(1)).await.unwrap().unwrap();
    assert_eq!((booking.phase, booking.until), (BookingState::Cancelled, None));
    assert_eq!(booking.cancelled.as_deref(), Some("ill"));
    let states: Vec<_> = booking.payments.iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentPageState::Declined, PaymentPageState::Refunded]);
    assert_eq!(booking.payments[1].refund.as_ref().unwrap().amount, amount);
    assert_eq!((booking.created.position, booking.updated.position), (made, made + 10));
    let text = serde_json::to_string(&booking).unwrap();
    assert!(!text.contains("tok"), "the means of payment is nobody's business: {text}");
}

async fn bookings_are_listed_newest_first_page_by_page(url: &str) {
    let story = Story::on_sale().await;
    for (number, seat) in [(1, "A-1"), (2, "A-2"), (3, "A-3")] {
        story.hold(number, "ann", &[seat], 0);
    }
    story.hold(4, "bob", &["A-4"], 0);
    let views = shown(url, &story).await;
    let ids = |page: &[aisle_projections::views::BookingPage]| {
        page.iter().map(|booking| booking.id).collect::<Vec<_>>()
    };
    let first = views.bookings_of(&subject("ann"), None, 2).await.unwrap();
    assert_eq!(ids(&first), [booking_id(3), booking_id(2)]);
    let after = Some(first[1].created.position);
    let second = views.bookings_of(&subject("ann"), after, 2).await.unwrap();
    assert_eq!(ids(&second), [booking_id(1)]);
    let all = views.bookings_of_event(story.event, None, 10).await.unwrap();
    assert_eq!(ids(&all), [4, 3, 2, 1].map(booking_id));
    assert!(views.bookings_of(&subject("eve"), None, 2).await.unwrap().is_empty());
}

async fn sales_are_counted_when_paid_and_refunds_when_settled(url: &str) {
    let story = Story::on_sale().await;
    // A fact every twenty minutes from 21:00 on: the eighth, the confirmation, is at 23:20.
    story.hold(1, "ann", &["A-1"], 2);
    story.pay(1, &["A-1"], 2);
    // On the next day: another sale, a payment that comes too late, and the first is given back.
    story.hold(2, "bob", &["A-2"], 0);
    story.pay(2, &["A-2"], 0);
    story.refund(2, payment_id(77), 4_242);
    story.cancel(1, &["A-1"], 2);
    let views = shown(url, &story).await;
    let days = views.sales(story.event, Per::Day).await.unwrap();
    let told: Vec<_> = days
        .iter()
        .map(|day| (day.from.to_string(), day.bookings, day.tickets, day.revenue, day.fees))
        .collect();
    let expected = [
        ("2026-11-23T00:00:00Z".to_owned(), 1, 3, 3 * (PRICE + FEE), 3 * FEE),
        ("2026-11-24T00:00:00Z".to_owned(), 1, 1, PRICE + FEE, FEE),
    ];
    assert_eq!(told, expected);
    assert_eq!((days[0].refunds, days[0].cancelled_tickets), (0, 0));
    assert_eq!((days[1].refunds, days[1].cancelled_tickets), (3 * (PRICE + FEE), 3));
    let hours = views.sales(story.event, Per::Hour).await.unwrap();
    assert_eq!(hours[0].from.to_string(), "2026-11-23T23:00:00Z");
    assert!(hours.len() > days.len());
    assert_eq!(hours.iter().map(|hour| hour.revenue).sum::<i64>(), 4 * (PRICE + FEE));
}

async fn a_second_runner_cannot_write_and_takes_up_what_is_there(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 0);
    let views = Views::open(url).await.unwrap();
    let mut first = bookings(&views, &story).await;
    let mut second = bookings(&views, &story).await;
    let entries = story.journal.entries();
    second.apply(&entries[..4]).await.unwrap();
    first.apply(&entries).await.unwrap();
    first.commit(5).await.unwrap();
    let digest = first.digest().await.unwrap();
    let refused = second.commit(4).await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { found: Some(5) })), "{refused:?}");
    assert_eq!(second.reload().await.unwrap(), 5);
    assert_eq!(second.digest().await.unwrap(), digest);
    story.pay(1, &["A-1"], 0);
    fold_after(&mut *second, &story, 5).await;
    let refused = first.commit(6).await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { found: Some(8) })));
}

async fn fold_after(projection: &mut dyn Projection, story: &Story, from: usize) {
    let entries = story.journal.entries();
    projection.apply(&entries[from..]).await.unwrap();
    projection.commit(entries.len() as u64).await.unwrap();
}

async fn the_same_commit_by_two_runners_counts_once(url: &str) {
    let story = Story::on_sale().await;
    for (booking, seat) in [(1, "A-1"), (2, "A-2")] {
        story.hold(booking, "ann", &[seat], 0);
    }
    let pay = |booking| (payment_id(booking), "tok".to_owned(), price(&["A-1"], 0));
    for (booking, (payment_id, method, amount)) in [(1, pay(1)), (2, pay(2))] {
        story.to_booking(booking, BookingFact::PaymentStarted { payment_id, method, amount });
    }
    let confirm = |booking| {
        let payment_id = payment_id(booking);
        story.to_booking(booking, BookingFact::Confirmed { payment_id, late: false })
    };
    let confirmed = confirm(1);
    let views = Views::open(url).await.unwrap();
    let mut one = views.projections(story.plans()).await.unwrap();
    let mut other = views.projections(story.plans()).await.unwrap();
    for projection in one.iter_mut().chain(&mut other) {
        // The other one fetches rows that the first one has already written.
        fold_after(&mut **projection, &story, 0).await;
    }
    let sold = async || {
        let hours = views.sales(story.event, Per::Hour).await.unwrap();
        hours.iter().map(|hour| hour.tickets).collect::<Vec<_>>()
    };
    assert_eq!(sold().await, [1]);
    confirm(2);
    for projection in &mut other {
        fold_after(&mut **projection, &story, confirmed as usize).await;
    }
    assert_eq!(sold().await, [2], "of the same hour");
}

async fn what_was_not_committed_does_not_count_after_a_restart(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 4);
    story.pay(1, &["A-1", "A-2"], 4);
    let views = Views::open(url).await.unwrap();
    let entries = story.journal.entries();
    for (crashes, whole) in crash_and_whole(&views, &story).await {
        let (mut crashes, mut whole) = (crashes, whole);
        crashes.apply(&entries[..6]).await.unwrap();
        crashes.commit(6).await.unwrap();
        crashes.apply(&entries[6..9]).await.unwrap();
        drop(crashes);
        assert_eq!(whole.reload().await.unwrap(), 6);
        whole.apply(&entries[6..]).await.unwrap();
        whole.commit(entries.len() as u64).await.unwrap();
    }
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!((page.seats.sold, page.areas[0].places.sold), (2, 4));
    let sales = views.sales(story.event, Per::Day).await.unwrap();
    assert_eq!(sales.iter().map(|day| day.tickets).sum::<u32>(), 6);
}

/// Each view's projection twice: one that will crash, one that starts after it.
async fn crash_and_whole(
    views: &Views,
    story: &Story,
) -> Vec<(Box<dyn Projection>, Box<dyn Projection>)> {
    let crashes = views.projections(story.plans()).await.unwrap();
    let whole = views.projections(story.plans()).await.unwrap();
    crashes.into_iter().zip(whole).collect()
}

async fn a_poisonous_entry_leaves_no_trace_and_what_came_before_counts_once(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 0);
    let views = Views::open(url).await.unwrap();
    let mut projection = bookings(&views, &story).await;
    fold(&mut *projection, &story).await;
    let digest = projection.digest().await.unwrap();
    story.to_booking(1, BookingFact::Released {});
    let poison = story.to_booking(99, BookingFact::Expired {});
    let result = projection.apply(&story.journal.entries()[5..]).await;
    let Err(ProjectionError::Poison { position, .. }) = result else { panic!("{result:?}") };
    assert_eq!(position, poison);
    assert_eq!(projection.digest().await.unwrap(), digest, "nothing is written yet");
    // As the runner does: all before the poison once more, then a commit.
    projection.apply(&story.journal.entries()[5..6]).await.unwrap();
    projection.commit(6).await.unwrap();
    let booking = views.booking(booking_id(1)).await.unwrap().unwrap();
    assert_eq!((booking.phase, booking.updated.position), (BookingState::Released, 6));
    assert_eq!(views.booking(booking_id(99)).await.unwrap(), None);
}
