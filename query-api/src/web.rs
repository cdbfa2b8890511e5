//! The files of the site, compiled in, and the policy that keeps its pages to themselves.
//!
//! It knows nothing of events and pages. Files are served below a name that their content makes
//! ([`asset`]), so that browsers keep them for ever and scripts import each other by plain names.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What a page may load and where it may send: only to where it came from. Without inline
/// scripts and styles, so that no title of an event can become one.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// For what is asked for by the name that its content makes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For what a page of another version asks for: it gets what there is.
const ASKED_EACH_TIME: &str = "public, no-cache";

/// A file of the site.
struct File {
    name: &'static str,
    media: &'static str,
    text: &'static str,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A digest of all files, the same in every process of a build. One for all, as scripts import
/// each other: what has changed in one has changed in those that import it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    for file in FILES {
        (file.name, file.text).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
});

/// The files at `/assets/{version}/{file}`. Needs no state; unknown files are 404.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{file}", get(file))
}

/// Where a file of the site is.
pub(crate) fn asset(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

async fn file(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION { FOR_EVER } else { ASKED_EACH_TIME };
    let headers: [(HeaderName, &str); 3] = [
        (CONTENT_TYPE, file.media),
        (CACHE_CONTROL, keep),
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    ];
    (headers, file.text).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_the_name_of_its_content_only() {
        let now = ask(&asset("base.css")).await;
        assert_eq!(
            (now.status(), &now.headers()[CACHE_CONTROL]),
            (StatusCode::OK, &FOR_EVER.parse().unwrap())
        );
        assert_eq!(now.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(now.headers()[CONTENT_SECURITY_POLICY], CONTENT_POLICY);
        let of_another_build = ask("/assets/0123456789abcdef/base.css").await;
        assert_eq!(of_another_build.status(), StatusCode::OK);
        assert_eq!(of_another_build.headers()[CACHE_CONTROL], ASKED_EACH_TIME);
    }

    #[tokio::test]
    async fn a_file_that_does_not_exist_is_not_found() {
        for name in ["none.js", "templates", "..%2Fbuild.rs", "en.ftl"] {
            assert_eq!(ask(&asset(name)).await.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }

    /// The names that a text refers to as `<before>name"` or `<before>name'`.
    fn references(text: &str, before: &str) -> Vec<String> {
        let end = |rest: &str| rest.find(['"', '\'']).map(|end| rest[..end].to_owned());
        text.split(before).skip(1).filter_map(end).collect()
    }

    fn templates() -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/web/templates");
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(entry.unwrap().path()).unwrap()
        };
        std::fs::read_dir(folder).unwrap().map(read).collect()
    }

    #[test]
    fn every_file_is_referred_to_and_every_reference_is_to_a_file() {
        let mut referred: BTreeSet<String> = BTreeSet::new();
        for template in templates() {
            referred.extend(references(&template, "asset(\""));
        }
        for file in FILES {
            for before in ["from './", "import './", "import('./"] {
                referred.extend(references(file.text, before));
            }
        }
        let there: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(referred, there);
    }

    #[test]
    fn nothing_is_inline_and_nothing_is_elsewhere() {
        for template in templates() {
            for forbidden in ["<style", " style=", " onclick=", "javascript:", "<script>", "<base"]
            {
                assert!(!template.contains(forbidden), "{forbidden}");
            }
        }
        let files = FILES.iter().map(|file| file.text.to_owned());
        for text in files.chain(templates()) {
            let text =
                text.replace("http://www.w3.org/", "").replace("http://www.sitemaps.org", "");
            for elsewhere in ["http://", "https://", "\"//", "'//"] {
                assert!(!text.contains(elsewhere), "{elsewhere}");
            }
        }
    }
}
