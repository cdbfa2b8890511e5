//! pretix's open seating-plan format, as JSON has it.
//!
//! The shape only; meaning is checked in `read.rs`. Both generations are read: that of
//! `seating-plan.schema.json`, where an area is a rectangle with `width`, `height` and a plain
//! `text`, and what the editor at seats.pretix.eu writes today, with a `shape`, an object of that
//! name and a `text` object. Keys not named here are dropped. The order of the fields is the order
//! of the canonical document and must not change: plans are addressed by those bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::number;

#[derive(Serialize, Deserialize)]
pub(super) struct PlanDoc<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<SizeDoc>,
    #[serde(borrow)]
    pub(super) categories: Vec<CategoryDoc<'a>>,
    #[serde(borrow)]
    pub(super) zones: Vec<ZoneDoc<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SizeDoc {
    #[serde(serialize_with = "number::serialize")]
    pub(super) width: f64,
    #[serde(serialize_with = "number::serialize")]
    pub(super) height: f64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CategoryDoc<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ZoneDoc<'a> {
    #[serde(borrow, default)]
    pub(super) name: Cow<'a, str>,
    #[serde(default)]
    pub(super) position: PositionDoc,
    #[serde(borrow, default)]
    pub(super) rows: Vec<RowDoc<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) areas: Vec<AreaDoc<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RowDoc<'a> {
    #[serde(borrow)]
    pub(super) row_number: Cow<'a, str>,
    #[serde(default)]
    pub(super) position: PositionDoc,
    #[serde(borrow)]
    pub(super) seats: Vec<SeatDoc<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SeatDoc<'a> {
    #[serde(borrow)]
    pub(super) seat_guid: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) seat_number: Cow<'a, str>,
    pub(super) position: PositionDoc,
    #[serde(borrow)]
    pub(super) category: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Default)]
pub(super) struct PositionDoc {
    #[serde(serialize_with = "number::serialize")]
    pub(super) x: f64,
    #[serde(serialize_with = "number::serialize")]
    pub(super) y: f64,
}

#[derive(Serialize, Deserialize, Default)]
pub(super) struct AreaDoc<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) shape: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) position: PositionDoc,
    #[serde(default, serialize_with = "number::serialize")]
    pub(super) rotation: f64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) border_color: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<TextDoc<'a>>,
    #[serde(default, serialize_with = "number::optional", skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<f64>,
    #[serde(default, serialize_with = "number::optional", skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<f64>,
    #[serde(default, skip_serializing)]
    pub(super) rectangle: Option<SizeDoc>,
    #[serde(default, skip_serializing)]
    pub(super) circle: Option<CircleDoc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ellipse: Option<EllipseDoc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) polygon: Option<PolygonDoc>,
}

#[derive(Deserialize)]
pub(super) struct CircleDoc {
    pub(super) radius: f64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EllipseDoc {
    pub(super) radius: PositionDoc,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PolygonDoc {
    pub(super) points: Vec<PositionDoc>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum TextDoc<'a> {
    Plain(#[serde(borrow)] Cow<'a, str>),
    Rich {
        #[serde(borrow, default)]
        text: Cow<'a, str>,
    },
}
