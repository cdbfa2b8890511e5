//! Seating plans: the immutable geometry of a venue, addressed by its content.
//!
//! A [`Plan`] is read from pretix's open seating-plan format and is checked once, on the way in;
//! whoever holds one may trust it. It knows seats, rows, zones, categories, drawn areas and which
//! seats are neighbours. It does not know events, prices, or which seats are taken.
//!
//! **Plan order** is the order in which the document lists zones, their rows and their seats.
//! [`SeatIndex`] counts in it, and so does everything that is an array over seats (seat maps,
//! bitsets, views).

mod canonical;
mod check;
mod error;
mod front;
mod hash;
mod label_index;
mod layout;
mod model;
mod number;
mod pretix;
mod read;
mod read_area;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
pub(crate) mod sample;
mod sized;
mod view;
mod view_row;

use std::fmt;
use std::sync::Arc;

pub use error::{PlanError, PlanProblem};
pub use hash::{PlanHash, PlanHashError};
pub use layout::{Layout, Run, Segment};
pub use model::{
    Area, Category, CategoryIndex, Point, Row, RowIndex, Seat, SeatIndex, Shape, Size, Units, Zone,
    ZoneIndex,
};
pub use view::{
    AreaView, CategoryView, Geometry, Labels, Numbers, PlanView, RowView, ShapeView, ZoneView,
};

use label_index::LabelIndex;
use model::Content;

/// The most seats of one plan. The largest grounds in Europe hold just under this many; and a
/// server answers for whole plans in memory: at about 100 bytes a seat this is 10 MB of plan, and
/// 25 kB of seat map at two bits a seat, per event.
pub const MAX_SEATS: usize = 100_000;

/// The largest document read, in bytes. The format spends about 100 bytes on a seat, up to 300 when
/// it is indented and has long labels: [`MAX_SEATS`] of those are 30 MB.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The longest label of a seat, row, zone or category, in bytes. Labels stand in URLs
/// (percent-encoded, so up to three times as long) and in the key of every seat's stream.
pub const MAX_LABEL: usize = 64;

/// The longest name of a plan or text of a drawn area, in bytes. These are only shown.
pub const MAX_NAME: usize = 200;

/// The most categories of one plan, so that a set of them is one machine word where seats are
/// chosen.
pub const MAX_CATEGORIES: usize = 64;

/// A seating plan: checked, immutable, shared behind an `Arc` by all events at the venue.
pub struct Plan {
    content: Content,
    labels: LabelIndex,
    layout: Arc<Layout>,
    hash: PlanHash,
}

impl Plan {
    /// Reads a plan in pretix's format. Keys it does not know are dropped, as are rows without
    /// seats and zones with nothing in them; positions are made absolute and rounded to hundredths
    /// of a unit.
    ///
    /// # Errors
    /// The first problem found, with the path to it in the document.
    pub fn from_pretix(bytes: &[u8]) -> Result<Plan, PlanError> {
        read::read(bytes)
    }

    fn finish(content: Content, labels: LabelIndex) -> Plan {
        let layout = Arc::new(Layout::of(&content));
        let hash = PlanHash::of(&canonical::json(&content));
        Plan { content, labels, layout, hash }
    }

    /// The plan in pretix's format with only the fields known here, in a fixed order, and positions
    /// absolute: equal plans give equal bytes. [`Plan::from_pretix`] reads it back to an equal
    /// plan.
    pub fn canonical_json(&self) -> Vec<u8> {
        canonical::json(&self.content)
    }

    /// SHA-256 of [`Plan::canonical_json`], the address of the plan.
    pub fn hash(&self) -> PlanHash {
        self.hash
    }

    /// The name of the plan, usually of the venue.
    pub fn name(&self) -> &str {
        &self.content.name
    }

    /// The size of the drawing.
    pub fn size(&self) -> Size {
        self.content.size
    }

    /// How many seats there are: at least one, at most [`MAX_SEATS`].
    #[expect(
        clippy::len_without_is_empty,
        reason = "a plan without seats is refused when it is read"
    )]
    pub fn len(&self) -> usize {
        self.content.seats.len()
    }

    /// All seats in plan order.
    pub fn seats(&self) -> &[Seat] {
        &self.content.seats
    }

    /// One seat, if the plan has so many.
    pub fn seat(&self, index: SeatIndex) -> Option<&Seat> {
        self.content.seats.get(index.0 as usize)
    }

    /// The seat of this label.
    pub fn find(&self, label: &str) -> Option<SeatIndex> {
        self.labels.find(&self.content.seats, label).map(SeatIndex)
    }

    /// All rows in plan order. Each has at least one seat.
    pub fn rows(&self) -> &[Row] {
        &self.content.rows
    }

    /// The row of a seat.
    pub fn row_of(&self, seat: &Seat) -> &Row {
        &self.content.rows[seat.row.0 as usize]
    }

    /// All zones in plan order. A zone without rows has drawn areas.
    pub fn zones(&self) -> &[Zone] {
        &self.content.zones
    }

    /// The zone of a row.
    pub fn zone_of(&self, row: &Row) -> &Zone {
        &self.content.zones[row.zone.0 as usize]
    }

    /// All categories in the order of the document; at most [`MAX_CATEGORIES`].
    pub fn categories(&self) -> &[Category] {
        &self.content.categories
    }

    /// The category of this name.
    pub fn category(&self, name: &str) -> Option<CategoryIndex> {
        let at = self.content.categories.iter().position(|category| &*category.name == name)?;
        u8::try_from(at).ok().map(CategoryIndex)
    }

    /// The maximal runs of adjacent seats, in plan order; every seat is in exactly one.
    pub fn runs(&self) -> &[Run] {
        self.layout.runs()
    }

    /// Neighbours and quality of the seats, worked out once for all events that use the plan.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The geometry as browsers get it; see [`PlanView`] for the wire format.
    pub fn view(&self) -> PlanView {
        view::of(self)
    }

    /// A plan of exactly `seats` seats (brought within `1..=len`), made by keeping the rows nearest
    /// the front in all zones evenly; it serves to size a sample plan to a venue of known capacity.
    /// See `sized.rs` for the rule.
    ///
    /// A `name` that the format would refuse is mended: control characters and surrounding blanks
    /// go, and what is longer than [`MAX_NAME`] is cut. An empty one leaves the plan's own.
    pub fn sized(&self, seats: u32, name: &str) -> Plan {
        let content = sized::content(&self.content, seats, name);
        let labels = LabelIndex::new(&content.seats);
        Plan::finish(content, labels)
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Plan) -> bool {
        self.content == other.content
    }
}

impl Eq for Plan {}

impl fmt::Debug for Plan {
    /// Only a summary: a failed assertion must not print 100,000 seats.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("name", &self.content.name)
            .field("seats", &self.len())
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn riethsporthalle() -> Plan {
        Plan::from_pretix(include_bytes!("../../testdata/riethsporthalle.json")).unwrap()
    }

    #[test]
    fn a_real_hall_is_read_as_it_was_built() {
        let plan = riethsporthalle();
        assert_eq!((plan.len(), plan.rows().len(), plan.zones().len()), (1231, 62, 6));
        let seat = plan.seat(plan.find("D-14-8").unwrap()).unwrap();
        assert_eq!((seat.x(), seat.y()), (20.0 + 97.0, 20.0));
        let row = plan.row_of(seat);
        assert_eq!((&*row.number, &*plan.zone_of(row).name), ("14", "Block D"));
        assert_eq!(&*plan.categories()[usize::from(seat.category.0)].name, "Kategorie II");
        assert_eq!(plan.zones()[1].areas[0].text.as_deref(), Some("Spielfeld"));
    }

    #[test]
    fn every_label_finds_its_seat_and_no_other_label_does() {
        let plan = riethsporthalle();
        for (index, seat) in (0u32..).zip(plan.seats()) {
            assert_eq!(plan.find(&seat.label), Some(SeatIndex(index)));
        }
        assert_eq!(plan.find("D-14-99"), None);
        assert_eq!(plan.find(""), None);
    }

    #[test]
    fn the_address_of_a_plan_is_fixed_for_ever() {
        // Facts in the journal name this hash: if this line must change, old plans are lost.
        let small = Plan::from_pretix(&sample::json(&[&[3]])).unwrap();
        let json = String::from_utf8(small.canonical_json()).unwrap();
        let head = r##"{"name":"Sample","size":{"width":800,"height":600},"categories":[{"name":"A","color":"#123456"},"##;
        let seat =
            r#"{"seat_guid":"1-1-2","seat_number":"2","position":{"x":10,"y":0},"category":"A"}"#;
        assert!(json.starts_with(head) && json.contains(seat), "{json}");
        assert_eq!(
            small.hash().to_string(),
            "a443d857003cbc41943e264c8668f99647cbadf265f9855df9a231dcb8b1adcc"
        );
    }

    #[test]
    fn how_offsets_are_spread_over_zone_row_and_seat_does_not_matter() {
        let text = String::from_utf8(sample::json(&[&[3], &[2]])).unwrap();
        let moved = text.replacen(
            r#""position":{"x":0,"y":0},"rows""#,
            r#""position":{"x":7,"y":0},"displayed":true,"rows""#,
            1,
        );
        let back = moved.replacen(
            r#""row_number":"1","position":{"x":0"#,
            r#""row_number":"1","position":{"x":-7"#,
            1,
        );
        assert_ne!(text, back);
        let hash = |text: &str| Plan::from_pretix(text.as_bytes()).unwrap().hash();
        assert_eq!(hash(&text), hash(&back));
        assert_ne!(hash(&text), hash(&moved));
    }

    proptest! {
        #[test]
        fn canonical_json_reads_back_to_the_same_plan(json in sample::any_plan()) {
            let plan = Plan::from_pretix(&json).unwrap();
            let again = Plan::from_pretix(&plan.canonical_json()).unwrap();
            prop_assert_eq!(&again, &plan);
            prop_assert_eq!(again.hash(), plan.hash());
            prop_assert_eq!(again.canonical_json(), plan.canonical_json());
        }
    }
}
