//! A keep-alive connection that sends prepared requests, for load that must cost little: it shares
//! the machine with what it measures.
//!
//! It is no HTTP client: one request at a time, one system call to send it and mostly one to
//! receive the answer, and answers must say their length, as Aisle's do to who accepts no
//! compression.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BenchError;

/// The most headers of an answer.
const MAX_HEADERS: usize = 32;

/// A connection to a server.
pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, as long as the next request is not sent.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
    head: &'a [u8],
}

impl Answer<'_> {
    /// The value of a header, if there is one and it is text.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(self.head).ok()?;
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        Some(str::from_utf8(header?.value).ok()?.to_owned())
    }

    /// The error of an answer that nobody wanted.
    pub(super) fn unwanted(&self, request: &str) -> BenchError {
        let body = String::from_utf8_lossy(self.body).into_owned();
        BenchError::Answer { request: request.to_owned(), status: self.status, body }
    }
}

/// The head of an answer.
struct Head {
    status: u16,
    length: usize,
    body: usize,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, BenchError> {
        let failed = BenchError::io("cannot reach the server");
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(BenchError::io("cannot set up a connection"))?;
        Ok(Self { stream, received: Vec::with_capacity(16_384) })
    }

    /// Sends a whole request and waits for the whole answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>, BenchError> {
        let Head { status, length, body } =
            self.exchange(request).await.map_err(BenchError::io("the server broke off"))?;
        let (head, rest) = self.received.split_at(body);
        Ok(Answer { status, body: &rest[..length], head })
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = head(&self.received)?
                && self.received.len() >= head.body + head.length
            {
                return Ok(head);
            }
        }
    }

    /// Posts JSON and takes JSON.
    pub(super) async fn call(
        &mut self,
        path: &str,
        token: &str,
        key: &str,
        body: &Value,
    ) -> Result<Value, BenchError> {
        let request = post(path, token, key, body.to_string().as_bytes());
        let answer = self.send(&request).await?;
        match serde_json::from_slice(answer.body) {
            Ok(json) if (200..300).contains(&answer.status) => Ok(json),
            _ => Err(answer.unwanted(&format!("POST {path}"))),
        }
    }
}

/// A request with a JSON body.
fn post(path: &str, token: &str, key: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: aisle\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// A request without a body; `headers` are whole lines.
pub(super) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: aisle\r\n{headers}\r\n").into_bytes()
}

/// The head of what was received; none if it is not complete.
fn head(received: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(received).map_err(io::Error::other)?;
    let (httparse::Status::Complete(body), Some(status)) = (parsed, response.code) else {
        return Ok(None);
    };
    // What was not modified has no body, whatever length it tells.
    if status == 304 {
        return Ok(Some(Head { status, length: 0, body }));
    }
    let length = response.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok());
    let length = length.ok_or_else(|| io::Error::other("an answer without its length"))?;
    Ok(Some(Head { status, length, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let text = b"HTTP/1.1 201 Created\r\nContent-length: 12\r\n\r\nabc";
        assert!(head(&text[..30]).unwrap().is_none());
        let head = head(text).unwrap().unwrap();
        assert_eq!((head.status, head.length, head.body), (201, 12, text.len() - 3));
    }

    #[test]
    fn an_answer_without_a_length_is_an_error_and_not_a_wait() {
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn what_was_not_modified_has_no_body() {
        let head = head(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.status, head.length), (304, 0));
    }

    #[test]
    fn a_header_is_found_without_case() {
        let head = b"HTTP/1.1 201 Created\r\nAisle-Position: 42\r\n\r\n";
        let answer = Answer { status: 201, body: b"", head };
        assert_eq!(answer.header("aisle-position").as_deref(), Some("42"));
        assert_eq!(answer.header("etag"), None);
    }
}
