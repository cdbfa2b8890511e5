//! Which documents of a segment match the term, and how well.
//!
//! Each clause marks documents with points in an array of its own; what is marked by all of
//! them matches, with the sum. How a word matched counts before where it did: exactly, then as
//! the beginning of a word, then misspelt; in title and performers, then in the series, then in
//! the place. Whole names count besides. Points depend on the document and the term alone, so an
//! order holds whatever else is indexed.

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, PhraseQuery, Query};
use tantivy::schema::IndexRecordOption;
use tantivy::{SegmentReader, TERMINATED, TantivyError, Term};

use super::everything;
use super::schema::{Zone, fields};
use super::segment::Segment;
use super::snapshot::Snapshot;
use super::spelling::{is_known, typos};
use super::store::IndexError;
use super::term::{Clause, WordClause, WordEnd};
use super::whole::WholeNames;

/// Points of a match; 0 is none. The sum over the most words there can be fits.
type Points = Vec<u16>;

const EXACT: u16 = 40;
const PREFIX: u16 = 30;
/// By distance, from 1.
const TYPO: [u16; 2] = [20, 10];

/// Matches the clauses of a term.
pub(super) struct Matcher {
    clauses: Vec<Clause>,
    whole: WholeNames,
}

impl Matcher {
    /// A matcher that takes misspellings for those words only that are not in the index: whoever
    /// types a known word means it. Words that are near to none either are passed over, as long
    /// as something else is left.
    pub(super) fn new(clauses: Vec<Clause>, snapshot: &Snapshot) -> Result<Self, IndexError> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for clause in settled(clauses, snapshot)? {
            match clause {
                Clause::Word(mut word) if !is_known(&word, snapshot)? => {
                    word.typos = typos(&word.text, snapshot)?;
                    let kept = if word.typos.is_empty() { &mut unknown } else { &mut found };
                    kept.push(Clause::Word(word));
                }
                clause => found.push(clause),
            }
        }
        let clauses = if found.is_empty() { unknown } else { found };
        Ok(Self { whole: WholeNames::of(&clauses, &snapshot.names), clauses })
    }

    /// Whether everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Takes misspellings for all words, for when nothing was found. Says whether that changes
    /// anything.
    pub(super) fn tolerate_typos(&mut self, snapshot: &Snapshot) -> Result<bool, IndexError> {
        let mut changed = false;
        for word in self.clauses.iter_mut().flat_map(words_of).filter(|w| w.typos.is_empty()) {
            word.typos = typos(&word.text, snapshot)?;
            changed |= !word.typos.is_empty();
        }
        if changed {
            self.whole = WholeNames::of(&self.clauses, &snapshot.names);
        }
        Ok(changed)
    }

    /// What a matching document gets for bearing a whole name that was typed.
    pub(super) fn whole_name_points(&self, segment: &Segment, doc: usize) -> u16 {
        self.whole.points(segment, doc)
    }

    /// The points of each document of a segment, deleted ones included.
    pub(super) fn points(&self, reader: &SegmentReader) -> Result<Points, IndexError> {
        let mut total: Option<Points> = None;
        for clause in &self.clauses {
            let points = clause_points(clause, reader)?;
            total = Some(match total {
                Some(total) => both(total, &points),
                None => points,
            });
        }
        Ok(total.unwrap_or_else(|| vec![everything::SCORE; reader.max_doc() as usize]))
    }

    /// Whether a folded word of a matching event is one of those that were searched for.
    pub(super) fn is_hit(&self, folded: &str) -> bool {
        let is_word = |word: &WordClause| {
            let typed = match word.end {
                WordEnd::Closed => folded == word.text,
                WordEnd::Open => folded.starts_with(&word.text),
            };
            typed || word.typos.iter().any(|typo| typo.text == folded)
        };
        let is_one = |words: &Vec<String>| words.iter().any(|word| word == folded);
        self.clauses.iter().any(|clause| match clause {
            Clause::Word(word) => is_word(word),
            Clause::Phrase(words) => is_one(words),
            Clause::Named { words, phrases } => {
                words.iter().any(is_word) || phrases.iter().any(is_one)
            }
        })
    }
}

/// The words of a clause that may be misspelt: what is quoted is meant as it is.
fn words_of(clause: &mut Clause) -> &mut [WordClause] {
    match clause {
        Clause::Word(word) => std::slice::from_mut(word),
        Clause::Named { words, .. } => words,
        Clause::Phrase(_) => &mut [],
    }
}

/// The clauses, but what has other names of which none is in the index is taken for words.
fn settled(clauses: Vec<Clause>, snapshot: &Snapshot) -> Result<Vec<Clause>, IndexError> {
    let mut settled = Vec::new();
    for clause in clauses {
        match clause {
            Clause::Named { words, phrases } => {
                let mut known = false;
                for phrase in &phrases {
                    known = known || all_known(phrase, snapshot)?;
                }
                match known {
                    true => settled.push(Clause::Named { words, phrases }),
                    false => settled.extend(words.into_iter().map(Clause::Word)),
                }
            }
            clause => settled.push(clause),
        }
    }
    Ok(settled)
}

fn all_known(phrase: &[String], snapshot: &Snapshot) -> Result<bool, IndexError> {
    for text in phrase {
        let word = WordClause { text: text.clone(), end: WordEnd::Closed, typos: Vec::new() };
        if !is_known(&word, snapshot)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn clause_points(clause: &Clause, reader: &SegmentReader) -> Result<Points, IndexError> {
    let mut points = vec![0; reader.max_doc() as usize];
    match clause {
        Clause::Word(word) => mark_word(word, reader, &mut points)?,
        Clause::Phrase(words) => {
            for zone in Zone::ALL {
                mark_phrase(words, zone, reader, &mut points)?;
            }
        }
        Clause::Named { words, phrases } => {
            points = all_words(words, reader)?;
            for phrase in phrases {
                for zone in Zone::ALL {
                    mark_phrase(phrase, zone, reader, &mut points)?;
                }
            }
        }
    }
    Ok(points)
}

fn all_words(words: &[WordClause], reader: &SegmentReader) -> Result<Points, IndexError> {
    let mut total: Option<Points> = None;
    for word in words {
        let mut points = vec![0; reader.max_doc() as usize];
        mark_word(word, reader, &mut points)?;
        total = Some(match total {
            Some(total) => both(total, &points),
            None => points,
        });
    }
    Ok(total.unwrap_or_default())
}

fn mark_word(
    word: &WordClause,
    reader: &SegmentReader,
    points: &mut [u16],
) -> Result<(), IndexError> {
    for zone in Zone::ALL {
        let index = reader.inverted_index(fields().zone(zone))?;
        if let Some(info) = index.terms().get(&word.text)? {
            mark(&index, &info, EXACT + weight(zone), points)?;
        }
        if word.end == WordEnd::Open {
            let mut stream = index.terms().range().ge(&word.text).into_stream()?;
            while stream.advance() && stream.key().starts_with(word.text.as_bytes()) {
                mark(&index, stream.value(), PREFIX + weight(zone), points)?;
            }
        }
        for typo in &word.typos {
            if let Some(info) = index.terms().get(&typo.text)? {
                let tier = TYPO[usize::from(typo.distance) - 1];
                mark(&index, &info, tier + weight(zone), points)?;
            }
        }
    }
    Ok(())
}

fn mark_phrase(
    words: &[String],
    zone: Zone,
    reader: &SegmentReader,
    points: &mut [u16],
) -> Result<(), IndexError> {
    let field = fields().zone(zone);
    let value = (EXACT + weight(zone)) * words.len() as u16;
    if let [word] = words {
        let index = reader.inverted_index(field)?;
        return match index.terms().get(word)? {
            Some(info) => mark(&index, &info, value, points),
            None => Ok(()),
        };
    }
    let terms = words.iter().map(|word| Term::from_field_text(field, word)).collect();
    let scoring = EnableScoring::disabled_from_schema(&fields().schema);
    let mut docs = PhraseQuery::new(terms).weight(scoring)?.scorer(reader, 1.0)?;
    while docs.doc() != TERMINATED {
        raise(&mut points[docs.doc() as usize], value);
        docs.advance();
    }
    Ok(())
}

fn mark(
    index: &InvertedIndexReader,
    info: &TermInfo,
    value: u16,
    points: &mut [u16],
) -> Result<(), IndexError> {
    let postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic);
    let mut postings = postings.map_err(TantivyError::from)?;
    while !postings.docs().is_empty() {
        postings.docs().iter().for_each(|doc| raise(&mut points[*doc as usize], value));
        postings.advance();
    }
    Ok(())
}

fn weight(zone: Zone) -> u16 {
    match zone {
        Zone::Head => 3,
        Zone::Series => 2,
        Zone::Place => 1,
    }
}

fn raise(points: &mut u16, value: u16) {
    *points = value.max(*points);
}

fn both(mut left: Points, right: &Points) -> Points {
    for (left, right) in left.iter_mut().zip(right) {
        *left = if *left == 0 || *right == 0 { 0 } else { *left + *right };
    }
    left
}
