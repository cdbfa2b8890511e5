//! From which address a request comes: what limits by address are keyed by.
//!
//! It is no identity. What proxies say is believed only if whoever runs them says so.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

/// What proxies add the address of whoever they are asked by to.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from; none where the server does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub Option<IpAddr>);

/// Whether a proxy stands before the server, whose word on addresses counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proxy {
    /// None.
    #[default]
    Absent,
    /// There is, and nobody gets past it.
    Trusted,
}

impl Peer {
    /// Who sent a request with these headers by a connection from this address.
    #[must_use]
    pub fn of(connection: IpAddr, headers: &HeaderMap, proxy: Proxy) -> Self {
        let said = || {
            // The last address is the proxy's own word; those before are the client's.
            let header = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
            header.rsplit(',').next()?.trim().parse().ok()
        };
        let forwarded = if proxy == Proxy::Trusted { said() } else { None };
        Self(Some(forwarded.unwrap_or(connection)))
    }

    /// What a limit by address is kept under. A household has a /64 of IPv6.
    #[must_use]
    pub fn key(&self) -> String {
        match self.0 {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(address) => address.to_string(),
                None => format!("{:?}", &address.segments()[..4]),
            },
            None => String::new(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_proxy_is_believed_only_if_it_is_there() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("1.1.1.1, 2.2.2.2"));
        let connection: IpAddr = "9.9.9.9".parse().unwrap();
        assert_eq!(Peer::of(connection, &headers, Proxy::Absent), Peer(Some(connection)));
        assert_eq!(Peer::of(connection, &headers, Proxy::Trusted).key(), "2.2.2.2");
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("unknown"));
        assert_eq!(Peer::of(connection, &headers, Proxy::Trusted), Peer(Some(connection)));
    }

    #[test]
    fn addresses_of_one_household_are_one() {
        let key = |text: &str| Peer(Some(text.parse().unwrap())).key();
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:1.2.3.4"), key("1.2.3.4"));
    }
}
