//! Pages of hits as they are sent, of what was asked lately: the same few words are asked again and
//! again, and until something changes in the index the answer is the same.
//!
//! It never answers with what was: a body is of one version of the index, and good for no other.

use std::num::NonZeroUsize;
use std::sync::Arc;

use aisle_projections::search::{SearchError, SearchPage, SearchRequest};
use bytes::Bytes;
use lru::LruCache;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::search_dto::SearchPageDto;
use crate::encoding::Effort;
use crate::prepared::Prepared;

/// How many are kept, the least used dropped first. Twenty hits with facets take 20 kB, so these
/// are 10 MB; with a hundred hits each, and in all codings, 50 MB at the worst.
const KEPT: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// Pages as they are sent, by what was asked.
pub(super) struct SearchBodies {
    kept: Mutex<LruCache<SearchRequest, Arc<SearchBody>>>,
}

/// A page as it is sent.
pub(super) struct SearchBody {
    content: u64,
    pub(super) prepared: Prepared,
    /// The cursor of the next page; none on the last.
    pub(super) next: Option<String>,
}

impl SearchBodies {
    /// None prepared yet.
    pub(super) fn new() -> Self {
        Self { kept: Mutex::new(LruCache::new(KEPT)) }
    }

    /// The answer to a request out of this content of the index: made now unless it was before.
    /// Two who ask for the same at once may both make it; that takes less than to wait for.
    ///
    /// # Errors
    /// As `search`, which is called if it must be made.
    pub(super) fn of(
        &self,
        request: &SearchRequest,
        content: u64,
        search: impl FnOnce() -> Result<SearchPage, SearchError>,
    ) -> Result<Arc<SearchBody>, SearchError> {
        let key = normalised(request);
        if let Some(kept) = self.kept.lock().get(&key).filter(|kept| kept.content == content) {
            return Ok(kept.clone());
        }
        let body = Arc::new(SearchBody::new(content, search()?));
        self.kept.lock().put(key, body.clone());
        Ok(body)
    }
}

impl SearchBody {
    fn new(content: u64, page: SearchPage) -> Self {
        let page = SearchPageDto::from(page);
        // Strings and numbers always serialise.
        let json: Bytes = serde_json::to_vec(&page).unwrap_or_default().into();
        // By its bytes: another process counts contents differently.
        let tag = hex::encode(&Sha256::digest(&json)[..12]);
        let prepared = Prepared::new("application/json", &tag, json, Effort::Quick);
        Self { content, prepared, next: page.next }
    }
}

/// What finds the same, written the same. More could be (names are compared without accents); this
/// is what differs from one visitor to the next.
fn normalised(request: &SearchRequest) -> SearchRequest {
    let mut request = request.clone();
    request.term = request.term.map(|term| term.trim().to_lowercase());
    request
}

#[cfg(test)]
mod tests {
    use aisle_projections::search::Facets;

    use super::*;

    fn page(total: u64) -> Result<SearchPage, SearchError> {
        let facets = Facets::default();
        Ok(SearchPage { total, hits: Vec::new(), next: None, facets, position: 7 })
    }

    fn asked(term: &str) -> SearchRequest {
        SearchRequest { term: Some(term.into()), ..SearchRequest::default() }
    }

    #[test]
    fn the_same_question_is_answered_once_per_content() {
        let bodies = SearchBodies::new();
        let first = bodies.of(&asked("Rapid "), 1, || page(1)).unwrap();
        let again = bodies.of(&asked("rapid"), 1, || unreachable!()).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let newer = bodies.of(&asked("rapid"), 2, || page(2)).unwrap();
        assert!(newer.prepared.plain().starts_with(b"{\"total\":2,"));
        // Somebody who came before and was slow is answered, if with less than is known.
        bodies.of(&asked("rapid"), 1, || page(1)).unwrap();
    }

    #[test]
    fn another_question_is_another_answer_and_a_failure_is_none() {
        let bodies = SearchBodies::new();
        let failed = bodies.of(&asked("rapid"), 1, || Err(SearchError::BadLimit));
        assert!(failed.is_err());
        bodies.of(&asked("rapid"), 1, || page(1)).unwrap();
        let limited = SearchRequest { limit: 3, ..asked("rapid") };
        let other = bodies.of(&limited, 1, || page(3)).unwrap();
        assert!(other.prepared.plain().starts_with(b"{\"total\":3,"));
    }
}
