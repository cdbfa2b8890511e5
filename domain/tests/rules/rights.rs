//! Who may do what: the holder, the organiser of the event, the admin; to others there is nothing.

use aisle_domain::actor::Actor;
use aisle_domain::booking::BookingRefusal;
use aisle_domain::event::{EventCommand, EventRefusal};
use aisle_domain::house::{Command, Refusal};
use aisle_domain::id::BookingId;
use aisle_domain::testing::{
    GivenHouse, ORGANISER, admin, booking_id, cancel, customer, details, hold, organiser,
    payment_id, refund_id, release, renew, start_payment,
};

const ANN: BookingId = booking_id(1);

fn held() -> GivenHouse {
    GivenHouse::on_sale().and(hold(ANN, "ann", ["1-1"]))
}

fn of_the_holder() -> [Command; 4] {
    [renew(ANN), release(ANN), start_payment(ANN, payment_id(1)), cancel(ANN, refund_id(1))]
}

#[test]
fn the_holder_the_organiser_and_the_admin_act_on_a_booking() {
    for actor in [customer("ann"), organiser(ORGANISER), admin(), Actor::System] {
        for command in of_the_holder() {
            held().when(command).by(actor.clone()).then(|_| ()).report().assert_sound();
        }
    }
}

#[test]
fn to_everybody_else_there_is_no_such_booking() {
    // A customer who is called like the organiser has not the organiser's rights.
    for actor in [customer("bob"), organiser("otto"), customer(ORGANISER)] {
        for command in of_the_holder() {
            held().when(command).by(actor.clone()).then_refused(BookingRefusal::NotFound);
        }
    }
    for command in of_the_holder() {
        let absent = GivenHouse::on_sale().when(command).by(customer("ann"));
        absent.then_refused(BookingRefusal::NotFound);
    }
}

#[test]
fn only_the_organiser_and_the_admin_run_an_event() {
    let pause = || Command::Run(EventCommand::PauseSales);
    for actor in [organiser(ORGANISER), admin()] {
        held().when(pause()).by(actor).then(|_| ());
    }
    for actor in [customer("ann"), organiser("otto"), customer(ORGANISER)] {
        held().when(pause()).by(actor).then_refused(EventRefusal::NotOrganiser);
    }
}

#[test]
fn a_draft_is_nobody_elses_business() {
    let draft = || GivenHouse::draft(None, details());
    let publish = || Command::Run(EventCommand::Publish);
    draft().when(publish()).by(organiser("otto")).then_refused(EventRefusal::NotFound);
    draft().when(publish()).by(organiser(ORGANISER)).then(|_| ());
    let create = Command::Run(EventCommand::Create(Box::new(details())));
    draft().when(create.clone()).by(organiser("otto")).then_refused(EventRefusal::AlreadyExists);
    draft().when(create).by(organiser(ORGANISER)).then_already_applied();
}

#[test]
fn tickets_are_given_back_until_the_event_starts_and_later_only_by_its_organiser() {
    let started_at = details().starts_at;
    let started = || held().at(started_at);
    started()
        .when(cancel(ANN, refund_id(1)))
        .by(customer("ann"))
        .then_refused(Refusal::TooLateToCancel { started_at });
    started().when(cancel(ANN, refund_id(1))).by(organiser(ORGANISER)).then(|_| ());
}
