//! What every store of accounts promises, held against each of them.
//!
//! That on PostgreSQL needs the server that `tests/run` starts; without it it fails.

#![expect(clippy::unwrap_used, reason = "a helper of tests panics as a test does")]

use std::sync::Arc;

use aisle_domain::id::{BookingId, Subject};
use aisle_infra::accounts::{
    Account, AccountStore, Contact, Creation, MemoryAccounts, PasswordHash, SqlAccounts,
};
use aisle_infra::testing::postgres::TestDatabase;
use jiff::Timestamp;
use uuid::Uuid;

fn subject(name: &str) -> Subject {
    Subject::try_new(name).unwrap()
}

fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(number))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn account(name: &str, login: &str) -> Account {
    let password = Some(PasswordHash::from_text(format!("hash of {name}")));
    let profile = format!("profile of {name}");
    Account { subject: subject(name), login: login.to_owned(), password, profile, created: at(7) }
}

fn contact(number: u128, name: &str) -> Contact {
    let sealed = format!("sealed {number}");
    Contact { booking: booking(number), subject: subject(name), sealed, sent: None }
}

async fn keeps_its_promises(store: &dyn AccountStore) {
    accounts(store).await;
    keys(store).await;
    contacts(store).await;
    erasure(store).await;
}

async fn accounts(store: &dyn AccountStore) {
    let ada = account("ada", "login-a");
    assert_eq!(store.create(&ada).await.unwrap(), Creation::Created);
    for same in [account("bob", "login-a"), account("ada", "login-b")] {
        assert_eq!(store.create(&same).await.unwrap(), Creation::Taken);
    }
    assert_eq!(store.by_login("login-a").await.unwrap(), Some(ada.clone()));
    assert_eq!(store.by_subject(&subject("ada")).await.unwrap(), Some(ada));
    assert_eq!(store.by_login("login-b").await.unwrap(), None);
    let elsewhere = Account { password: None, ..account("bob", "login-b") };
    store.create(&elsewhere).await.unwrap();
    assert_eq!(store.by_login("login-b").await.unwrap(), Some(elsewhere));
}

async fn keys(store: &dyn AccountStore) {
    let ada = subject("ada");
    assert_eq!(store.key(&ada).await.unwrap(), None);
    assert_eq!(store.keep_key(&ada, "first").await.unwrap(), "first");
    assert_eq!(store.keep_key(&ada, "second").await.unwrap(), "first");
    assert_eq!(store.key(&ada).await.unwrap().as_deref(), Some("first"));
}

async fn contacts(store: &dyn AccountStore) {
    for number in [1, 2, 3] {
        assert!(store.keep_contact(&contact(number, "ada")).await.unwrap());
    }
    let waiting = async |now, after, limit| store.waiting(at(now), after, limit).await.unwrap();
    assert_eq!(waiting(10, None, 2).await, [booking(1), booking(2)]);
    assert_eq!(waiting(10, Some(booking(2)), 9).await, [booking(3)]);

    assert!(store.claim(booking(1), at(10), at(20)).await.unwrap());
    assert!(!store.claim(booking(1), at(19), at(30)).await.unwrap());
    assert_eq!(waiting(19, None, 9).await, [booking(2), booking(3)]);
    assert!(store.claim(booking(1), at(20), at(30)).await.unwrap());

    let changed = Contact { sealed: "changed".to_owned(), ..contact(2, "ada") };
    assert!(store.keep_contact(&changed).await.unwrap());
    assert_eq!(store.contact(booking(2)).await.unwrap(), Some(changed.clone()));
    store.sent(booking(2), at(40)).await.unwrap();
    assert!(!store.keep_contact(&contact(2, "ada")).await.unwrap());
    assert!(!store.claim(booking(2), at(99), at(100)).await.unwrap());
    let sent = Contact { sent: Some(at(40)), ..changed };
    assert_eq!(store.contact(booking(2)).await.unwrap(), Some(sent));

    store.forget_contact(booking(3)).await.unwrap();
    assert_eq!(store.contact(booking(3)).await.unwrap(), None);
    assert_eq!(waiting(99, None, 9).await, [booking(1)]);
}

async fn erasure(store: &dyn AccountStore) {
    store.keep_key(&subject("bob"), "bob's").await.unwrap();
    store.keep_contact(&contact(9, "bob")).await.unwrap();
    store.erase(&subject("ada")).await.unwrap();
    assert_eq!(store.by_login("login-a").await.unwrap(), None);
    assert_eq!(store.key(&subject("ada")).await.unwrap(), None);
    assert_eq!(store.contact(booking(1)).await.unwrap(), None);
    assert!(store.by_login("login-b").await.unwrap().is_some());
    assert_eq!(store.key(&subject("bob")).await.unwrap().as_deref(), Some("bob's"));
    assert!(store.contact(booking(9)).await.unwrap().is_some());
    assert_eq!(store.create(&account("ada", "login-a")).await.unwrap(), Creation::Created);
}

#[tokio::test]
async fn in_memory() {
    keeps_its_promises(&MemoryAccounts::default()).await;
}

#[tokio::test]
async fn on_sqlite_and_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("accounts.sqlite").display());
    keeps_its_promises(&SqlAccounts::open(&url).await.unwrap()).await;
    let again = SqlAccounts::open(&url).await.unwrap();
    assert!(again.by_login("login-a").await.unwrap().is_some());
}

#[tokio::test]
async fn on_postgres_and_by_two_processes_at_once() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let (one, other) = tokio::join!(SqlAccounts::open(&url), SqlAccounts::open(&url));
    let one: Arc<dyn AccountStore> = Arc::new(one.unwrap());
    keeps_its_promises(&*one).await;
    assert!(other.unwrap().by_login("login-a").await.unwrap().is_some());
    database.close().await;
}
