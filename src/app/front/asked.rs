//! What arrived on a connection: one whole request without a body, or something else.
//!
//! It is strict: what it is not sure of is something else, and the HTTP library's to understand.

use aisle_infra::http::tls::FORWARDED_PROTO;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use httparse::{EMPTY_HEADER, Header, Request, Status};

/// The most headers of a request that is looked at.
const MAX_HEADERS: usize = 48;

/// What arrived.
#[derive(Debug, PartialEq)]
pub(super) enum Arrived<'a> {
    /// A part of a request, more than one, one with a body, or no HTTP/1.1.
    Something,
    /// One request and nothing after it.
    Whole,
    /// One request and nothing after it, that means no more than this.
    Plain(Asked<'a>),
}

/// A `GET` without a token.
#[derive(Debug, PartialEq)]
pub(super) struct Asked<'a> {
    /// With the query.
    pub(super) path: &'a str,
    /// Those by which a representation is chosen, and that by which a proxy was asked.
    pub(super) headers: HeaderMap,
}

/// What a header means here.
enum Meaning {
    /// A body follows, or the connection is to become something else.
    Framing,
    /// The answer depends on it in ways that are a route's business.
    Matters,
    /// The answer depends on it, and needs no route.
    Known(HeaderName),
    Nothing,
}

impl<'a> Arrived<'a> {
    pub(super) fn read(received: &'a [u8]) -> Self {
        if !received.starts_with(b"GET /") || !received.ends_with(b"\r\n\r\n") {
            return Self::Something;
        }
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = Request::new(&mut headers);
        let is_whole = request.parse(received) == Ok(Status::Complete(received.len()));
        match (is_whole, request.version, request.path) {
            (true, Some(1), Some(path)) => Self::of(path, request.headers),
            _ => Self::Something,
        }
    }

    fn of(path: &'a str, all: &[Header<'a>]) -> Self {
        let (mut headers, mut is_plain) = (HeaderMap::new(), true);
        for header in all {
            match meaning(header) {
                Meaning::Framing => return Self::Something,
                Meaning::Matters => is_plain = false,
                Meaning::Nothing => {}
                Meaning::Known(name) => match HeaderValue::from_bytes(header.value) {
                    Ok(value) => _ = headers.append(name, value),
                    Err(_) => is_plain = false,
                },
            }
        }
        if is_plain { Self::Plain(Asked { path, headers }) } else { Self::Whole }
    }
}

fn meaning(header: &Header<'_>) -> Meaning {
    let is = |name: &str| header.name.eq_ignore_ascii_case(name);
    // Most names are told apart by their length.
    match header.name.len() {
        6 if is("accept") => Meaning::Known(ACCEPT),
        6 if is("expect") => Meaning::Framing,
        7 if is("upgrade") => Meaning::Framing,
        10 if is("connection") => match header.value.eq_ignore_ascii_case(b"keep-alive") {
            true => Meaning::Nothing,
            false => Meaning::Framing,
        },
        12 if is("x-request-id") => Meaning::Matters,
        13 if is("authorization") => Meaning::Matters,
        13 if is("if-none-match") => Meaning::Known(IF_NONE_MATCH),
        14 if is("content-length") => Meaning::Framing,
        15 if is("accept-encoding") => Meaning::Known(ACCEPT_ENCODING),
        17 if is("transfer-encoding") => Meaning::Framing,
        17 if is("x-forwarded-proto") => Meaning::Known(FORWARDED_PROTO),
        _ => Meaning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Arrived<'_> {
        Arrived::read(text.as_bytes())
    }

    #[test]
    fn a_whole_get_is_taken_with_what_chooses_its_representation() {
        let text = "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\nCookie: c\r\n\
                    ACCEPT: a/b\r\nAccept-Encoding: br\r\nif-none-match: \"7\"\r\n\
                    X-Forwarded-Proto: https\r\n\r\n";
        let Arrived::Plain(asked) = read(text) else { panic!("it is plain") };
        assert_eq!(asked.path, "/a?b");
        let chosen = [
            (ACCEPT, "a/b"),
            (ACCEPT_ENCODING, "br"),
            (IF_NONE_MATCH, "\"7\""),
            (FORWARDED_PROTO, "https"),
        ];
        let chosen = chosen.map(|(name, value)| (name, HeaderValue::from_static(value)));
        assert_eq!(asked.headers, HeaderMap::from_iter(chosen));
    }

    #[test]
    fn what_a_route_must_look_at_is_whole_but_not_plain() {
        for header in ["Authorization: Bearer x", "X-Request-Id: r", "authorization: "] {
            let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
            assert_eq!(read(&text), Arrived::Whole, "{header}");
        }
    }

    #[test]
    fn whatever_is_not_one_whole_request_without_a_body_is_something() {
        let get = "GET /a HTTP/1.1\r\nHost: x\r\n";
        for text in [
            String::new(),
            get.to_owned(),
            format!("{get}\r\n{get}\r\n"),
            format!("{get}\r\nx"),
            format!("x{get}\r\n"),
            format!("{get}Content-Length: 4\r\n\r\n"),
            format!("{get}Transfer-Encoding: chunked\r\n\r\n"),
            format!("{get}Connection: close\r\n\r\n"),
            format!("{get}Connection: keep-alive, upgrade\r\n\r\n"),
            format!("{get}Upgrade: h2c\r\n\r\n"),
            format!("{get}Expect: 100-continue\r\n\r\n"),
            "GET /a HTTP/1.0\r\n\r\n".to_owned(),
            "GET http://x/a HTTP/1.1\r\n\r\n".to_owned(),
            "POST /a HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "GET /a HTTP/1.1\r\nbroken\r\n\r\n".to_owned(),
        ] {
            assert_eq!(read(&text), Arrived::Something, "{text}");
        }
    }
}
