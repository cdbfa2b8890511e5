//! What a plan is made of.
//!
//! Plain data, lean because servers hold plans of 100,000 seats: boxed strings, seat numbers
//! shared, positions as two 32-bit integers. It checks nothing; that is `read.rs`.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A seat's place in plan order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatIndex(pub u32);

/// A row's place in plan order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowIndex(pub u32);

/// A zone's place in plan order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneIndex(pub u32);

/// A category's place in the plan's list, from 0; less than [`super::MAX_CATEGORIES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryIndex(pub u8);

/// A length in hundredths of the plan's unit (a pixel of the editor). Integers, because binary
/// fractions would not survive being written and read with certainty, and the address of a plan
/// depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Units(pub(super) i32);

impl Units {
    /// The largest magnitude of any length, in units.
    pub const LIMIT: f64 = 1e6;

    /// Rounds to hundredths; nothing if not finite or beyond [`Units::LIMIT`].
    pub(super) fn try_new(value: f64) -> Option<Units> {
        let bounded = value.is_finite() && value.abs() <= Units::LIMIT;
        bounded.then(|| Units((value * 100.0).round() as i32))
    }

    /// In units of the plan.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// A place in the drawing; x grows to the right, y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Point {
    /// Rightwards.
    pub x: Units,
    /// Downwards.
    pub y: Units,
}

/// The size of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Along x, more than 0.
    pub width: Units,
    /// Along y, more than 0.
    pub height: Units,
}

/// A seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The name of the seat, unique in the plan (`seat_guid`); 1 to 64 bytes.
    pub label: Box<str>,
    /// What is written on the seat; unique in its row in sensible plans, but nothing depends on
    /// that.
    pub number: Arc<str>,
    /// The row it stands in.
    pub row: RowIndex,
    /// What it is sold as.
    pub category: CategoryIndex,
    /// Where it is: zone, row and seat offsets added up.
    pub position: Point,
}

impl Seat {
    /// Rightwards, in units of the plan.
    pub fn x(&self) -> f64 {
        self.position.x.value()
    }

    /// Downwards, in units of the plan.
    pub fn y(&self) -> f64 {
        self.position.y.value()
    }
}

/// A row of seats; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The zone it is in.
    pub zone: ZoneIndex,
    /// What is written on the row; may be empty.
    pub number: Box<str>,
    /// Its seats, as places in plan order.
    pub seats: Range<u32>,
}

/// A part of the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its name; may be empty.
    pub name: Box<str>,
    /// Its rows, as places in plan order.
    pub rows: Range<u32>,
    /// What is drawn in it: stages, pitches, bars.
    pub areas: Box<[Area]>,
}

/// A kind of seat; events give each a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its name, unique in the plan.
    pub name: Box<str>,
    /// A CSS colour, safe to put into an attribute.
    pub color: Option<Box<str>>,
}

/// A drawn shape. Only for display: nobody sits in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The form.
    pub shape: Shape,
    /// Where: the corner of a rectangle, the centre of an ellipse, the origin of a polygon's
    /// points, a text's anchor.
    pub position: Point,
    /// Clockwise about the position, in degrees.
    pub rotation: Units,
    /// Fill, a CSS colour.
    pub color: Option<Box<str>>,
    /// Outline, a CSS colour.
    pub border_color: Option<Box<str>>,
    /// What is written in it.
    pub text: Option<Box<str>>,
}

/// The form of a drawn area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An upright rectangle before rotation.
    Rectangle {
        /// Along x.
        width: Units,
        /// Along y.
        height: Units,
    },
    /// An ellipse; circles are those with equal radii.
    Ellipse {
        /// Half the width.
        rx: Units,
        /// Half the height.
        ry: Units,
    },
    /// A closed polygon.
    Polygon(Box<[Point]>),
    /// Nothing but the text.
    Text,
}

/// Everything that makes one plan differ from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) name: Box<str>,
    pub(super) size: Size,
    pub(super) categories: Box<[Category]>,
    pub(super) zones: Box<[Zone]>,
    pub(super) rows: Box<[Row]>,
    pub(super) seats: Box<[Seat]>,
}

impl Content {
    /// The rows of a zone.
    pub(super) fn rows_of(&self, zone: &Zone) -> &[Row] {
        &self.rows[zone.rows.start as usize..zone.rows.end as usize]
    }

    /// The seats of a row.
    pub(super) fn seats_of(&self, row: &Row) -> &[Seat] {
        &self.seats[row.seats.start as usize..row.seats.end as usize]
    }
}
