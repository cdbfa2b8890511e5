//! Reads the drawn areas of a zone, in either generation of the format.
//!
//! They are only shown, so a shape not known here is left out rather than refused.

use super::check::{color, coordinate, is_control, length, point, sum};
use super::model::{Area, Point, Shape, Units};
use super::pretix::{AreaDoc, PolygonDoc, TextDoc};
use super::{MAX_NAME, PlanError, PlanProblem};

pub(super) fn areas(
    docs: &[AreaDoc<'_>],
    origin: Point,
    zone: &str,
) -> Result<Box<[Area]>, PlanError> {
    let read = |(at, doc)| area(doc, origin, &format!("{zone}.areas[{at}]")).transpose();
    docs.iter().enumerate().filter_map(read).collect()
}

fn area(doc: &AreaDoc<'_>, origin: Point, path: &str) -> Result<Option<Area>, PlanError> {
    let Some(shape) = shape(doc, path)? else { return Ok(None) };
    let at = |field: &str| format!("{path}.{field}");
    let border = color(doc.border_color.as_deref());
    Ok(Some(Area {
        shape,
        position: sum(origin, point(doc.position, path)?, path)?,
        rotation: coordinate(doc.rotation).map_err(|problem| problem.at(at("rotation")))?,
        color: color(doc.color.as_deref()).map_err(|problem| problem.at(at("color")))?,
        border_color: border.map_err(|problem| problem.at(at("border_color")))?,
        text: caption(doc.text.as_ref()).map_err(|problem| problem.at(at("text")))?,
    }))
}

fn shape(doc: &AreaDoc<'_>, path: &str) -> Result<Option<Shape>, PlanError> {
    let incomplete = || {
        let message = "the area lacks the measures of its shape".to_owned();
        PlanProblem::Malformed { message }.at(path)
    };
    let measure = |value: f64| length(value).map_err(|problem| problem.at(path));
    let shape = match doc.shape.as_deref() {
        None | Some("rectangle") => {
            let (width, height) = rectangle(doc).ok_or_else(incomplete)?;
            Shape::Rectangle { width: measure(width)?, height: measure(height)? }
        }
        Some("circle") => {
            let radius = measure(doc.circle.as_ref().ok_or_else(incomplete)?.radius)?;
            Shape::Ellipse { rx: radius, ry: radius }
        }
        Some("ellipse") => {
            let radius = doc.ellipse.as_ref().ok_or_else(incomplete)?.radius;
            Shape::Ellipse { rx: measure(radius.x)?, ry: measure(radius.y)? }
        }
        Some("polygon") => polygon(doc.polygon.as_ref().ok_or_else(incomplete)?, path)?,
        Some("text") => Shape::Text,
        Some(_) => return Ok(None),
    };
    Ok(Some(shape))
}

fn rectangle(doc: &AreaDoc<'_>) -> Option<(f64, f64)> {
    match &doc.rectangle {
        Some(size) => Some((size.width, size.height)),
        None => Some((doc.width?, doc.height?)),
    }
}

fn polygon(doc: &PolygonDoc, path: &str) -> Result<Shape, PlanError> {
    let read = |value: f64| -> Result<Units, PlanError> {
        coordinate(value).map_err(|problem| problem.at(format!("{path}.polygon.points")))
    };
    let points = doc.points.iter().map(|at| Ok(Point { x: read(at.x)?, y: read(at.y)? }));
    Ok(Shape::Polygon(points.collect::<Result<_, PlanError>>()?))
}

/// What is written in an area. It may have several lines and blanks about it, as it identifies
/// nothing.
fn caption(doc: Option<&TextDoc<'_>>) -> Result<Option<Box<str>>, PlanProblem> {
    let (TextDoc::Plain(text) | TextDoc::Rich { text }) = match doc {
        Some(doc) => doc,
        None => return Ok(None),
    };
    if text.len() > MAX_NAME {
        return Err(PlanProblem::LabelTooLong { bytes: text.len(), max: MAX_NAME });
    }
    if text.chars().any(|c| c != '\n' && is_control(c)) {
        return Err(PlanProblem::LabelControl);
    }
    Ok((!text.is_empty()).then(|| (**text).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, sample};
    use serde_json::{Value, json};

    fn read(area: &Value) -> Result<Plan, PlanError> {
        let mut doc: Value = serde_json::from_slice(&sample::json(&[&[2]])).unwrap();
        doc["zones"][0]["position"] = json!({"x": 100, "y": 0});
        doc["zones"][0]["areas"] = json!([area]);
        Plan::from_pretix(doc.to_string().as_bytes())
    }

    #[test]
    fn both_generations_of_the_format_are_read_to_absolute_shapes() {
        let at = json!({"x": 5, "y": -5});
        let text = json!({"position": {"x": 0, "y": 0}, "color": "#333", "text": "Bar"});
        let areas = [
            json!({"width": 10, "height": 5, "position": at, "text": "Bar"}),
            json!({"shape": "rectangle", "rectangle": {"width": 10, "height": 5}, "position": at, "text": text}),
        ];
        let [old, new] = areas.map(|area| read(&area).unwrap());
        assert_eq!(old, new);
        let area = &old.zones()[0].areas[0];
        assert_eq!((area.position.x.value(), area.text.as_deref()), (105.0, Some("Bar")));
    }

    #[test]
    fn every_shape_survives_its_canonical_form() {
        let at = json!({"x": 1, "y": 2});
        let shapes = [
            json!({"shape": "circle", "circle": {"radius": 7.5}, "position": at, "rotation": 12.5}),
            json!({"shape": "ellipse", "ellipse": {"radius": {"x": 3, "y": 4}}, "position": at}),
            json!({"shape": "polygon", "polygon": {"points": [at, {"x": 9, "y": 0}]}, "position": at}),
            json!({"shape": "text", "text": {"text": "Foyer\nEntrance"}, "position": at, "color": "red"}),
        ];
        for shape in shapes {
            let plan = read(&shape).unwrap();
            assert_eq!(plan.zones()[0].areas.len(), 1, "{shape}");
            assert_eq!(Plan::from_pretix(&plan.canonical_json()).unwrap(), plan, "{shape}");
        }
    }

    #[test]
    fn unknown_shapes_are_left_out_and_incomplete_ones_refused() {
        let spiral = json!({"shape": "spiral", "position": {"x": 0, "y": 0}});
        assert!(read(&spiral).unwrap().zones()[0].areas.is_empty());
        let error = read(&json!({"shape": "circle", "position": {"x": 0, "y": 0}})).unwrap_err();
        assert_eq!((&*error.path, error.code()), ("zones[0].areas[0]", "plan_malformed"));
    }
}
