//! The signature of webhooks: HMAC-SHA256 over the time and the raw body, as Stripe does it.
//!
//! It does not look into the body.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::webhook::WebhookProblem;
use crate::secret::Key;

/// The header: `t=<Unix seconds>,v1=<hexadecimal HMAC-SHA256 of "<t>.<body>">`.
pub const SIGNATURE_HEADER: &str = "aisle-signature";

/// How far the time of signing may lie from now, either way: long enough for clocks that differ,
/// short enough that a recorded webhook cannot be played again tomorrow.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The header's value for a body that is sent now.
pub(super) fn sign(key: &Key, body: &[u8], now: Timestamp) -> String {
    let second = now.as_second();
    let code = mac(key, second, body).finalize().into_bytes();
    format!("t={second},v1={}", hex::encode(code))
}

/// Whether a body was signed with the key, and lately.
pub(super) fn verify(
    key: &Key,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), WebhookProblem> {
    let header = headers.get(SIGNATURE_HEADER).ok_or(WebhookProblem::SignatureMissing)?;
    let text = header.to_str().map_err(|_| WebhookProblem::SignatureInvalid)?;
    let (second, codes) = parse(text).ok_or(WebhookProblem::SignatureInvalid)?;
    // `verify_slice` takes as long for a code that is nearly right as for any other.
    let is_right = |code: &Vec<u8>| mac(key, second, body).verify_slice(code).is_ok();
    if !codes.iter().any(is_right) {
        return Err(WebhookProblem::SignatureInvalid);
    }
    let signed = Timestamp::from_second(second).map_err(|_| WebhookProblem::TimestampOutOfRange)?;
    let is_recent = now.duration_since(signed).abs() <= TOLERANCE;
    if is_recent { Ok(()) } else { Err(WebhookProblem::TimestampOutOfRange) }
}

/// The time and the codes of version 1. More than one code: the key is being replaced. Members of
/// other names are left for later versions.
fn parse(text: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let members = || text.split(',').filter_map(|member| member.trim().split_once('='));
    let mut times = members().filter(|(name, _)| *name == "t");
    let second = times.next()?.1.parse().ok()?;
    let codes = members().filter(|(name, _)| *name == "v1");
    let codes: Vec<_> = codes.filter_map(|(_, code)| hex::decode(code).ok()).collect();
    times.next().is_none().then_some((second, codes))
}

fn mac(key: &Key, second: i64, body: &[u8]) -> Hmac<Sha256> {
    // RFC 2104: a key shorter than a block of the hash is filled up with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key.expose());
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(format!("{second}.").as_bytes());
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::secret::Secret;

    const KEY: Key = Secret::new([3; 32]);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(header: &str, body: &[u8], now: i64) -> Result<(), WebhookProblem> {
        let name = HeaderName::from_static(SIGNATURE_HEADER);
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(header).unwrap())]);
        verify(&KEY, &headers, body, at(now))
    }

    #[test]
    fn the_code_is_what_it_was_in_every_earlier_version() {
        let expected = "t=1000,v1=add1abb161ef6382b1e6dae81233ac9d4a1dcb34052ef84a92d00f99758936be";
        assert_eq!(sign(&KEY, b"{}", at(1000)), expected);
    }

    #[test]
    fn what_was_signed_lately_is_believed_for_five_minutes_either_way() {
        let header = sign(&KEY, b"{}", at(1000));
        for now in [700, 1000, 1300] {
            assert_eq!(check(&header, b"{}", now), Ok(()));
        }
        for now in [699, 1301] {
            assert_eq!(check(&header, b"{}", now), Err(WebhookProblem::TimestampOutOfRange));
        }
    }

    #[test]
    fn nothing_of_it_can_be_changed() {
        let invalid = Err(WebhookProblem::SignatureInvalid);
        let header = sign(&KEY, b"{}", at(1000));
        assert_eq!(check(&header, b"{ }", 1000), invalid);
        assert_eq!(check(&header.replace("t=1000", "t=1001"), b"{}", 1000), invalid);
        assert_eq!(check(&format!("t=1001,{header}"), b"{}", 1000), invalid);
        assert_eq!(check(&sign(&Secret::new([4; 32]), b"{}", at(1000)), b"{}", 1000), invalid);
        for header in ["", "t=1000", "v1=00", "t=x,v1=00", "t=1000,v1=zz", "t=1000,v1="] {
            assert_eq!(check(header, b"{}", 1000), invalid, "{header}");
        }
    }

    #[test]
    fn one_right_code_of_several_is_enough() {
        let header = sign(&KEY, b"{}", at(1000));
        let other = "0".repeat(64);
        assert_eq!(check(&format!("{header},v1={other},v2=x"), b"{}", 1000), Ok(()));
    }

    #[test]
    fn without_a_signature_nothing_is_believed() {
        let missing = verify(&KEY, &HeaderMap::new(), b"{}", at(1000));
        assert_eq!(missing, Err(WebhookProblem::SignatureMissing));
    }
}
