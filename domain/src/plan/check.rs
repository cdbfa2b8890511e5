//! The rules for single values of a plan.
//!
//! Each says what is wrong; where it is wrong, the reader adds.

use super::model::{Point, Units};
use super::pretix::PositionDoc;
use super::{MAX_LABEL, MAX_NAME, PlanError, PlanProblem};

/// What stands for something: not empty, short, and no two of them look alike.
pub(super) fn label(value: &str) -> Result<(), PlanProblem> {
    if value.is_empty() {
        return Err(PlanProblem::LabelEmpty);
    }
    text(value, MAX_LABEL)
}

/// The name of a plan.
pub(super) fn name(value: &str) -> Result<(), PlanProblem> {
    if value.is_empty() {
        return Err(PlanProblem::LabelEmpty);
    }
    text(value, MAX_NAME)
}

/// What may be empty, else is as strict as a label.
pub(super) fn text(value: &str, max: usize) -> Result<(), PlanProblem> {
    if value.len() > max {
        return Err(PlanProblem::LabelTooLong { bytes: value.len(), max });
    }
    if value.chars().any(is_control) {
        return Err(PlanProblem::LabelControl);
    }
    if value.trim() != value {
        return Err(PlanProblem::LabelBlanks);
    }
    Ok(())
}

/// Control characters, and those that turn the direction of writing or are not seen at all: with
/// them one label could be dressed up as another.
pub(super) fn is_control(c: char) -> bool {
    let marks = matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}');
    let turns = matches!(c, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}');
    c.is_control() || marks || turns
}

/// A colour by name, `#` or function. Anything with other characters could end the attribute that
/// it is put into.
pub(super) fn color(value: Option<&str>) -> Result<Option<Box<str>>, PlanProblem> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "#(),.% ".contains(c);
    if value.len() > MAX_LABEL || !value.chars().all(plain) {
        return Err(PlanProblem::Color);
    }
    Ok(Some(value.into()))
}

/// A length above 0.
pub(super) fn length(value: f64) -> Result<Units, PlanProblem> {
    let positive = |units: &Units| units.0 > 0;
    Units::try_new(value).filter(positive).ok_or(PlanProblem::SizeOutOfBounds)
}

pub(super) fn coordinate(value: f64) -> Result<Units, PlanProblem> {
    Units::try_new(value).ok_or(PlanProblem::CoordinateOutOfBounds)
}

/// The sum is bound as well, so that a canonical document, where all is absolute, can be read.
pub(super) fn add(a: Units, b: Units) -> Result<Units, PlanProblem> {
    coordinate(a.value() + b.value())
}

/// The `position` of the thing at `path`.
pub(super) fn point(doc: PositionDoc, path: &str) -> Result<Point, PlanError> {
    Ok(Point {
        x: coordinate(doc.x).map_err(|problem| problem.at(format!("{path}.position.x")))?,
        y: coordinate(doc.y).map_err(|problem| problem.at(format!("{path}.position.y")))?,
    })
}

/// The absolute position of the thing at `path`.
pub(super) fn sum(origin: Point, offset: Point, path: &str) -> Result<Point, PlanError> {
    Ok(Point {
        x: add(origin.x, offset.x).map_err(|problem| problem.at(format!("{path}.position.x")))?,
        y: add(origin.y, offset.y).map_err(|problem| problem.at(format!("{path}.position.y")))?,
    })
}
