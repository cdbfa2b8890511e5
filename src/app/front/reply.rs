//! An answer on its way out: its head as HTTP/1.1 has it, and its body, which is shared.

use std::cell::RefCell;
use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aisle_infra::clock::{Clock as _, SystemClock};
use aisle_infra::http::tls::STAY;
use aisle_query_api::Ready;
use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::Carried;

/// What every answer with a body has; the router's have it too.
const SAFE_HEADERS: &[u8] = b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n\
    content-security-policy: frame-ancestors 'none'\r\n";

/// About how long a head is, in bytes.
const HEAD: usize = 512;

thread_local! {
    /// The second of the clock and how it is written.
    static DATE: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

/// By which way a client came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By TLS, as the proxy that speaks it says: it is told to stay with that.
    Tls,
    /// In the clear.
    Plain,
}

/// An answer of which some may be sent.
#[derive(Debug)]
pub(super) struct Reply {
    head: Vec<u8>,
    body: Bytes,
    sent: usize,
}

impl Reply {
    /// Most of the head is there already, so this is one piece of memory.
    pub(super) fn new(ready: Ready, way: Way) -> Self {
        let mut head = Vec::with_capacity(HEAD);
        match ready.status {
            StatusCode::NOT_MODIFIED => head.extend_from_slice(b"HTTP/1.1 304 Not Modified\r\n"),
            status => {
                write_status(&mut head, status);
                head.extend_from_slice(SAFE_HEADERS);
            }
        }
        if way == Way::Tls {
            // Writing into memory cannot fail.
            let _ = write!(head, "strict-transport-security: {STAY}\r\n");
        }
        head.extend_from_slice(&ready.head);
        let _ = write!(head, "aisle-position: {}\r\ndate: ", ready.position);
        write_date(&mut head);
        head.extend_from_slice(b"\r\n\r\n");
        Self { head, body: ready.body, sent: 0 }
    }

    /// One piece of memory: what routes answer to a command is short.
    pub(super) fn carried(carried: Carried) -> Self {
        let (parts, body) = carried.into_parts();
        let mut head = Vec::with_capacity(HEAD + body.len());
        write_status(&mut head, parts.status);
        for (name, value) in &parts.headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        // Writing into memory cannot fail.
        let _ = write!(head, "content-length: {}\r\ndate: ", body.len());
        write_date(&mut head);
        head.extend_from_slice(b"\r\n\r\n");
        head.extend_from_slice(&body);
        Self { head, body: Bytes::new(), sent: 0 }
    }

    /// How much of it is sent, in bytes.
    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// Sends what is not sent yet.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut TcpStream,
    ) -> Poll<io::Result<()>> {
        while self.sent < self.head.len() + self.body.len() {
            let head = self.head.get(self.sent..).unwrap_or_default();
            let body = &self.body[self.sent.saturating_sub(self.head.len())..];
            let mut stream = Pin::new(&mut *stream);
            // One piece costs the kernel less than a list of one.
            let sent = match (head, body) {
                (one, []) | ([], one) => stream.as_mut().poll_write(cx, one),
                both => stream.poll_write_vectored(cx, &<[_; 2]>::from(both).map(IoSlice::new)),
            };
            let sent = ready!(sent)?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
        Poll::Ready(Ok(()))
    }
}

fn write_status(head: &mut Vec<u8>, status: StatusCode) {
    let reason = status.canonical_reason().unwrap_or_default();
    // Writing into memory cannot fail.
    let _ = write!(head, "HTTP/1.1 {} {reason}\r\n", status.as_str());
}

fn write_date(head: &mut Vec<u8>) {
    let now = SystemClock.now();
    DATE.with_borrow_mut(|(second, text)| {
        if *second != now.as_second() {
            *second = now.as_second();
            *text = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        }
        head.extend_from_slice(text.as_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: StatusCode, head: &'static str) -> String {
        let head = Bytes::from_static(head.as_bytes());
        let ready = Ready { status, head, position: 12, body: Bytes::new() };
        String::from_utf8(Reply::new(ready, Way::Plain).head).unwrap()
    }

    #[test]
    fn a_head_is_as_http_has_it() {
        let head = head(StatusCode::OK, "etag: \"7\"\r\ncontent-length: 4\r\n");
        let (most, date) = head.split_once("date: ").unwrap();
        assert_eq!(
            most,
            "HTTP/1.1 200 OK\r\nx-content-type-options: nosniff\r\n\
             x-frame-options: DENY\r\ncontent-security-policy: frame-ancestors 'none'\r\n\
             etag: \"7\"\r\ncontent-length: 4\r\naisle-position: 12\r\n"
        );
        let date = date.strip_suffix("\r\n\r\n").unwrap();
        assert_eq!(date.len(), "Sun, 06 Nov 1994 08:49:37 GMT".len(), "{date}");
        assert!(jiff::fmt::rfc2822::parse(&date.replace("GMT", "+0000")).is_ok(), "{date}");
    }

    #[test]
    fn what_did_not_change_has_nothing_that_matters_with_a_body_only() {
        let head = head(StatusCode::NOT_MODIFIED, "etag: \"7\"\r\n");
        let (most, _) = head.split_once("date: ").unwrap();
        assert_eq!(most, "HTTP/1.1 304 Not Modified\r\netag: \"7\"\r\naisle-position: 12\r\n");
    }
}
