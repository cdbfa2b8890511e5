//! The fields of the index, and how an event becomes a document.
//!
//! Three text fields, one per weight, hold the words; columns hold what is sorted, filtered and
//! counted by; one stored field holds the row as JSON, from which everything else was made.

use std::sync::LazyLock;

use aisle_domain::event::Phase;
use aisle_domain::id::EventId;
use jiff::tz::TimeZone;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use super::countries;
use super::row::Row;
use super::text;

/// The columns of numbers. The names of prices and of their absence belong together: an event
/// without prices has neither.
pub(super) mod column {
    pub(in super::super) const ID_HIGH: &str = "id_high";
    pub(in super::super) const ID_LOW: &str = "id_low";
    pub(in super::super) const STARTS_AT: &str = "starts_at";
    pub(in super::super) const PRICE_MIN: &str = "price_min";
    pub(in super::super) const PRICE_MAX: &str = "price_max";
    pub(in super::super) const AVAILABLE: &str = "available";
    pub(in super::super) const TAKEN: &str = "taken";
    pub(in super::super) const PHASE: &str = "phase";
}

/// A property with few values, by which events are filtered and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Category,
    Series,
    Country,
    Region,
    City,
    Venue,
    Performer,
    Month,
    Currency,
}

impl Property {
    /// All of them; the place in it is the value `as usize`.
    pub(super) const ALL: [Self; 9] = [
        Self::Category,
        Self::Series,
        Self::Country,
        Self::Region,
        Self::City,
        Self::Venue,
        Self::Performer,
        Self::Month,
        Self::Currency,
    ];

    /// The name of its column.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Series => "series",
            Self::Country => "country",
            Self::Region => "region",
            Self::City => "city",
            Self::Venue => "venue",
            Self::Performer => "performer",
            Self::Month => "month",
            Self::Currency => "currency",
        }
    }
}

/// Where words stand, most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// Title and performers.
    Head,
    /// Series and category.
    Series,
    /// Venue, city, region and the names of the country.
    Place,
}

impl Zone {
    /// All of them, most telling first.
    pub(super) const ALL: [Self; 3] = [Self::Head, Self::Series, Self::Place];
}

/// The fields of the index.
pub(super) struct Fields {
    /// The schema that they are of.
    pub(super) schema: Schema,
    /// The row, as JSON.
    pub(super) row: Field,
    id: Field,
    id_high: Field,
    id_low: Field,
    starts_at: Field,
    price_min: Field,
    price_max: Field,
    available: Field,
    taken: Field,
    phase: Field,
    zones: [Field; 3],
    properties: [Field; 9],
}

static FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);

/// The fields of this version of the index.
pub(super) fn fields() -> &'static Fields {
    &FIELDS
}

impl Fields {
    fn new() -> Self {
        let mut builder = Schema::builder();
        let zones = ["head_words", "series_words", "place_words"]
            .map(|name| builder.add_text_field(name, word_options()));
        let properties = Property::ALL.map(|property| {
            builder.add_text_field(property.column(), TextOptions::default().set_fast("raw"))
        });
        Self {
            row: builder.add_bytes_field("row", STORED),
            id: builder.add_bytes_field("id", INDEXED),
            id_high: unsigned(&mut builder, column::ID_HIGH),
            id_low: unsigned(&mut builder, column::ID_LOW),
            starts_at: signed(&mut builder, column::STARTS_AT),
            price_min: signed(&mut builder, column::PRICE_MIN),
            price_max: signed(&mut builder, column::PRICE_MAX),
            available: unsigned(&mut builder, column::AVAILABLE),
            taken: unsigned(&mut builder, column::TAKEN),
            phase: unsigned(&mut builder, column::PHASE),
            zones,
            properties,
            schema: builder.build(),
        }
    }

    /// The field of a zone's words.
    pub(super) fn zone(&self, zone: Zone) -> Field {
        self.zones[zone as usize]
    }

    /// What names an event's document.
    pub(super) fn id_term(&self, id: EventId) -> Term {
        Term::from_field_bytes(self.id, id.0.as_bytes())
    }

    /// The document of an event.
    ///
    /// # Errors
    /// Never for rows that were folded: they have string keys and finite numbers only.
    pub(super) fn document(&self, row: &Row) -> serde_json::Result<TantivyDocument> {
        let mut doc = TantivyDocument::new();
        doc.add_bytes(self.row, &serde_json::to_vec(row)?);
        doc.add_bytes(self.id, row.id.0.as_bytes());
        self.add_numbers(&mut doc, row);
        // A draft is kept, for what follows, but has nothing by which it could be found.
        if row.phase != Phase::Draft {
            self.add_words(&mut doc, row);
            self.add_properties(&mut doc, row);
        }
        Ok(doc)
    }

    fn add_numbers(&self, doc: &mut TantivyDocument, row: &Row) {
        let (high, low) = row.id.0.as_u64_pair();
        doc.add_u64(self.id_high, high);
        doc.add_u64(self.id_low, low);
        doc.add_i64(self.starts_at, row.details.starts_at.as_microsecond());
        doc.add_u64(self.available, row.available());
        doc.add_u64(self.taken, row.taken);
        doc.add_u64(self.phase, row.phase as u64);
        if let Some((min, max)) = row.price_range() {
            doc.add_i64(self.price_min, min);
            doc.add_i64(self.price_max, max);
        }
    }

    fn add_words(&self, doc: &mut TantivyDocument, row: &Row) {
        let details = &row.details;
        let mut add = |zone, text: &str| {
            doc.add_pre_tokenized_text(self.zone(zone), tokens(text));
        };
        add(Zone::Head, &details.title);
        details.performers.iter().for_each(|performer| add(Zone::Head, performer));
        details.series.iter().for_each(|series| add(Zone::Series, series));
        add(Zone::Series, &details.category);
        add(Zone::Place, &details.venue.name);
        details.venue.city.iter().for_each(|city| add(Zone::Place, city));
        details.venue.region.iter().for_each(|region| add(Zone::Place, region));
        let country = details.venue.country.as_deref().and_then(countries::names);
        country.iter().for_each(|names| add(Zone::Place, names));
    }

    fn add_properties(&self, doc: &mut TantivyDocument, row: &Row) {
        let (details, venue) = (&row.details, &row.details.venue);
        let mut add = |property: Property, value: &str| {
            doc.add_text(self.properties[property as usize], value);
        };
        add(Property::Category, &details.category);
        add(Property::Currency, details.currency.code());
        add(Property::Month, &month(row));
        add(Property::Venue, &venue.name);
        details.series.iter().for_each(|series| add(Property::Series, series));
        venue.country.iter().for_each(|country| add(Property::Country, country));
        venue.region.iter().for_each(|region| add(Property::Region, region));
        venue.city.iter().for_each(|city| add(Property::City, city));
        details.performers.iter().for_each(|performer| add(Property::Performer, performer));
    }
}

/// The month of the event where it takes place, such as `2025-03`.
fn month(row: &Row) -> String {
    let zone = TimeZone::get(&row.details.time_zone).unwrap_or(TimeZone::UTC);
    let there = row.details.starts_at.to_zoned_datetime(zone);
    format!("{:04}-{:02}", there.year(), there.month())
}

/// Positions for phrases, no norms: the length of a title says nothing about it. The words
/// arrive as tokens, so no tokenizer of this name is ever run on them.
fn word_options() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

fn unsigned(builder: &mut SchemaBuilder, name: &str) -> Field {
    builder.add_u64_field(name, FAST)
}

fn signed(builder: &mut SchemaBuilder, name: &str) -> Field {
    builder.add_i64_field(name, FAST)
}

fn tokens(text: &str) -> PreTokenizedString {
    let token = |(position, word): (usize, text::Word)| Token {
        offset_from: word.range.start,
        offset_to: word.range.end,
        position,
        text: word.folded,
        position_length: 1,
    };
    let tokens = text::words(text).into_iter().enumerate().map(token).collect();
    PreTokenizedString { text: text.to_owned(), tokens }
}
