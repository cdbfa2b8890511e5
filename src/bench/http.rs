//! A keep-alive connection that sends prepared requests, for load that must cost little: it shares
//! the machine with what it measures.
//!
//! It is no HTTP client: one request at a time, and answers must say their length, as Aisle's do
//! to who accepts no compression.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
}

/// The head of an answer.
struct Head {
    status: u16,
    length: usize,
    body: usize,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(4096) })
    }

    /// Sends a whole request and waits for the whole answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(Head { status, length, body }) = head(&self.received)?
                && self.received.len() >= body + length
            {
                return Ok(Answer { status, body: &self.received[body..body + length] });
            }
        }
    }
}

/// A request with a JSON body.
pub(super) fn post(path: &str, token: &str, key: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: aisle\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The head of what was received; none if it is not complete.
fn head(received: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(received).map_err(io::Error::other)?;
    let (httparse::Status::Complete(body), Some(status)) = (parsed, response.code) else {
        return Ok(None);
    };
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
}
