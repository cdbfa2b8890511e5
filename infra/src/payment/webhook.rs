//! Webhooks: what a provider tells of payments and refunds, in Aisle's words.
//!
//! It does not remember which it has read: the booking knows what it has heard before.

use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::money::Money;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::signature;
use crate::http::problem::Problem;
use crate::secret::Key;

/// One thing that a provider tells. It may come more than once, and late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// The provider's name for it: the same however often it is told.
    pub id: String,
    /// What it tells.
    #[serde(flatten)]
    pub kind: WebhookKind,
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum WebhookKind {
    /// The money is here.
    #[serde(rename = "payment.captured")]
    Captured {
        /// The attempt.
        payment: PaymentId,
        /// What is paid.
        booking: BookingId,
        /// How much.
        amount: Money,
    },
    /// The attempt failed; no money was moved.
    #[serde(rename = "payment.declined")]
    Declined {
        /// The attempt.
        payment: PaymentId,
        /// What was to be paid.
        booking: BookingId,
        /// Why, in a word that the customer may be told.
        reason: String,
    },
    /// Money went back.
    #[serde(rename = "payment.refunded")]
    Refunded {
        /// The refund.
        refund: RefundId,
        /// The payment that it went back to.
        payment: PaymentId,
        /// What was paid.
        booking: BookingId,
        /// How much.
        amount: Money,
    },
}

/// Why a webhook is not believed or not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookProblem {
    /// It is not signed.
    #[error("the webhook is not signed")]
    SignatureMissing,
    /// Its signature is not the provider's.
    #[error("the webhook's signature is not valid")]
    SignatureInvalid,
    /// It was signed too long ago, or will be.
    #[error("the webhook was not signed within the last five minutes")]
    TimestampOutOfRange,
    /// It is the provider's, but makes no sense.
    #[error("the webhook's body is not understood")]
    BodyInvalid,
}

/// Checks the signature of a webhook, then reads it.
pub(super) fn verify(
    key: &Key,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<WebhookEvent, WebhookProblem> {
    signature::verify(key, headers, body, now)?;
    serde_json::from_slice(body).map_err(|_| WebhookProblem::BodyInvalid)
}

impl From<WebhookProblem> for Problem {
    fn from(problem: WebhookProblem) -> Self {
        let (status, code, title) = match problem {
            WebhookProblem::SignatureMissing => {
                (StatusCode::UNAUTHORIZED, "webhook_signature_missing", "It is not signed")
            }
            WebhookProblem::SignatureInvalid => (
                StatusCode::UNAUTHORIZED,
                "webhook_signature_invalid",
                "Its signature is not valid",
            ),
            WebhookProblem::TimestampOutOfRange => {
                let title = "It was not signed just now";
                (StatusCode::UNAUTHORIZED, "webhook_timestamp_out_of_range", title)
            }
            WebhookProblem::BodyInvalid => {
                let title = "Its body is not understood";
                (StatusCode::UNPROCESSABLE_ENTITY, "webhook_body_invalid", title)
            }
        };
        Self::new(status, code, title)
    }
}

impl IntoResponse for WebhookProblem {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::payment::SIGNATURE_HEADER;
    use crate::secret::Secret;

    fn read(body: &[u8]) -> Result<WebhookEvent, WebhookProblem> {
        let (key, now) = (Secret::new([3; 32]), Timestamp::UNIX_EPOCH);
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE_HEADER, signature::sign(&key, body, now).parse().unwrap());
        verify(&key, &headers, body, now)
    }

    #[test]
    fn a_webhook_is_read_as_it_is_written() {
        let kind = WebhookKind::Captured {
            payment: PaymentId(Uuid::nil()),
            booking: BookingId(Uuid::nil()),
            amount: Money { amount: 4500, currency: "EUR".parse().unwrap() },
        };
        let event = WebhookEvent { id: "evt_1".into(), kind };
        let written = json!({
            "id": "evt_1",
            "type": "payment.captured",
            "data": {
                "payment": "00000000-0000-0000-0000-000000000000",
                "booking": "00000000-0000-0000-0000-000000000000",
                "amount": {"amount": 4500, "currency": "EUR"},
            },
        });
        assert_eq!(serde_json::to_value(&event).unwrap(), written);
        assert_eq!(read(written.to_string().as_bytes()), Ok(event));
    }

    #[test]
    fn a_signed_body_that_makes_no_sense_is_refused() {
        for body in ["", "{}", r#"{"id":"1","type":"payment.lost","data":{}}"#] {
            assert_eq!(read(body.as_bytes()), Err(WebhookProblem::BodyInvalid));
        }
    }

    #[test]
    fn each_problem_has_its_code() {
        let code = |problem| Problem::from(problem).document().code.to_string();
        assert_eq!(code(WebhookProblem::SignatureMissing), "webhook_signature_missing");
        assert_eq!(code(WebhookProblem::SignatureInvalid), "webhook_signature_invalid");
        assert_eq!(code(WebhookProblem::TimestampOutOfRange), "webhook_timestamp_out_of_range");
        assert_eq!(code(WebhookProblem::BodyInvalid), "webhook_body_invalid");
    }
}
