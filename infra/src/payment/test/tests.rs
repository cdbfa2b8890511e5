//! The test provider against a real endpoint on a free port.

use std::net::SocketAddr;

use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::money::{Currency, Money};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::*;
use crate::clock::{ManualClock, SystemClock};
use crate::secret::Secret;

const KEY: Key = Secret::new([5; 32]);
const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(1));
const BOOKING: BookingId = BookingId(Uuid::from_u128(2));

type Received = (HeaderMap, Bytes);

/// Hands each webhook to the test and answers what the test says, then 204.
struct Endpoint {
    received: mpsc::UnboundedReceiver<Received>,
    address: SocketAddr,
}

#[derive(Clone)]
struct Answers {
    to_test: mpsc::UnboundedSender<Received>,
    left: Arc<Mutex<Vec<StatusCode>>>,
}

async fn receive(State(answers): State<Answers>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let _ = answers.to_test.send((headers, body));
    answers.left.lock().pop().unwrap_or(StatusCode::NO_CONTENT)
}

impl Endpoint {
    async fn start(first_answers: &[StatusCode]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (to_test, received) = mpsc::unbounded_channel();
        let left = first_answers.iter().rev().copied().collect();
        let answers = Answers { to_test, left: Arc::new(Mutex::new(left)) };
        let app = Router::new().route("/webhook", post(receive)).with_state(answers);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { received, address }
    }

    fn url(&self) -> reqwest::Url {
        format!("http://{}/webhook", self.address).parse().unwrap()
    }

    async fn next(&mut self, provider: &TestProvider) -> WebhookEvent {
        let (headers, body) = self.received.recv().await.unwrap();
        provider.verify(&headers, &body, provider.clock.now()).unwrap()
    }
}

fn provider(clock: Arc<dyn Clock>, endpoint: &Endpoint) -> TestProvider {
    let provider = TestProvider::start(KEY, clock, TestProviderConfig::default()).unwrap();
    provider.send_webhooks_to(endpoint.url());
    provider
}

fn manual() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()))
}

fn euros(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

fn charge(card: TestCard) -> ChargeRequest {
    let method = card.token();
    ChargeRequest { payment: PAYMENT, booking: BOOKING, amount: euros(4500), method }
}

fn refund(refund: u128, amount: i64) -> RefundRequest {
    let refund = RefundId(Uuid::from_u128(refund));
    RefundRequest { refund, payment: PAYMENT, booking: BOOKING, amount: euros(amount) }
}

fn captured() -> WebhookKind {
    WebhookKind::Captured { payment: PAYMENT, booking: BOOKING, amount: euros(4500) }
}

fn declined(reason: &str) -> WebhookKind {
    WebhookKind::Declined { payment: PAYMENT, booking: BOOKING, reason: reason.into() }
}

#[tokio::test]
async fn each_card_has_its_token_and_no_token_holds_its_number() {
    let endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    for card in TestCard::ALL {
        let input = CardInput { number: card.number().to_owned().into(), expires: None };
        assert_eq!(provider.tokenise(&input), Ok(card.token()));
    }
    let wrong = CardInput { number: "4242424242424241".to_owned().into(), expires: None };
    assert_eq!(provider.tokenise(&wrong), Err(CardProblem::InvalidNumber));
}

#[tokio::test]
async fn a_card_decides_what_becomes_of_the_payment() {
    for (card, expected) in [
        (TestCard::Success, captured()),
        (TestCard::Declined, declined("card_declined")),
        (TestCard::InsufficientFunds, declined("insufficient_funds")),
        (TestCard::Unknown, declined("unknown_test_card")),
    ] {
        let mut endpoint = Endpoint::start(&[]).await;
        let provider = provider(manual(), &endpoint);
        provider.charge(charge(card)).await.unwrap();
        assert_eq!(endpoint.next(&provider).await.kind, expected);
        let is_captured = provider.ledger().captured(PAYMENT).is_some();
        assert_eq!(is_captured, card == TestCard::Success);
    }
}

#[tokio::test]
async fn slow_and_late_cards_wait_for_the_clock() {
    for (card, seconds, expected) in [
        (TestCard::Slow, 3, captured()),
        (TestCard::SlowDecline, 3, declined("card_declined")),
        (TestCard::Late, 20, captured()),
    ] {
        let mut endpoint = Endpoint::start(&[]).await;
        let clock = manual();
        let provider = provider(clock.clone(), &endpoint);
        provider.charge(charge(card)).await.unwrap();
        clock.advance(SignedDuration::from_secs(seconds - 1));
        tokio::task::yield_now().await;
        assert_eq!(provider.ledger().payments[&PAYMENT].state, ChargeState::Pending);
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(endpoint.next(&provider).await.kind, expected);
    }
}

#[tokio::test]
async fn a_duplicate_is_the_same_webhook_twice() {
    let mut endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    provider.charge(charge(TestCard::Duplicate)).await.unwrap();
    let (first, second) = (endpoint.next(&provider).await, endpoint.next(&provider).await);
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_charge_is_made_once_under_its_id() {
    let mut endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    provider.charge(charge(TestCard::Success)).await.unwrap();
    provider.charge(charge(TestCard::Success)).await.unwrap();
    let other = provider.charge(charge(TestCard::Declined)).await;
    assert!(matches!(other, Err(PaymentError::IdReused)));
    endpoint.next(&provider).await;
    // The refund's webhook would come after that of a second charge.
    provider.refund(refund(1, 4500)).await.unwrap();
    assert!(matches!(endpoint.next(&provider).await.kind, WebhookKind::Refunded { .. }));
}

#[tokio::test]
async fn a_charge_repeated_after_a_restart_ends_the_same() {
    let mut endpoint = Endpoint::start(&[]).await;
    let before = provider(manual(), &endpoint);
    before.charge(charge(TestCard::Success)).await.unwrap();
    let first = endpoint.next(&before).await;
    drop(before);
    let after = provider(manual(), &endpoint);
    after.charge(charge(TestCard::Success)).await.unwrap();
    assert_eq!(endpoint.next(&after).await, first);
}

#[tokio::test]
async fn no_more_is_refunded_than_was_captured_and_each_refund_once() {
    let mut endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    provider.charge(charge(TestCard::Success)).await.unwrap();
    endpoint.next(&provider).await;
    provider.refund(refund(1, 4000)).await.unwrap();
    provider.refund(refund(1, 4000)).await.unwrap();
    assert!(matches!(provider.refund(refund(1, 1)).await, Err(PaymentError::IdReused)));
    assert!(matches!(provider.refund(refund(2, 501)).await, Err(PaymentError::Refused(_))));
    assert!(matches!(provider.refund(refund(2, 0)).await, Err(PaymentError::Refused(_))));
    let RefundRequest { refund, amount, .. } = refund(1, 4000);
    let expected = WebhookKind::Refunded { refund, payment: PAYMENT, booking: BOOKING, amount };
    assert_eq!(endpoint.next(&provider).await.kind, expected);
    assert_eq!(provider.ledger().refunded(PAYMENT), 4000);
}

#[tokio::test]
async fn only_captured_payments_are_refunded_but_a_restart_is_forgiven() {
    let mut endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    provider.refund(refund(1, 100)).await.unwrap();
    endpoint.next(&provider).await;
    let payment = PaymentId(Uuid::from_u128(9));
    let declined = ChargeRequest { payment, ..charge(TestCard::Declined) };
    provider.charge(declined).await.unwrap();
    endpoint.next(&provider).await;
    let refused = provider.refund(RefundRequest { payment, ..refund(2, 100) }).await;
    assert!(matches!(refused, Err(PaymentError::Refused(_))));
}

#[tokio::test]
async fn a_token_of_somebody_else_is_refused() {
    let endpoint = Endpoint::start(&[]).await;
    let provider = provider(manual(), &endpoint);
    let method = MethodToken::try_new("tok_visa").unwrap();
    let refused = provider.charge(ChargeRequest { method, ..charge(TestCard::Success) }).await;
    assert!(matches!(refused, Err(PaymentError::Refused(_))));
}

#[tokio::test]
async fn a_webhook_is_sent_again_while_the_endpoint_fails() {
    let down = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::CONFLICT];
    let mut endpoint = Endpoint::start(&down).await;
    let provider = provider(Arc::new(SystemClock), &endpoint);
    provider.charge(charge(TestCard::Success)).await.unwrap();
    let attempts = [
        endpoint.next(&provider).await,
        endpoint.next(&provider).await,
        endpoint.next(&provider).await,
    ];
    assert_eq!(attempts[0], attempts[2]);
}

#[tokio::test]
async fn a_webhook_waits_for_an_endpoint_that_is_not_there_yet() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut endpoint = Endpoint::start(&[]).await;
    let provider = TestProvider::start(KEY, Arc::new(SystemClock), TestProviderConfig::default());
    let provider = provider.unwrap();
    provider.charge(charge(TestCard::Success)).await.unwrap();
    provider.send_webhooks_to(format!("http://{unused}/webhook").parse().unwrap());
    tokio::task::yield_now().await;
    provider.send_webhooks_to(endpoint.url());
    assert_eq!(endpoint.next(&provider).await.kind, captured());
}

#[tokio::test]
async fn a_webhook_that_is_refused_or_too_old_is_not_sent_again() {
    let mut endpoint = Endpoint::start(&[StatusCode::UNAUTHORIZED, StatusCode::BAD_GATEWAY]).await;
    let config =
        TestProviderConfig { give_up_after: SignedDuration::ZERO, ..TestProviderConfig::default() };
    let provider = TestProvider::start(KEY, manual(), config).unwrap();
    provider.send_webhooks_to(endpoint.url());
    // Told twice: the first telling is refused, the second fails when it is time to give up.
    provider.charge(charge(TestCard::Duplicate)).await.unwrap();
    endpoint.next(&provider).await;
    endpoint.next(&provider).await;
    provider.refund(refund(1, 100)).await.unwrap();
    assert!(matches!(endpoint.next(&provider).await.kind, WebhookKind::Refunded { .. }));
}

#[test]
fn every_test_card_passes_its_own_check_and_is_told_apart() {
    for card in TestCard::ALL {
        assert_eq!(TestCard::of_number(card.number()), card);
        assert_eq!(TestCard::of_token(&card.token()), Some(card));
    }
}
