//! One representation of something at one version, ready to be sent: its bytes in every encoding,
//! each made at most once, and a tag for each.
//!
//! It is told what is shown; it knows no seat and no plan.

use std::sync::OnceLock;

use aisle_domain::stream::Position;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, VARY,
};
use axum::http::{self, HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::at_hand::Ready;
use crate::conditional;
use crate::encoding::{Coding, Effort};
use crate::respond::POSITION;
use crate::visibility::Audience;

/// What caches must tell apart. As in lower case as other layers of the stack have it.
const BY_FORM_AND_CODING: HeaderValue = HeaderValue::from_static("accept, accept-encoding");

/// A representation, encoded in whatever way was asked for.
#[derive(Debug)]
pub(crate) struct Prepared {
    media_type: HeaderValue,
    effort: Effort,
    source: Source,
    /// In the order of [`Coding::ALL`], as are the tags. That of the source stays empty.
    encoded: [OnceCell<Bytes>; 4],
    tags: [HeaderValue; 4],
    /// Of those whose answers are written without the HTTP library.
    heads: [Heads; 4],
}

/// What is always the same of the heads of answers, as HTTP/1.1 has it.
#[derive(Debug, Default)]
struct Heads {
    with_body: OnceLock<Bytes>,
    unchanged: OnceLock<Bytes>,
}

/// What the codings are made from.
#[derive(Debug, Clone)]
enum Source {
    /// The bytes as they are.
    Plain(Bytes),
    /// The bytes in zstd: for what is large, and is hardly ever asked for as it is.
    Zstd(Bytes),
}

/// What goes with a body.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    /// `Cache-Control`.
    pub(crate) keep: HeaderValue,
    /// `Aisle-Position`.
    pub(crate) position: HeaderValue,
}

impl Prepared {
    /// Bytes with a tag (without quotes) that no other bytes of the resource have. What is worth
    /// thorough work is kept compressed, which takes time.
    pub(crate) fn new(media_type: &'static str, tag: &str, plain: Bytes, effort: Effort) -> Self {
        let media_type = HeaderValue::from_static(media_type);
        let tags = Coding::ALL.map(|coding| quoted(tag, coding));
        let source = Source::new(plain, effort);
        let (encoded, heads) = Default::default();
        Self { media_type, effort, source, encoded, tags, heads }
    }

    /// The answer to a read: 304 if the client has this already.
    pub(crate) async fn answer(&self, headers: &HeaderMap, attributes: Attributes) -> Response {
        let coding = Coding::preferred(headers);
        let body = if self.knows(headers, coding) { None } else { Some(self.bytes(coding).await) };
        self.response(coding, attributes, body).map(Body::from)
    }

    /// The same for everybody, ready to be written, if nothing need be encoded for it.
    pub(crate) fn ready(
        &self,
        headers: &HeaderMap,
        coding: Coding,
        position: Position,
    ) -> Option<Ready> {
        let (kept, knows) = (&self.heads[coding as usize], self.knows(headers, coding));
        let (body, head) = match knows {
            true => (None, &kept.unchanged),
            false => (Some(self.made(coding)?), &kept.with_body),
        };
        let attributes = || Audience::Everybody.briefly(position);
        let head = head.get_or_init(|| head_of(&self.response(coding, attributes(), body.clone())));
        let status = if knows { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        Some(Ready { status, head: head.clone(), position, body: body.unwrap_or_default() })
    }

    /// Whether the client has it already.
    fn knows(&self, headers: &HeaderMap, coding: Coding) -> bool {
        conditional::has(headers, self.tags[coding as usize].to_str().unwrap_or_default())
    }

    /// The bytes as they are.
    pub(crate) fn plain(&self) -> Bytes {
        self.source.plain()
    }

    /// How many bytes it keeps.
    pub(crate) fn held(&self) -> usize {
        let encoded = self.encoded.iter().filter_map(OnceCell::get).map(Bytes::len);
        let heads = self.heads.iter().flat_map(|heads| [&heads.with_body, &heads.unchanged]);
        let heads = heads.filter_map(OnceLock::get).map(Bytes::len);
        size_of::<Self>() + self.source.held() + encoded.sum::<usize>() + heads.sum::<usize>()
    }

    /// Without a body it says that nothing changed.
    fn response(
        &self,
        coding: Coding,
        with: Attributes,
        body: Option<Bytes>,
    ) -> http::Response<Bytes> {
        let status = if body.is_some() { StatusCode::OK } else { StatusCode::NOT_MODIFIED };
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(ETAG, self.tags[coding as usize].clone());
        headers.insert(CACHE_CONTROL, with.keep);
        headers.insert(VARY, BY_FORM_AND_CODING);
        headers.insert(POSITION, with.position);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, self.media_type.clone());
            if let Some(token) = coding.token() {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(token));
            }
        }
        let mut response = http::Response::new(body.unwrap_or_default());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// The bytes in a coding. Who asks while they are being made waits for them.
    async fn bytes(&self, coding: Coding) -> Bytes {
        if let Some(made) = self.made(coding) {
            return made;
        }
        match coding {
            // Of what is large and hardly ever asked for as it is.
            Coding::Identity => self.encode(coding).await,
            Coding::Brotli | Coding::Zstd | Coding::Gzip => {
                let encoded = &self.encoded[coding as usize];
                encoded.get_or_init(|| self.encode(coding)).await.clone()
            }
        }
    }

    /// The bytes in a coding, if they were made before.
    fn made(&self, coding: Coding) -> Option<Bytes> {
        match (&self.source, coding) {
            (Source::Plain(bytes), Coding::Identity) | (Source::Zstd(bytes), Coding::Zstd) => {
                Some(bytes.clone())
            }
            (_, coding) => self.encoded[coding as usize].get().cloned(),
        }
    }

    async fn encode(&self, coding: Coding) -> Bytes {
        let (source, effort) = (self.source.clone(), self.effort);
        let encode = move || coding.encode(&source.plain(), effort);
        let encoded = tokio::task::spawn_blocking(encode).await;
        // Encoding into memory cannot fail, nor does it panic.
        encoded.ok().and_then(Result::ok).unwrap_or_default()
    }
}

impl Source {
    fn new(plain: Bytes, effort: Effort) -> Self {
        match effort {
            Effort::Quick => Self::Plain(plain),
            Effort::Thorough => match Coding::Zstd.encode(&plain, effort) {
                Ok(packed) => Self::Zstd(packed),
                Err(_) => Self::Plain(plain),
            },
        }
    }

    fn plain(&self) -> Bytes {
        match self {
            Self::Plain(bytes) => bytes.clone(),
            // What we compressed ourselves can be read.
            Self::Zstd(bytes) => zstd::decode_all(&bytes[..]).unwrap_or_default().into(),
        }
    }

    fn held(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Zstd(bytes) => bytes.len(),
        }
    }
}

/// The lines of a head but for that of the position, which soon is another.
fn head_of(response: &http::Response<Bytes>) -> Bytes {
    let mut head = Vec::new();
    let mut line = |name: &str, value: &[u8]| {
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    for (name, value) in response.headers().iter().filter(|(name, _)| *name != POSITION) {
        line(name.as_str(), value.as_bytes());
    }
    if response.status() != StatusCode::NOT_MODIFIED {
        line(CONTENT_LENGTH.as_str(), response.body().len().to_string().as_bytes());
    }
    head.into()
}

/// Another coding is another representation, so its tag is another one.
fn quoted(tag: &str, coding: Coding) -> HeaderValue {
    let quoted = match coding.token() {
        Some(token) => format!("\"{tag}-{token}\""),
        None => format!("\"{tag}\""),
    };
    // Letters, digits, dots and quotes always make a header.
    quoted.try_into().unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    fn attributes() -> Attributes {
        let keep = HeaderValue::from_static("no-store");
        Attributes { keep, position: HeaderValue::from(7) }
    }

    async fn ask(prepared: &Prepared, coding: &'static str, known: &'static str) -> Response {
        let header = HeaderValue::from_static;
        let headers = [(ACCEPT_ENCODING, header(coding)), (IF_NONE_MATCH, header(known))];
        prepared.answer(&HeaderMap::from_iter(headers), attributes()).await
    }

    #[tokio::test]
    async fn each_coding_is_made_once_and_only_if_it_is_asked_for() {
        let plain = Bytes::from("a".repeat(1000));
        let prepared = Prepared::new("text/plain", "7", plain, Effort::Quick);
        let before = prepared.held();
        let first = ask(&prepared, "gzip", "").await;
        assert_eq!(first.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(first.headers()[ETAG], "\"7-gzip\"");
        let made = prepared.encoded[Coding::Gzip as usize].get().unwrap().as_ptr();
        let held = prepared.held();
        assert!(before < held && held < before + 100);
        ask(&prepared, "gzip", "").await;
        assert_eq!(prepared.encoded[Coding::Gzip as usize].get().unwrap().as_ptr(), made);
        // What the client knows is not made for it.
        assert_eq!(ask(&prepared, "br", "W/\"7-br\"").await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask(&prepared, "", "\"7-br\"").await.status(), StatusCode::OK);
        assert_eq!(prepared.held(), held);
    }

    #[tokio::test]
    async fn what_never_changes_is_kept_compressed_and_sent_as_it_was() {
        let plain = Bytes::from("a".repeat(100_000));
        let prepared = Prepared::new("text/plain", "7", plain.clone(), Effort::Thorough);
        for coding in Coding::ALL {
            prepared.bytes(coding).await;
        }
        assert!(prepared.held() < 2_000);
        assert_eq!(prepared.bytes(Coding::Identity).await, plain);
    }
}
