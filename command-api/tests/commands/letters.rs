//! Letters: each buyer with an address gets one, once the booking is paid.

use std::sync::Arc;

use aisle_command_api::process::Letters;
use aisle_infra::accounts::MemoryAccounts;
use aisle_infra::mail::{Letter, MailError, Mailer};
use aisle_infra::text::reference;
use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::fixtures::{GOOD_CARD, hall, seats};
use crate::forms::{Browser, booking_in};
use crate::store::Store;
use crate::world::{Setup, World, eventually};

/// Keeps the letters. What it is told to fail it takes all the same, as a server does whose answer
/// is lost.
#[derive(Default)]
struct Post {
    letters: Mutex<Vec<Letter>>,
    failures: Mutex<u32>,
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        self.letters.lock().push(letter.clone());
        let failures = &mut *self.failures.lock();
        if *failures == 0 {
            return Ok(());
        }
        *failures -= 1;
        Err(MailError::Folder(std::io::Error::other("the answer was lost")))
    }
}

impl Post {
    async fn after(&self, number: usize) -> Vec<Letter> {
        eventually("letters", async || {
            let letters = self.letters.lock();
            (letters.len() >= number).then(|| letters.clone())
        })
        .await
    }
}

/// A desk that writes letters for a process.
struct Desk(CancellationToken);

impl Desk {
    fn open(world: &World, post: &Arc<Post>) -> Self {
        let letters = Letters::new(world.api.clone(), post.clone(), "https://aisle.example/");
        let stop = CancellationToken::new();
        letters.start(stop.clone());
        Self(stop)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A guest holds a seat by forms and leaves an address.
async fn guest_with_address(world: &World, event: &str, seat: &str) -> (Browser, String) {
    let mut browser = world.browser();
    let hold = format!("/v1/events/{event}/bookings");
    let booking = booking_in(&browser.submit(&hold, &[("seats", seat)]).await.to);
    let contact = [("email", "ada@example.org"), ("name", "Ada")];
    let led = browser.submit(&format!("/v1/bookings/{booking}/contact"), &contact).await;
    assert_eq!(booking_in(&led.to), booking);
    (browser, booking)
}

async fn pay(world: &World, browser: &mut Browser, booking: &str) {
    browser.submit(&format!("/v1/bookings/{booking}/payment"), &[("number", GOOD_CARD)]).await;
    world.becomes(booking, &["held", "payment_started", "confirmed"]).await;
}

#[tokio::test]
async fn a_guest_who_paid_gets_one_letter_with_a_link_to_the_booking() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let post = Arc::new(Post::default());
    let _desk = Desk::open(&world, &post);
    let _other_desk = Desk::open(&world, &post);
    let event = world.on_sale(&hall()).await;
    let (mut browser, booking) = guest_with_address(&world, &event, "1-1").await;
    let (_, unpaid) = guest_with_address(&world, &event, "1-4").await;
    pay(&world, &mut browser, &booking).await;

    let letter = post.after(1).await.remove(0);
    assert_eq!(letter.id, format!("booking-{booking}"));
    assert_eq!(letter.to, "ada@example.org".parse().unwrap());
    let reference = reference(booking.parse().unwrap());
    for part in
        ["Hello Ada", "Rockets v. Comets", "18:30 (Berlin time)", "Seat 1-1", "€61.50", &*reference]
    {
        assert!(letter.text.contains(part), "{part}: {}", letter.text);
    }
    let link = letter.text.split("https://aisle.example/bookings/link/").nth(1).unwrap();
    let link = link.split_whitespace().next().unwrap();
    let link = world.api.verifier.verify_booking_link(link).unwrap();
    assert_eq!(link.booking.to_string(), booking);
    let session = world.api.verifier.link_session(&link).unwrap();
    world.bearer(&session).cancel(&booking).await.expect(200);

    // Another address comes too late; that of an unpaid booking is not written to.
    let late = [("email", "eve@example.org"), ("back", "/b")];
    let led = browser.submit(&format!("/v1/bookings/{booking}/contact"), &late).await;
    assert!(led.to.starts_with("/b?problem="), "{}", led.to);
    world.rests().await;
    let story = world.story(&unpaid).await;
    assert_eq!((post.letters.lock().len(), &*story), (1, &["held".to_owned()][..]));
}

#[tokio::test]
async fn a_letter_whose_answer_is_lost_is_sent_once_more() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let post = Arc::new(Post { failures: Mutex::new(1), ..Post::default() });
    let desk = Desk::open(&world, &post);
    let event = world.on_sale(&hall()).await;
    let (mut browser, booking) = guest_with_address(&world, &event, "1-1").await;
    pay(&world, &mut browser, &booking).await;
    post.after(1).await;
    drop(desk);
    // As after a crash: nobody else takes it on before the claim has run out.
    let desk = Desk::open(&world, &post);
    world.rests().await;
    assert_eq!(post.letters.lock().len(), 1);
    drop(desk);
    world.advance(5 * 60);
    let _desk = Desk::open(&world, &post);
    let letters = post.after(2).await;
    assert_eq!(letters[0].id, letters[1].id);
}

#[tokio::test]
async fn what_a_process_missed_the_next_one_sends() {
    let store = Store::sqlite().await;
    let accounts = Arc::new(MemoryAccounts::default());
    let setup = || Setup { accounts: accounts.clone(), ..Setup::default() };
    let world = World::start(&store, setup()).await;
    let event = world.on_sale(&hall()).await;
    let (mut browser, booking) = guest_with_address(&world, &event, "1-1").await;
    pay(&world, &mut browser, &booking).await;
    drop(world);
    let world = World::start(&store, Setup { seed: 2, ..setup() }).await;
    let post = Arc::new(Post::default());
    let _desk = Desk::open(&world, &post);
    assert_eq!(post.after(1).await[0].id, format!("booking-{booking}"));
}

#[tokio::test]
async fn a_guest_who_is_forgotten_gets_no_letter() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let post = Arc::new(Post::default());
    let event = world.on_sale(&hall()).await;
    let (mut browser, booking) = guest_with_address(&world, &event, "1-1").await;
    let guest = world.bearer(browser.token());
    guest.post("/v1/accounts/me/erase", &json!({})).await.expect(204);
    pay(&world, &mut browser, &booking).await;
    let _desk = Desk::open(&world, &post);
    let (mut other, written_to) = guest_with_address(&world, &event, "1-4").await;
    pay(&world, &mut other, &written_to).await;
    assert_eq!(post.after(1).await[0].id, format!("booking-{written_to}"));
}

#[tokio::test]
async fn only_the_buyer_says_where_mail_goes_and_the_journal_does_not_know() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let booking = world.customer("ann").hold(&event, &seats(&["1-1"])).await.booking();
    let path = format!("/v1/bookings/{booking}/contact");
    let contact = json!({"email": "ada@example.org", "name": "Ada Lovelace"});
    for other in [world.customer("bob"), world.organiser(), world.admin()] {
        other.post(&path, &contact).await.refused(404, "booking_not_found");
    }
    world.nobody().post(&path, &contact).await.refused(401, "token_missing");
    let ann = world.customer("ann");
    ann.post(&path, &contact).await.expect(202);
    ann.release(&booking).await.expect(200);
    ann.post(&path, &contact).await.refused(409, "booking_over");
    let rows = format!("{:?}", store.rows().await).to_lowercase();
    assert!(!rows.contains("example.org") && !rows.contains("lovelace"), "{rows}");
}
