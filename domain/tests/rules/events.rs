//! Rules of the aggregate Event: what each phase allows, as one table.

use aisle_domain::event::{CategoryPrice, Event, EventCommand, EventFact, EventRefusal, Phase};
use aisle_domain::money::Currency;
use aisle_domain::testing::{Given, OPENING, at, details, given};

use Expected::{Absent, Already, No, Yes};

/// What a phase makes of a command.
enum Expected {
    Yes(EventFact),
    Already,
    No(&'static str),
    Absent,
}

fn to_reach(phase: Phase) -> Vec<EventFact> {
    use EventFact::{Cancelled, Created, Published, SalesClosed, SalesOpened, SalesPaused};
    let created = Created(Box::new(details()));
    match phase {
        Phase::Draft => vec![created],
        Phase::Published => vec![created, Published {}],
        Phase::OnSale => vec![created, Published {}, SalesOpened {}],
        Phase::Paused => vec![created, Published {}, SalesOpened {}, SalesPaused {}],
        Phase::Closed => vec![created, Published {}, SalesOpened {}, SalesClosed {}],
        Phase::Cancelled => vec![created, Published {}, Cancelled { reason: "rain".into() }],
    }
}

fn commands() -> [EventCommand; 7] {
    [
        EventCommand::Create(Box::new(details())),
        dearer(),
        EventCommand::Publish,
        EventCommand::OpenSales,
        EventCommand::PauseSales,
        EventCommand::CloseSales,
        EventCommand::Cancel { reason: "snow".into() },
    ]
}

fn prices(amount: i64) -> Vec<CategoryPrice> {
    vec![CategoryPrice { category: "Standing".into(), amount }]
}

fn dearer() -> EventCommand {
    EventCommand::Reprice { currency: Currency::EUR, prices: prices(9900), fee: 200 }
}

/// One row for each phase, one column for each of [`commands`].
fn table(phase: Option<Phase>) -> [Expected; 7] {
    let repriced = || Yes(EventFact::Repriced { price_version: 2, prices: prices(9900), fee: 200 });
    let open = || Yes(EventFact::SalesOpened {});
    let close = || Yes(EventFact::SalesClosed {});
    let cancel = || Yes(EventFact::Cancelled { reason: "snow".into() });
    let published = || Yes(EventFact::Published {});
    let paused = || Yes(EventFact::SalesPaused {});
    match phase {
        None => {
            let created = Yes(EventFact::Created(Box::new(details())));
            [created, Absent, Absent, Absent, Absent, Absent, Absent]
        }
        Some(phase) => match phase {
            Phase::Draft => [
                Already,
                repriced(),
                published(),
                No("put on sale"),
                No("paused"),
                No("closed"),
                cancel(),
            ],
            Phase::Published => {
                [Already, repriced(), Already, open(), No("paused"), No("closed"), cancel()]
            }
            Phase::OnSale => [Already, repriced(), Already, Already, paused(), close(), cancel()],
            Phase::Paused => [Already, repriced(), Already, open(), Already, close(), cancel()],
            Phase::Closed => {
                [Already, repriced(), Already, open(), No("paused"), Already, cancel()]
            }
            Phase::Cancelled => [
                Already,
                No("repriced"),
                No("published"),
                No("put on sale"),
                No("paused"),
                No("closed"),
                Already,
            ],
        },
    }
}

fn event(phase: Option<Phase>) -> Given<Event> {
    given(phase.map(to_reach).unwrap_or_default())
}

#[test]
fn every_phase_answers_every_command() {
    for phase in Phase::ALL.into_iter().map(Some).chain([None]) {
        for (command, expected) in commands().into_iter().zip(table(phase)) {
            let when = event(phase).when(command);
            match (expected, phase) {
                (Yes(fact), _) => drop(when.then([fact])),
                (Already, _) => when.then_already_applied(),
                (Absent, _) => when.then_refused(EventRefusal::NotFound),
                (No(wanted), Some(phase)) => {
                    when.then_refused(EventRefusal::WrongPhase { phase, wanted });
                }
                (No(_), None) => unreachable!("what does not exist has no phase"),
            }
        }
    }
}

#[test]
fn each_fact_leads_to_its_phase() {
    for phase in Phase::ALL {
        assert_eq!(event(Some(phase)).state().phase(), Some(phase));
    }
    assert_eq!(event(None).state().phase(), None);
}

#[test]
fn seats_can_be_held_in_one_phase_only() {
    let now = at(OPENING);
    for phase in Phase::ALL {
        let on_sale = event(Some(phase)).state().on_sale(now).map(|details| details.seats);
        let expected = match phase {
            Phase::OnSale => Ok(0),
            Phase::Draft => Err(EventRefusal::NotFound),
            Phase::Published | Phase::Paused | Phase::Closed | Phase::Cancelled => {
                Err(EventRefusal::NotOnSale { phase })
            }
        };
        assert_eq!(on_sale, expected);
    }
    assert_eq!(event(None).state().on_sale(now).err(), Some(EventRefusal::NotFound));
}

#[test]
fn an_event_is_created_once() {
    let mut other = details();
    other.title = "Something else".into();
    event(Some(Phase::Draft))
        .when(EventCommand::Create(Box::new(other)))
        .then_refused(EventRefusal::AlreadyExists);
}

#[test]
fn prices_are_counted_and_the_same_prices_are_a_repetition() {
    let event = event(Some(Phase::OnSale)).when(dearer()).then([EventFact::Repriced {
        price_version: 2,
        prices: prices(9900),
        fee: 200,
    }]);
    event
        .when(EventCommand::Reprice { currency: Currency::EUR, prices: prices(9900), fee: 150 })
        .then([EventFact::Repriced { price_version: 3, prices: prices(9900), fee: 150 }])
        .when(EventCommand::Reprice { currency: Currency::EUR, prices: prices(9900), fee: 150 })
        .then_already_applied();
}

#[test]
fn prices_in_another_currency_are_refused() {
    let dollars = "USD".parse().unwrap();
    event(Some(Phase::OnSale))
        .when(EventCommand::Reprice { currency: dollars, prices: prices(9900), fee: 0 })
        .then_refused(EventRefusal::WrongCurrency { expected: Currency::EUR });
}
