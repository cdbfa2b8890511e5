//! Full-text search over the events on show: an index fed by the runner, and a handle to ask it.
//!
//! The store is a tantivy index (dictionaries, postings, stored documents, atomic commits with
//! the checkpoint as payload). Scoring is our own: points for how and where each word matched,
//! never statistics of the corpus, so that an order does not change when segments merge and a
//! page can be continued from its last hit. It knows nothing of HTTP.

mod builds;
mod countries;
mod cursor;
mod everything;
mod facets;
mod filter;
mod head_start;
mod highlight;
mod holds;
#[cfg(test)]
mod many;
mod matching;
mod order;
mod page;
mod projection;
mod rebuild;
pub mod relevance;
mod request;
mod row;
mod run;
mod schema;
mod segment;
mod snapshot;
mod spelling;
mod store;
mod suggest;
mod synonyms;
mod term;
mod text;
mod whole;

pub use self::builds::BuildName;
pub use self::cursor::Cursor;
pub use self::head_start::HeadStart;
pub use self::page::{FacetCount, Facets, Hit, Listing, PriceRange, SearchPage};
pub use self::projection::SearchProjection;
pub use self::rebuild::rebuildable;
pub use self::request::{Availability, FacetMode, MAX_LIMIT, SearchError, SearchRequest, Sort};
pub use self::run::{Search, Version};
pub use self::store::IndexError;
pub use self::suggest::{Suggestion, SuggestionKind};
