//! The geometry of a plan as browsers get it: row by row, an eighth of the size of the document or
//! less where rows are straight, a seventh where all of them are curved.
//!
//! It is static: no prices and no states, which change; those are arrays in plan order, and `first`
//! says where a row's part begins. The types here *are* the wire format and JavaScript decodes it,
//! so every field says exactly what it means. How rows are compressed is in `view_row.rs`.

use serde::{Deserialize, Serialize};

use super::model::{Area, Point, Shape, Zone};
use super::{Plan, PlanHash, number, view_row};

/// A plan, compactly.
///
/// ```json
/// { "name": "Hall", "hash": "ba78…", "size": [1100, 920],
///   "categories": [{"name": "Stalls", "color": "#e87722"}],
///   "areas": [{"x": 20, "y": 300, "rotation": 0, "color": "#dfe8d8", "text": "Stage",
///              "shape": {"rectangle": {"width": 1020, "height": 280}}}],
///   "zones": [{"name": "A", "rows": [
///     {"number": "1", "first": 0, "n": 28, "labels": "standard", "numbers": "standard",
///      "categories": [[0, 28]], "geometry": {"line": {"x": 20, "y": 20, "dx": 11, "dy": 0}}}]}] }
/// ```
///
/// All positions are absolute, x to the right and y downwards, in the unit of `size`. `size` is
/// what the organiser drew on; seats may lie outside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The name of the plan.
    pub name: String,
    /// Its address, 64 hex digits.
    pub hash: PlanHash,
    /// `[width, height]` of the drawing, integers rounded up.
    pub size: [u32; 2],
    /// The categories; rows refer to them by place, from 0.
    pub categories: Vec<CategoryView>,
    /// What is drawn behind the seats, in drawing order.
    pub areas: Vec<AreaView>,
    /// The zones that have rows, in plan order.
    pub zones: Vec<ZoneView>,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryView {
    /// Its name.
    pub name: String,
    /// A CSS colour, if the plan has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// A drawn shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaView {
    /// Position: a rectangle's upper left corner, an ellipse's centre, the origin of a polygon's
    /// points, a text's anchor.
    #[serde(serialize_with = "number::serialize")]
    pub x: f64,
    /// As `x`, downwards.
    #[serde(serialize_with = "number::serialize")]
    pub y: f64,
    /// Degrees clockwise, about the position.
    #[serde(serialize_with = "number::serialize")]
    pub rotation: f64,
    /// Fill, a CSS colour; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Outline, a CSS colour; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub border_color: Option<String>,
    /// What to write in it; may have line breaks (U+000A).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The form.
    pub shape: ShapeView,
}

/// `{"rectangle": {"width": w, "height": h}}`, `{"ellipse": {"rx": a, "ry": b}}`, `{"polygon": [[x,
/// y], …]}` relative to the position, or `"text"`, which has no outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShapeView {
    /// Upright before rotation.
    Rectangle {
        /// Along x.
        #[serde(serialize_with = "number::serialize")]
        width: f64,
        /// Along y.
        #[serde(serialize_with = "number::serialize")]
        height: f64,
    },
    /// Circles are those with equal radii.
    Ellipse {
        /// Half the width.
        #[serde(serialize_with = "number::serialize")]
        rx: f64,
        /// Half the height.
        #[serde(serialize_with = "number::serialize")]
        ry: f64,
    },
    /// Closed.
    Polygon(Vec<[f64; 2]>),
    /// Nothing but the text.
    Text,
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZoneView {
    /// Its name; may be empty.
    pub name: String,
    /// Its rows in plan order.
    pub rows: Vec<RowView>,
}

/// A row of `n` seats. Seat `i` of it (from 0) is seat `first + i` of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowView {
    /// What is written on the row; may be empty.
    pub number: String,
    /// The plan's index of the first seat.
    pub first: u32,
    /// How many seats; at least 1.
    pub n: u32,
    /// The labels.
    pub labels: Labels,
    /// The seat numbers.
    pub numbers: Numbers,
    /// Run lengths `[category, count]` that add up to `n`; category is a place in the plan's
    /// `categories`.
    pub categories: Vec<(u8, u32)>,
    /// Where the seats are, to within 1 unit.
    pub geometry: Geometry,
}

/// `"standard"`, `{"prefix": "D-14-"}` or `{"list": ["D-14-1", …]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// Zone name, row number and seat number, joined by `-`.
    Standard,
    /// This text, then the seat number.
    Prefix(String),
    /// One per seat.
    List(Vec<String>),
}

/// `"standard"` or `{"list": ["28", "26", …]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Numbers {
    /// 1, 2, … n.
    Standard,
    /// One per seat.
    List(Vec<String>),
}

/// `{"line": {"x": x, "y": y, "dx": dx, "dy": dy}}` or `{"deltas": {"x": [x0, dx1, …], "y": [y0,
/// dy1, …]}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Geometry {
    /// Seat `i` is at `(x + i·dx, y + i·dy)`.
    Line {
        /// Of seat 0.
        #[serde(serialize_with = "number::serialize")]
        x: f64,
        /// Of seat 0.
        #[serde(serialize_with = "number::serialize")]
        y: f64,
        /// From each seat to the next.
        #[serde(serialize_with = "number::serialize")]
        dx: f64,
        /// From each seat to the next.
        #[serde(serialize_with = "number::serialize")]
        dy: f64,
    },
    /// Seat `i` is at the sum of the first `i + 1` entries of each array; both have `n` integers.
    Deltas {
        /// The first seat's x, then differences.
        x: Vec<i32>,
        /// The first seat's y, then differences.
        y: Vec<i32>,
    },
}

pub(super) fn of(plan: &Plan) -> PlanView {
    let content = &plan.content;
    let category = |each: &super::Category| CategoryView {
        name: each.name.to_string(),
        color: each.color.as_deref().map(str::to_owned),
    };
    let size = content.size;
    PlanView {
        name: content.name.to_string(),
        hash: plan.hash,
        size: [size.width, size.height].map(|length| length.value().ceil() as u32),
        categories: content.categories.iter().map(category).collect(),
        areas: content.zones.iter().flat_map(|zone| &zone.areas).map(area).collect(),
        zones: content
            .zones
            .iter()
            .filter(|it| !it.rows.is_empty())
            .map(|it| zone(plan, it))
            .collect(),
    }
}

fn zone(plan: &Plan, zone: &Zone) -> ZoneView {
    let content = &plan.content;
    let row = |row| view_row::row(zone, row, content.seats_of(row));
    ZoneView { name: zone.name.to_string(), rows: content.rows_of(zone).iter().map(row).collect() }
}

fn area(area: &Area) -> AreaView {
    let owned = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    AreaView {
        x: area.position.x.value(),
        y: area.position.y.value(),
        rotation: area.rotation.value(),
        color: owned(&area.color),
        border_color: owned(&area.border_color),
        text: owned(&area.text),
        shape: shape(&area.shape),
    }
}

fn shape(shape: &Shape) -> ShapeView {
    let pair = |point: &Point| [point.x.value(), point.y.value()];
    match shape {
        Shape::Rectangle { width, height } => {
            ShapeView::Rectangle { width: width.value(), height: height.value() }
        }
        Shape::Ellipse { rx, ry } => ShapeView::Ellipse { rx: rx.value(), ry: ry.value() },
        Shape::Polygon(points) => ShapeView::Polygon(points.iter().map(pair).collect()),
        Shape::Text => ShapeView::Text,
    }
}
