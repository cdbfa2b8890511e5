//! The one way to write a plan.
//!
//! All positions are absolute: zones and rows stand at the origin. So plans that differ only in how
//! offsets are spread over zone, row and seat are one plan. Rectangles are written as pretix's
//! schema has them, other shapes as its editor does.

use std::borrow::Cow;

use super::model::{Area, Category, Content, Point, Row, Seat, Shape, Zone};
use super::pretix::{
    AreaDoc, CategoryDoc, EllipseDoc, PlanDoc, PolygonDoc, PositionDoc, RowDoc, SeatDoc, SizeDoc,
    TextDoc, ZoneDoc,
};

pub(super) fn json(content: &Content) -> Vec<u8> {
    let size = SizeDoc { width: content.size.width.value(), height: content.size.height.value() };
    let doc = PlanDoc {
        name: (*content.name).into(),
        size: Some(size),
        categories: content.categories.iter().map(category).collect(),
        zones: content.zones.iter().map(|each| zone(content, each)).collect(),
    };
    serde_json::to_vec(&doc).expect("strings and finite numbers always serialise")
}

fn category(category: &Category) -> CategoryDoc<'_> {
    CategoryDoc { name: (*category.name).into(), color: optional(category.color.as_deref()) }
}

fn zone<'a>(content: &'a Content, zone: &'a Zone) -> ZoneDoc<'a> {
    ZoneDoc {
        name: (*zone.name).into(),
        position: PositionDoc::default(),
        rows: content.rows_of(zone).iter().map(|each| row(content, each)).collect(),
        areas: zone.areas.iter().map(area).collect(),
    }
}

fn row<'a>(content: &'a Content, row: &'a Row) -> RowDoc<'a> {
    RowDoc {
        row_number: (*row.number).into(),
        position: PositionDoc::default(),
        seats: content.seats_of(row).iter().map(|each| seat(content, each)).collect(),
    }
}

fn seat<'a>(content: &'a Content, seat: &'a Seat) -> SeatDoc<'a> {
    SeatDoc {
        seat_guid: (*seat.label).into(),
        seat_number: (*seat.number).into(),
        position: position(seat.position),
        category: (*content.categories[usize::from(seat.category.0)].name).into(),
    }
}

fn area(area: &Area) -> AreaDoc<'_> {
    let doc = AreaDoc {
        position: position(area.position),
        rotation: area.rotation.value(),
        color: optional(area.color.as_deref()),
        border_color: optional(area.border_color.as_deref()),
        text: area.text.as_deref().map(|text| TextDoc::Plain(text.into())),
        ..AreaDoc::default()
    };
    shaped(doc, &area.shape)
}

fn shaped<'a>(doc: AreaDoc<'a>, shape: &Shape) -> AreaDoc<'a> {
    let named = |name: &'static str| Some(Cow::Borrowed(name));
    match shape {
        Shape::Rectangle { width, height } => {
            AreaDoc { width: Some(width.value()), height: Some(height.value()), ..doc }
        }
        Shape::Ellipse { rx, ry } => {
            let radius = PositionDoc { x: rx.value(), y: ry.value() };
            AreaDoc { shape: named("ellipse"), ellipse: Some(EllipseDoc { radius }), ..doc }
        }
        Shape::Polygon(points) => {
            let points = points.iter().copied().map(position).collect();
            AreaDoc { shape: named("polygon"), polygon: Some(PolygonDoc { points }), ..doc }
        }
        Shape::Text => AreaDoc { shape: named("text"), ..doc },
    }
}

fn position(point: Point) -> PositionDoc {
    PositionDoc { x: point.x.value(), y: point.y.value() }
}

fn optional(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}
