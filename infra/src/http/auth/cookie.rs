//! The session cookie: a token as browsers keep it.
//!
//! It holds nothing but the token; there is no store of sessions.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use super::{AuthProblem, TokenVerifier};

/// Which cookie is the session's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SessionCookie {
    /// `__Host-aisle`, which browsers send over HTTPS only (and to this very machine), and believe
    /// to come from this very host only.
    #[default]
    Secure,
    /// `aisle`, for a site that is served to other machines over plain HTTP.
    Plain,
}

impl SessionCookie {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-aisle",
            Self::Plain => "aisle",
        }
    }

    /// A header `Set-Cookie` for a cookie of this kind: no script can read it, and other sites'
    /// forms do not send it. `max_age` is in seconds; 0 removes it.
    #[must_use]
    pub fn header(self, name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
        let secure = match self {
            Self::Secure => "; Secure",
            Self::Plain => "",
        };
        let text =
            format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).ok()
    }

    /// The token of a request's session.
    pub(super) fn find(self, headers: &HeaderMap) -> Option<&str> {
        cookie_of(headers, self.name())
    }
}

impl TokenVerifier {
    /// The header `Set-Cookie` that begins a session by this token, until it expires.
    ///
    /// # Errors
    /// If the token is none of ours, or not good.
    pub fn session_cookie(&self, token: &str) -> Result<HeaderValue, AuthProblem> {
        let left = self.clock.now().duration_until(self.verify(token)?.expires_at).as_secs();
        let header = self.cookie.header(self.cookie.name(), token, left.max(0));
        header.ok_or(AuthProblem::Invalid)
    }

    /// The header `Set-Cookie` that ends the session in a browser.
    #[must_use]
    pub fn no_session_cookie(&self) -> HeaderValue {
        let header = self.cookie.header(self.cookie.name(), "", 0);
        header.unwrap_or_else(|| unreachable!("plain text"))
    }

    /// Which cookies it reads and makes.
    #[must_use]
    pub fn cookie_kind(&self) -> SessionCookie {
        self.cookie
    }
}

/// The value of a cookie. Of several of one name the first: browsers send the most specific first.
#[must_use]
pub fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aisle_domain::id::Subject;
    use jiff::{SignedDuration, Timestamp};

    use super::super::TokenIssuer;
    use super::*;
    use crate::clock::ManualClock;
    use crate::secret::{Key, Secret};

    const KEY: Key = Secret::new([3; 32]);

    #[test]
    fn a_session_lasts_as_long_as_its_token() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let subject = Subject::try_new("ada").unwrap();
        let issuer = TokenIssuer::new(&KEY, clock.clone());
        let token = issuer.issue(&subject, &[], SignedDuration::from_secs(60)).unwrap();
        let verifier = TokenVerifier::new(&KEY, clock.clone());
        clock.advance(SignedDuration::from_secs(20));
        let header = verifier.session_cookie(&token).unwrap();
        let attributes = "Path=/; Max-Age=40; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(header, format!("__Host-aisle={token}; {attributes}"));
        assert_eq!(verifier.session_cookie("x"), Err(AuthProblem::Invalid));
        let plain = verifier.with_cookie(SessionCookie::Plain).no_session_cookie();
        assert_eq!(plain, "aisle=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xaisle=1; aislex=2"));
        headers.append(COOKIE, HeaderValue::from_static("b=c;aisle=a=b; aisle=4"));
        assert_eq!(cookie_of(&headers, "aisle"), Some("a=b"));
        assert_eq!(cookie_of(&headers, "isle"), None);
    }
}
