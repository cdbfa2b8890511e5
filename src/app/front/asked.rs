//! What arrived on a connection: one whole request, or something else.
//!
//! It is strict: what it is not sure of is something else, and the HTTP library's to understand.

use aisle_infra::http::tls::FORWARDED_PROTO;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use httparse::{EMPTY_HEADER, Header, Request, Status};

use super::posted::Posted;

/// The most headers of a request that is looked at.
const MAX_HEADERS: usize = 48;

/// Room for the headers of a request.
pub(super) type Headers<'b> = [Header<'b>; MAX_HEADERS];

/// None yet.
pub(super) const NO_HEADERS: Headers<'_> = [EMPTY_HEADER; MAX_HEADERS];

/// What arrived.
#[derive(Debug, PartialEq)]
pub(super) enum Arrived<'h, 'b> {
    /// A part of a request, more than one, or no HTTP/1.1.
    Something,
    /// One request and nothing after it.
    Whole,
    /// One request and nothing after it, that means no more than this.
    Plain(Asked<'b>),
    /// One `POST` of JSON and nothing after it.
    Posted(Posted<'h, 'b>),
}

/// A `GET` without a token.
#[derive(Debug, PartialEq)]
pub(super) struct Asked<'b> {
    /// With the query.
    pub(super) path: &'b str,
    /// Those by which a representation is chosen, and that by which a proxy was asked.
    pub(super) headers: HeaderMap,
}

/// What a header means here.
enum Meaning {
    /// The body comes in pieces, or the connection is to become something else.
    Framing,
    /// So long a body follows.
    Length,
    /// The kind of the body.
    Kind,
    /// The answer depends on it in ways that are a route's business.
    Matters,
    /// The answer depends on it, and needs no route.
    Known(HeaderName),
    Nothing,
}

impl<'h, 'b> Arrived<'h, 'b> {
    pub(super) fn read(received: &'b [u8], headers: &'h mut Headers<'b>) -> Self {
        if !received.starts_with(b"GET /") && !received.starts_with(b"POST /") {
            return Self::Something;
        }
        let mut request = Request::new(headers);
        let Ok(Status::Complete(head)) = request.parse(received) else { return Self::Something };
        let (Some(1), Some(path)) = (request.version, request.path) else { return Self::Something };
        let (is_post, headers) = (request.method == Some("POST"), &*request.headers);
        match (is_post, &received[head..]) {
            (false, []) => asked(path, headers).unwrap_or(Self::Something),
            (true, body) => posted(path, headers, body).unwrap_or(Self::Something),
            (false, _) => Self::Something,
        }
    }
}

/// A `GET`, unless its headers say that there is more to come.
fn asked<'h, 'b>(path: &'b str, all: &[Header<'b>]) -> Option<Arrived<'h, 'b>> {
    let (mut headers, mut is_plain) = (HeaderMap::new(), true);
    for header in all {
        match meaning(header) {
            Meaning::Framing | Meaning::Length => return None,
            Meaning::Matters => is_plain = false,
            Meaning::Nothing | Meaning::Kind => {}
            Meaning::Known(name) => match HeaderValue::from_bytes(header.value) {
                Ok(value) => _ = headers.append(name, value),
                Err(_) => is_plain = false,
            },
        }
    }
    Some(if is_plain { Arrived::Plain(Asked { path, headers }) } else { Arrived::Whole })
}

/// A `POST`, if this is all of its body.
fn posted<'h, 'b>(
    path: &'b str,
    headers: &'h [Header<'b>],
    body: &'b [u8],
) -> Option<Arrived<'h, 'b>> {
    let (mut length, mut kinds, mut is_json) = (None, 0, false);
    for header in headers {
        match meaning(header) {
            Meaning::Framing => return None,
            // Two of them are an attack, or a mistake.
            Meaning::Length if length.is_some() => return None,
            Meaning::Length => length = Some(decimal(header.value)?),
            Meaning::Kind => {
                kinds += 1;
                is_json = kinds == 1 && header.value.eq_ignore_ascii_case(b"application/json");
            }
            Meaning::Matters | Meaning::Known(_) | Meaning::Nothing => {}
        }
    }
    if length? != body.len() {
        return None;
    }
    Some(if is_json { Arrived::Posted(Posted { path, headers, body }) } else { Arrived::Whole })
}

/// Digits and nothing else.
fn decimal(text: &[u8]) -> Option<usize> {
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
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
        12 if is("content-type") => Meaning::Kind,
        13 if is("authorization") => Meaning::Matters,
        13 if is("if-none-match") => Meaning::Known(IF_NONE_MATCH),
        14 if is("content-length") => Meaning::Length,
        15 if is("accept-encoding") => Meaning::Known(ACCEPT_ENCODING),
        17 if is("transfer-encoding") => Meaning::Framing,
        17 if is("x-forwarded-proto") => Meaning::Known(FORWARDED_PROTO),
        _ => Meaning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrived, of a `POST` its path and body.
    fn read<T>(text: &str, see: impl FnOnce(Arrived<'_, '_>) -> T) -> T {
        see(Arrived::read(text.as_bytes(), &mut NO_HEADERS.clone()))
    }

    fn kind(text: &str) -> &'static str {
        read(text, |arrived| match arrived {
            Arrived::Something => "something",
            Arrived::Whole => "whole",
            Arrived::Plain(_) => "plain",
            Arrived::Posted(_) => "posted",
        })
    }

    #[test]
    fn a_whole_get_is_taken_with_what_chooses_its_representation() {
        let text = "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\nCookie: c\r\n\
                    ACCEPT: a/b\r\nAccept-Encoding: br\r\nif-none-match: \"7\"\r\n\
                    X-Forwarded-Proto: https\r\n\r\n";
        let asked = |arrived: Arrived<'_, '_>| match arrived {
            Arrived::Plain(asked) => (asked.path.to_owned(), asked.headers),
            other => panic!("{other:?} is not plain"),
        };
        let (path, headers) = read(text, asked);
        assert_eq!(path, "/a?b");
        let chosen = [
            (ACCEPT, "a/b"),
            (ACCEPT_ENCODING, "br"),
            (IF_NONE_MATCH, "\"7\""),
            (FORWARDED_PROTO, "https"),
        ];
        let chosen = chosen.map(|(name, value)| (name, HeaderValue::from_static(value)));
        assert_eq!(headers, HeaderMap::from_iter(chosen));
    }

    #[test]
    fn what_a_route_must_look_at_is_whole_but_not_plain() {
        for header in ["Authorization: Bearer x", "X-Request-Id: r", "authorization: "] {
            let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
            assert_eq!(kind(&text), "whole", "{header}");
        }
    }

    #[test]
    fn a_post_is_taken_with_all_of_its_json() {
        let text = "POST /a HTTP/1.1\r\nContent-Type: application/json\r\nX-Request-Id: r\r\n\
                    Content-Length: 4\r\nAuthorization: Bearer x\r\n\r\n{\"\r\n";
        read(text, |arrived| match arrived {
            Arrived::Posted(posted) => {
                assert_eq!((posted.path, posted.body), ("/a", &b"{\"\r\n"[..]));
                assert_eq!(posted.headers.len(), 4);
            }
            other => panic!("{other:?} was not posted"),
        });
        let other = text.replace("application/json", "application/json; charset=utf-8");
        assert_eq!(kind(&other), "whole");
        // Of two kinds the route knows which one counts.
        let form = "POST /a HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        assert_eq!(kind(&text.replace("POST /a HTTP/1.1", form)), "whole");
    }

    #[test]
    fn whatever_is_not_one_whole_request_is_something() {
        let get = "GET /a HTTP/1.1\r\nHost: x\r\n";
        let post = "POST /a HTTP/1.1\r\nContent-Type: application/json\r\n";
        for text in [
            String::new(),
            get.to_owned(),
            format!("{get}\r\n{get}\r\n"),
            format!("{get}\r\nx"),
            format!("x{get}\r\n"),
            format!("{get}Content-Length: 4\r\n\r\n"),
            format!("{get}Content-Length: 0\r\n\r\n"),
            format!("{get}Transfer-Encoding: chunked\r\n\r\n"),
            format!("{get}Connection: close\r\n\r\n"),
            format!("{get}Connection: keep-alive, upgrade\r\n\r\n"),
            format!("{get}Upgrade: h2c\r\n\r\n"),
            format!("{get}Expect: 100-continue\r\n\r\n"),
            "GET /a HTTP/1.0\r\n\r\n".to_owned(),
            "GET http://x/a HTTP/1.1\r\n\r\n".to_owned(),
            "PUT /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "GET /a HTTP/1.1\r\nbroken\r\n\r\n".to_owned(),
            format!("{post}\r\n"),
            format!("{post}Content-Length: 2\r\n\r\n{{"),
            format!("{post}Content-Length: 2\r\n\r\n{{}}{get}\r\n"),
            format!("{post}Content-Length: +2\r\n\r\n{{}}"),
            format!("{post}Content-Length: 2, 2\r\n\r\n{{}}"),
            format!("{post}Content-Length: 99999999999999999999\r\n\r\n{{}}"),
            format!("{post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}"),
            format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{{}}"),
            format!("{post}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{{}}"),
            format!("{post}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"),
        ] {
            assert_eq!(kind(&text), "something", "{text}");
        }
        assert_eq!(kind("POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), "whole");
    }
}
