//! Conditional requests and the choice of a representation (RFC 9110, sections 12 and 13), as far
//! as reads need them.

use axum::http::header::{ACCEPT, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};

/// Whether the client has the representation of this tag (with its quotes) already.
pub(crate) fn has(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag;
    list(headers, IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag))
}

/// How much a client wants media types: 0 for not at all.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Wish {
    quality: f32,
    /// How exactly it was named: a wish for `*/*` is no wish for this one.
    precision: u8,
}

/// How much a client wants any of these media types. Without `Accept` it wants everything.
pub(crate) fn wish(headers: &HeaderMap, types: &[&str]) -> Wish {
    if !headers.contains_key(ACCEPT) {
        return Wish { quality: 1.0, precision: 0 };
    }
    let of_type = |media: &&str| {
        let matching = list(headers, ACCEPT).filter_map(|range| range_wish(range, media));
        // The most exact range that matches says how much.
        matching.max_by(|a, b| a.precision.cmp(&b.precision))
    };
    let wishes = types.iter().filter_map(of_type);
    let none = Wish { quality: 0.0, precision: 0 };
    let wanted = wishes.filter(|wish| wish.quality > 0.0);
    wanted.fold(none, |best, wish| if wish > best { wish } else { best })
}

/// What one range, such as `text/*;q=0.5`, says of a media type, if it matches.
fn range_wish(range: &str, media: &str) -> Option<Wish> {
    let mut parts = range.split(';').map(str::trim);
    let range = parts.next()?;
    let family = media.split('/').next()?;
    let precision = match range.split_once('/')? {
        ("*", "*") => 0,
        (kind, "*") if kind.eq_ignore_ascii_case(family) => 1,
        _ if range.eq_ignore_ascii_case(media) => 2,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let quality: f32 = quality.map_or(1.0, |text| text.parse().unwrap_or(0.0));
    Some(Wish { quality, precision })
}

/// The members of a header's lists. None of the lists read here has a comma within a member.
pub(crate) fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_tag_matches_itself_weakly_and_in_lists() {
        for sent in ["\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"] {
            assert!(has(&headers(IF_NONE_MATCH, sent), "\"7\""), "{sent}");
        }
        for sent in ["\"77\"", "7", "\"6\"", ""] {
            assert!(!has(&headers(IF_NONE_MATCH, sent), "\"7\""), "{sent}");
        }
        assert!(!has(&HeaderMap::new(), "\"7\""));
    }

    fn prefers_binary(accept: &'static str) -> bool {
        let headers = headers(ACCEPT, accept);
        wish(&headers, &["a/binary", "a/octets"]) > wish(&headers, &["a/json"])
    }

    #[test]
    fn the_higher_quality_wins_and_then_the_more_exact_name() {
        for accept in ["a/binary", "a/octets, */*", "a/json;q=0.5, a/binary;q=0.6", "A/Binary, a/*"]
        {
            assert!(prefers_binary(accept), "{accept}");
        }
        for accept in [
            "*/*",
            "a/*",
            "a/json",
            "text/html",
            "a/json, a/binary;q=0.9",
            "a/json, a/binary",
            "a/binary;q=0",
            "a/binary;q=x",
            "",
        ] {
            assert!(!prefers_binary(accept), "{accept}");
        }
    }
}
