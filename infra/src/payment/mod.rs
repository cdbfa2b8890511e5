//! The port to payment providers: what Aisle asks of one, and what one tells Aisle.
//!
//! It decides nothing about bookings, and no card number passes beyond [`PaymentProvider::tokenise`].

mod card;
mod signature;
pub mod test;
mod webhook;

use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::money::Money;
use async_trait::async_trait;
use axum::http::HeaderMap;
use jiff::Timestamp;

pub use self::card::{CardExpiry, CardInput, CardProblem, InvalidToken, MethodToken};
pub use self::signature::SIGNATURE_HEADER;
pub use self::webhook::{WebhookEvent, WebhookKind, WebhookProblem};

/// Asks for the money of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    /// Our name for the attempt; the provider charges once under it, however often it is asked.
    pub payment: PaymentId,
    /// What is paid.
    pub booking: BookingId,
    /// How much.
    pub amount: Money,
    /// From where.
    pub method: MethodToken,
}

/// Asks for money to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// Our name for the refund; the provider refunds once under it, however often it is asked.
    pub refund: RefundId,
    /// The payment that it goes back to.
    pub payment: PaymentId,
    /// What was paid.
    pub booking: BookingId,
    /// How much; at most what was captured and not refunded.
    pub amount: Money,
}

/// Why a provider did not take a request on.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// It could not be asked. It may have taken it on all the same: ask again under the same id.
    #[error("the payment provider cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The id was used for another request. Asking again is of no use.
    #[error("the payment provider was asked for something else under this id")]
    IdReused,
    /// It will not do that. Asking again is of no use.
    #[error("the payment provider refused: {0}")]
    Refused(String),
}

/// A payment provider. Object-safe: the rest of Aisle holds an `Arc<dyn PaymentProvider>`.
///
/// To be asked is to be asked only: what became of it comes later, by a webhook, maybe twice,
/// maybe out of order, which [`PaymentProvider::verify`] reads.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// Its name, for logs and for its part of the webhook's path.
    fn name(&self) -> &'static str;

    /// Exchanges a card for a token that only this provider can charge.
    ///
    /// # Errors
    /// If it cannot be a card that is good now.
    fn tokenise(&self, card: &CardInput) -> Result<MethodToken, CardProblem>;

    /// Takes on a charge. Idempotent by the payment's id.
    ///
    /// # Errors
    /// If it was not taken on, or nobody knows.
    async fn charge(&self, request: ChargeRequest) -> Result<(), PaymentError>;

    /// Takes on a refund. Idempotent by the refund's id.
    ///
    /// # Errors
    /// If it was not taken on, or nobody knows.
    async fn refund(&self, request: RefundRequest) -> Result<(), PaymentError>;

    /// Reads a webhook, of which nothing is believed before its signature was checked.
    ///
    /// # Errors
    /// If it is not the provider's, not of now, or makes no sense.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<WebhookEvent, WebhookProblem>;
}
