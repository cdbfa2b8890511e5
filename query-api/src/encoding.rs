//! Content codings (RFC 9110, section 8.4): which one a client wants, and how bytes are put into it.

use std::io::{self, Write as _};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::conditional::list;

/// How a body is encoded. Of two that a client wants equally, the one that stands first here:
/// bodies are encoded once and sent many times, so size counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Zstd,
    Gzip,
    Identity,
}

/// How much work a body is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// It changes within seconds: a millisecond or so for 20 kB.
    Quick,
    /// It never changes: 100 ms or so for 1 MB.
    Thorough,
}

impl Coding {
    pub(crate) const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// What the client wants most. Who asks for nothing, or refuses everything, gets the bytes as
    /// they are: that is better than no answer.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let mut best = (Self::Identity, 0.0);
        for coding in Self::ALL {
            let wish = coding.wish(headers);
            if wish > best.1 {
                best = (coding, wish);
            }
        }
        best.0
    }

    /// Its name in headers and tags; none for bytes as they are.
    pub(crate) fn token(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// Puts bytes into this coding.
    pub(crate) fn encode(self, plain: &Bytes, effort: Effort) -> io::Result<Bytes> {
        let quick = effort == Effort::Quick;
        match self {
            Self::Identity => Ok(plain.clone()),
            Self::Zstd => zstd::bulk::compress(plain, if quick { 3 } else { 15 }).map(Bytes::from),
            Self::Gzip => {
                let level = Compression::new(if quick { 5 } else { 9 });
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(plain)?;
                encoder.finish().map(Bytes::from)
            }
            Self::Brotli => {
                let quality = if quick { 5 } else { 9 };
                let params = brotli::enc::BrotliEncoderParams {
                    quality,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                let mut encoded = Vec::new();
                brotli::BrotliCompress(&mut &plain[..], &mut encoded, &params)?;
                Ok(encoded.into())
            }
        }
    }

    /// How much the client wants it, from 0 to 1.
    fn wish(self, headers: &HeaderMap) -> f32 {
        let mut any = None;
        for member in list(headers, ACCEPT_ENCODING) {
            let (name, quality) = member.split_once(';').unwrap_or((member, ""));
            let quality = quality.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
            let quality = quality.unwrap_or(0.0);
            let name = name.trim();
            if name.eq_ignore_ascii_case(self.token().unwrap_or("identity")) {
                return quality;
            }
            if name == "*" {
                any = Some(quality);
            }
        }
        // Bytes as they are need not be named to be welcome, but whatever is named comes first.
        any.unwrap_or(if self == Self::Identity { f32::MIN_POSITIVE } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::http::HeaderValue;

    use super::*;

    fn preferred(accept: &'static str) -> Coding {
        let value = HeaderValue::from_static(accept);
        Coding::preferred(&HeaderMap::from_iter([(ACCEPT_ENCODING, value)]))
    }

    #[test]
    fn the_higher_quality_wins_and_then_the_smaller_body() {
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip", Coding::Gzip),
            ("GZIP;q=0.8, zstd; q=0.9", Coding::Zstd),
            ("br;q=0, gzip;q=0.1", Coding::Gzip),
            ("*", Coding::Brotli),
            ("br;q=0, *;q=0.5", Coding::Zstd),
            ("identity, gzip;q=0.5", Coding::Identity),
            ("deflate", Coding::Identity),
            ("identity;q=0", Coding::Identity),
            ("gzip;q=x", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(preferred(accept), coding, "{accept}");
        }
        assert_eq!(Coding::preferred(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let plain = Bytes::from("seat ".repeat(1000));
        for effort in [Effort::Quick, Effort::Thorough] {
            for coding in Coding::ALL {
                let encoded = coding.encode(&plain, effort).unwrap();
                assert!(coding == Coding::Identity || encoded.len() < plain.len() / 20);
                let mut decoded = Vec::new();
                match coding {
                    Coding::Brotli => {
                        let mut reader = brotli::Decompressor::new(&encoded[..], 4096);
                        reader.read_to_end(&mut decoded).unwrap();
                    }
                    Coding::Zstd => decoded = zstd::decode_all(&encoded[..]).unwrap(),
                    Coding::Gzip => {
                        let mut reader = flate2::read::GzDecoder::new(&encoded[..]);
                        reader.read_to_end(&mut decoded).unwrap();
                    }
                    Coding::Identity => decoded = encoded.to_vec(),
                }
                assert_eq!(decoded, plain, "{coding:?}");
            }
        }
    }
}
