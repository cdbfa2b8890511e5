//! A segment of the index as queries see it: its columns, decoded once into plain arrays.
//!
//! A segment never changes, but for which of its documents are deleted, which is the searcher's
//! to say. So what is decoded here is shared by all snapshots that contain the segment. Some 120
//! bytes per event; in return no query touches a compressed column.
//!
//! Only what is free and what is taken may be newer here than in the file: that changes with every
//! sale, and copying two columns of numbers is cheaper than writing documents.

use std::sync::{Arc, OnceLock};

use tantivy::schema::Value;
use tantivy::{DocAddress, DocId, Searcher, SegmentReader, TantivyDocument};

use super::page::Listing;
use super::row::Row;
use super::schema::{Property, column, fields};
use super::snapshot::Names;
use super::store::IndexError;

/// The ordinal of a property that a document does not have.
const NONE: u32 = u32::MAX;

/// The columns of a segment.
#[derive(Clone)]
pub(super) struct Segment {
    /// The event's id, which orders as its text does.
    pub(super) ids: Arc<[u128]>,
    /// When it starts, in microseconds of Unix time.
    pub(super) starts_at: Arc<[i64]>,
    /// The lowest price with fee, in minor units, if there is any.
    pub(super) price_min: Arc<[Option<i64>]>,
    /// The highest price with fee, in minor units, if there is any.
    pub(super) price_max: Arc<[Option<i64>]>,
    /// How many seats and places are free.
    pub(super) available: Vec<u64>,
    /// How many are not.
    pub(super) taken: Vec<u64>,
    /// The phase, as a bit: `1 << Phase as u8`.
    pub(super) phase_bits: Arc<[u8]>,
    properties: Arc<[Values]>,
    listings: Vec<OnceLock<Arc<Listing>>>,
}

/// What is free of an event and what is not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Available {
    pub(super) available: u64,
    pub(super) taken: u64,
}

/// The values of one property, as ordinals of [`Names`].
struct Values {
    ordinals: Vec<u32>,
    /// Where each document's ordinals begin, and where the last one's end; none if every
    /// document has one ordinal or [`NONE`].
    starts: Option<Vec<u32>>,
}

impl Segment {
    /// Decodes the columns. New names are added to `names`.
    pub(super) fn decode(reader: &SegmentReader, names: &mut Names) -> Result<Self, IndexError> {
        let high = unsigned(reader, column::ID_HIGH)?;
        let low = unsigned(reader, column::ID_LOW)?;
        let id = |(high, low): (u64, u64)| u128::from(high) << 64 | u128::from(low);
        let properties = Property::ALL.map(|property| Values::decode(reader, property, names));
        Ok(Self {
            ids: high.into_iter().zip(low).map(id).collect(),
            starts_at: signed(reader, column::STARTS_AT)?.into_iter().flatten().collect(),
            price_min: signed(reader, column::PRICE_MIN)?.into(),
            price_max: signed(reader, column::PRICE_MAX)?.into(),
            available: unsigned(reader, column::AVAILABLE)?,
            taken: unsigned(reader, column::TAKEN)?,
            phase_bits: unsigned(reader, column::PHASE)?.into_iter().map(|p| 1 << p).collect(),
            properties: properties.into_iter().collect::<Result<_, _>>()?,
            listings: (0..reader.max_doc()).map(|_| OnceLock::new()).collect(),
        })
    }

    /// The same with what is free and taken of some documents as of now.
    pub(super) fn with_availability(&self, now: &[(DocId, Available)]) -> Self {
        let mut new = self.clone();
        for (doc, Available { available, taken }) in now {
            let doc = *doc as usize;
            (new.available[doc], new.taken[doc]) = (*available, *taken);
            new.listings[doc] = OnceLock::new();
        }
        new
    }

    /// The ordinals of a property's values.
    pub(super) fn values(&self, property: Property, doc: usize) -> &[u32] {
        self.properties[property as usize].of(doc)
    }

    /// Adds 1 to the count of each of a property's values of some documents.
    pub(super) fn count_values(&self, property: Property, docs: &[DocId], counts: &mut [u32]) {
        let values = &self.properties[property as usize];
        let mut count = |ordinal: u32| {
            // There is no count for documents without the property.
            if let Some(count) = counts.get_mut(ordinal as usize) {
                *count += 1;
            }
        };
        match &values.starts {
            None => docs.iter().for_each(|doc| count(values.ordinals[*doc as usize])),
            Some(_) => {
                let all = docs.iter().flat_map(|doc| values.of(*doc as usize));
                all.for_each(|ordinal| count(*ordinal));
            }
        }
    }

    /// What is shown of a document: read and decoded when it is first shown, then kept.
    pub(super) fn listing(
        &self,
        doc: DocId,
        read: impl FnOnce() -> Result<Row, IndexError>,
    ) -> Result<Arc<Listing>, IndexError> {
        let cell = &self.listings[doc as usize];
        if let Some(listing) = cell.get() {
            return Ok(Arc::clone(listing));
        }
        let mut row = read()?;
        row.taken = self.taken[doc as usize];
        let listing = Arc::new(Listing::of(&row));
        Ok(Arc::clone(cell.get_or_init(|| listing)))
    }
}

impl Values {
    fn decode(
        reader: &SegmentReader,
        property: Property,
        names: &mut Names,
    ) -> Result<Self, IndexError> {
        let max_doc = reader.max_doc();
        let Some(column) = reader.fast_fields().str(property.column())? else {
            return Ok(Self { ordinals: vec![NONE; max_doc as usize], starts: None });
        };
        let mut global = Vec::with_capacity(column.num_terms());
        let mut terms = column.dictionary().stream()?;
        while terms.advance() {
            global.push(names.ordinal(property, &String::from_utf8_lossy(terms.key())));
        }
        let (mut ordinals, mut starts) = (Vec::new(), vec![0]);
        for doc in 0..max_doc {
            ordinals.extend(column.term_ords(doc).map(|local| global[local as usize]));
            starts.push(ordinals.len() as u32);
        }
        if starts.windows(2).any(|pair| pair[1] - pair[0] > 1) {
            return Ok(Self { ordinals, starts: Some(starts) });
        }
        let first = |pair: &[u32]| {
            if pair[0] == pair[1] { NONE } else { ordinals[pair[0] as usize] }
        };
        Ok(Self { ordinals: starts.windows(2).map(first).collect(), starts: None })
    }

    fn of(&self, doc: usize) -> &[u32] {
        match &self.starts {
            None if self.ordinals[doc] == NONE => &[],
            None => &self.ordinals[doc..=doc],
            Some(starts) => &self.ordinals[starts[doc] as usize..starts[doc + 1] as usize],
        }
    }
}

/// The stored row of a document.
pub(super) fn read_row(searcher: &Searcher, address: DocAddress) -> Result<Row, IndexError> {
    let doc: TantivyDocument = searcher.doc(address)?;
    let bytes = doc.get_first(fields().row).and_then(|value| value.as_bytes());
    let bytes = bytes.ok_or_else(|| IndexError::Damaged("a document has no row".into()))?;
    Ok(serde_json::from_slice(bytes)?)
}

fn unsigned(reader: &SegmentReader, name: &str) -> Result<Vec<u64>, IndexError> {
    let column = reader.fast_fields().u64(name)?;
    Ok((0..reader.max_doc()).map(|doc| column.first(doc).unwrap_or(0)).collect())
}

fn signed(reader: &SegmentReader, name: &str) -> Result<Vec<Option<i64>>, IndexError> {
    let docs = 0..reader.max_doc();
    Ok(match reader.fast_fields().column_opt::<i64>(name)? {
        Some(column) => docs.map(|doc| column.first(doc)).collect(),
        None => docs.map(|_| None).collect(),
    })
}
