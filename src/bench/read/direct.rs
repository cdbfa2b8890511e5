//! Tantivy called directly, in the process: what whoever needs nothing but the search would write
//! with it, over the same files that Aisle's own search reads.
//!
//! Every word in one of the three fields, scored by BM25; the days as a range; the seven facets by
//! its own aggregations; the first hits with what is stored of them. A word is looked up as it is,
//! but for the one that is a beginning and the one that is misspelt, which are told beforehand:
//! Aisle has to find out. No HTTP, no JSON, no highlighting, no freshness, no paging.

use std::ops::Bound;
use std::path::Path;

use jiff::Timestamp;
use tantivy::aggregation::AggregationCollector;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{
    BooleanQuery, FuzzyTermQuery, Occur, Query, RangeQuery, RegexQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Schema};
use tantivy::{Index, Searcher, TantivyDocument, TantivyError, Term};

/// Where words stand.
const ZONES: [&str; 3] = ["head_words", "series_words", "place_words"];
/// What is counted, and how many values of it are asked for.
const FACETS: [(&str, u32); 7] = [
    ("category", 20),
    ("series", 20),
    ("country", 20),
    ("city", 20),
    ("venue", 10),
    ("performer", 10),
    ("month", 20),
];

/// How a word is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meant {
    AsItIs,
    Beginning,
    Misspelt,
}

/// An index as tantivy has it.
#[derive(Clone)]
pub(super) struct Direct {
    searcher: Searcher,
    schema: Schema,
    facets: Aggregations,
}

/// A query, ready to be run.
pub(super) type Prepared = Box<dyn Query>;

impl Direct {
    /// Opens a build of Aisle's index, which nobody writes.
    pub(super) fn open(build: &Path) -> Result<Self, TantivyError> {
        let index = Index::open_in_dir(build)?;
        let facet = |(field, size): (&str, u32)| {
            let terms = serde_json::json!({"terms": {"field": field, "size": size}});
            (field.to_owned(), terms)
        };
        let facets = FACETS.into_iter().map(facet).collect::<serde_json::Map<_, _>>();
        let facets = serde_json::from_value(facets.into());
        let facets = facets.map_err(|error| TantivyError::InvalidArgument(error.to_string()))?;
        Ok(Self { searcher: index.reader()?.searcher(), schema: index.schema(), facets })
    }

    /// Words, all of which must stand somewhere, and between which moments the event starts.
    pub(super) fn prepare(
        &self,
        words: &str,
        meant: Meant,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<Prepared, TantivyError> {
        let mut all: Vec<(Occur, Prepared)> = Vec::new();
        for word in words.to_lowercase().split(' ') {
            let mut anywhere: Vec<(Occur, Prepared)> = Vec::new();
            for zone in ZONES {
                anywhere
                    .push((Occur::Should, self.word(word, meant, self.schema.get_field(zone)?)?));
            }
            all.push((Occur::Must, Box::new(BooleanQuery::new(anywhere))));
        }
        if start.or(end).is_some() {
            let field = self.schema.get_field("starts_at")?;
            let bound = |moment: Option<Timestamp>| match moment {
                Some(moment) => {
                    Bound::Included(Term::from_field_i64(field, moment.as_microsecond()))
                }
                None => Bound::Unbounded,
            };
            all.push((Occur::Must, Box::new(RangeQuery::new(bound(start), bound(end)))));
        }
        Ok(Box::new(BooleanQuery::new(all)))
    }

    fn word(&self, word: &str, meant: Meant, field: Field) -> Result<Prepared, TantivyError> {
        let term = Term::from_field_text(field, word);
        Ok(match meant {
            Meant::AsItIs => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
            Meant::Beginning => Box::new(RegexQuery::from_pattern(&format!("{word}.*"), field)?),
            Meant::Misspelt => Box::new(FuzzyTermQuery::new(term, 2, true)),
        })
    }

    /// How many match, of which the first `hits` are read and all are counted by facet.
    pub(super) fn search(&self, query: &dyn Query, hits: usize) -> Result<usize, TantivyError> {
        let facets = AggregationCollector::from_aggs(self.facets.clone(), Default::default());
        let collectors = (Count, TopDocs::with_limit(hits).order_by_score(), facets);
        let (count, best, counted) = self.searcher.search(query, &collectors)?;
        for (_, address) in best {
            std::hint::black_box(self.searcher.doc::<TantivyDocument>(address)?);
        }
        std::hint::black_box(counted);
        Ok(count)
    }
}
