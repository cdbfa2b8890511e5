//! From a document to a plan: every check there is, once.
//!
//! The first problem ends it. What passes is trusted everywhere else. The rules for single values
//! are in `check.rs`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::check::{add, color, coordinate, label, length, name, point, sum, text};
use super::label_index::LabelIndex;
use super::model::{
    Category, CategoryIndex, Content, Point, Row, RowIndex, Seat, Size, Units, Zone, ZoneIndex,
};
use super::pretix::{CategoryDoc, PlanDoc, RowDoc, SeatDoc, SizeDoc, ZoneDoc};
use super::{
    MAX_BYTES, MAX_CATEGORIES, MAX_LABEL, MAX_SEATS, Plan, PlanError, PlanProblem, read_area,
};

/// Blank space right of and below the last seat when the document states no size, in units.
const MARGIN: f64 = 20.0;

pub(super) fn read(bytes: &[u8]) -> Result<Plan, PlanError> {
    if bytes.len() > MAX_BYTES {
        return Err(PlanProblem::BodyTooLarge { bytes: bytes.len() }.at("."));
    }
    let doc = parse(bytes)?;
    check_seat_count(&doc)?;
    let content = content(&doc)?;
    let labels = LabelIndex::new(&content.seats);
    if let Some((first, second)) = labels.duplicate(&content.seats) {
        let label = content.seats[second as usize].label.to_string();
        let first = seat_path(&doc, first);
        return Err(PlanProblem::DuplicateSeat { label, first }.at(seat_path(&doc, second)));
    }
    Ok(Plan::finish(content, labels))
}

fn parse(bytes: &[u8]) -> Result<PlanDoc<'_>, PlanError> {
    let malformed = |message: String, path: String| PlanProblem::Malformed { message }.at(path);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let doc = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| malformed(error.inner().to_string(), error.path().to_string()))?;
    json.end().map_err(|error| malformed(error.to_string(), ".".into()))?;
    Ok(doc)
}

/// Before anything is built, so that a hostile document costs no more than its parsing.
fn check_seat_count(doc: &PlanDoc<'_>) -> Result<(), PlanError> {
    let count = doc.zones.iter().flat_map(|zone| &zone.rows).map(|row| row.seats.len()).sum();
    match count {
        0 => Err(PlanProblem::NoSeats.at("zones")),
        1..=MAX_SEATS => Ok(()),
        count => Err(PlanProblem::TooManySeats { count }.at("zones")),
    }
}

fn content(doc: &PlanDoc<'_>) -> Result<Content, PlanError> {
    name(&doc.name).map_err(|problem| problem.at("name"))?;
    let (categories, by_name) = categories(&doc.categories)?;
    let mut reader =
        Reader { by_name, numbers: HashSet::new(), zones: vec![], rows: vec![], seats: vec![] };
    for (at, zone) in doc.zones.iter().enumerate() {
        reader.zone(zone, &format!("zones[{at}]"))?;
    }
    Ok(Content {
        name: (*doc.name).into(),
        size: size(doc.size.as_ref(), &reader.seats)?,
        categories,
        zones: reader.zones.into(),
        rows: reader.rows.into(),
        seats: reader.seats.into(),
    })
}

type ByName<'a> = HashMap<&'a str, CategoryIndex>;

fn categories<'a>(docs: &'a [CategoryDoc<'_>]) -> Result<(Box<[Category]>, ByName<'a>), PlanError> {
    if docs.len() > MAX_CATEGORIES {
        return Err(PlanProblem::TooManyCategories { count: docs.len() }.at("categories"));
    }
    let mut by_name = HashMap::new();
    let mut categories = Vec::with_capacity(docs.len());
    for (at, doc) in (0u8..).zip(docs) {
        let path = |field: &str| format!("categories[{at}].{field}");
        label(&doc.name).map_err(|problem| problem.at(path("name")))?;
        if let Some(CategoryIndex(first)) = by_name.insert(&*doc.name, CategoryIndex(at)) {
            let first = format!("categories[{first}].name");
            let problem = PlanProblem::DuplicateCategory { name: doc.name.to_string(), first };
            return Err(problem.at(path("name")));
        }
        let color = color(doc.color.as_deref()).map_err(|problem| problem.at(path("color")))?;
        categories.push(Category { name: (*doc.name).into(), color });
    }
    Ok((categories.into(), by_name))
}

fn size(doc: Option<&SizeDoc>, seats: &[Seat]) -> Result<Size, PlanError> {
    let Some(doc) = doc else { return Ok(extent(seats)) };
    Ok(Size {
        width: length(doc.width).map_err(|problem| problem.at("size.width"))?,
        height: length(doc.height).map_err(|problem| problem.at("size.height"))?,
    })
}

/// The size that shows all seats.
fn extent(seats: &[Seat]) -> Size {
    let reach = |coordinate: fn(&Seat) -> f64| {
        let last = seats.iter().map(coordinate).fold(0.0, f64::max);
        Units::try_new((last + MARGIN).min(Units::LIMIT)).unwrap_or_default()
    };
    Size { width: reach(Seat::x), height: reach(Seat::y) }
}

struct Reader<'a> {
    by_name: ByName<'a>,
    /// Seat numbers seen: a stadium has tens of thousands of seats and some forty numbers.
    numbers: HashSet<Arc<str>>,
    zones: Vec<Zone>,
    rows: Vec<Row>,
    seats: Vec<Seat>,
}

impl Reader<'_> {
    fn zone(&mut self, doc: &ZoneDoc<'_>, path: &str) -> Result<(), PlanError> {
        text(&doc.name, MAX_LABEL).map_err(|problem| problem.at(format!("{path}.name")))?;
        let origin = point(doc.position, path)?;
        let first = self.rows.len() as u32;
        for (at, row) in doc.rows.iter().enumerate() {
            self.row(row, origin, &format!("{path}.rows[{at}]"))?;
        }
        let areas = read_area::areas(&doc.areas, origin, path)?;
        let rows = first..self.rows.len() as u32;
        if !rows.is_empty() || !areas.is_empty() {
            self.zones.push(Zone { name: (*doc.name).into(), rows, areas });
        }
        Ok(())
    }

    fn row(&mut self, doc: &RowDoc<'_>, origin: Point, path: &str) -> Result<(), PlanError> {
        text(&doc.row_number, MAX_LABEL)
            .map_err(|problem| problem.at(format!("{path}.row_number")))?;
        let origin = sum(origin, point(doc.position, path)?, path)?;
        let first = self.seats.len() as u32;
        for (at, seat) in doc.seats.iter().enumerate() {
            // The path is only written out for a seat that has a problem.
            self.seat(seat, origin)
                .map_err(|(field, problem)| problem.at(format!("{path}.seats[{at}].{field}")))?;
        }
        let seats = first..self.seats.len() as u32;
        if !seats.is_empty() {
            let zone = ZoneIndex(self.zones.len() as u32);
            self.rows.push(Row { zone, number: (*doc.row_number).into(), seats });
        }
        Ok(())
    }

    fn seat(
        &mut self,
        doc: &SeatDoc<'_>,
        origin: Point,
    ) -> Result<(), (&'static str, PlanProblem)> {
        label(&doc.seat_guid).map_err(|problem| ("seat_guid", problem))?;
        text(&doc.seat_number, MAX_LABEL).map_err(|problem| ("seat_number", problem))?;
        let unknown = || PlanProblem::UnknownCategory { name: doc.category.to_string() };
        let category = self.by_name.get(&*doc.category).ok_or_else(|| ("category", unknown()))?;
        let x = coordinate(doc.position.x).and_then(|x| add(origin.x, x));
        let y = coordinate(doc.position.y).and_then(|y| add(origin.y, y));
        self.seats.push(Seat {
            label: (*doc.seat_guid).into(),
            number: intern(&mut self.numbers, &doc.seat_number),
            row: RowIndex(self.rows.len() as u32),
            category: *category,
            position: Point {
                x: x.map_err(|problem| ("position.x", problem))?,
                y: y.map_err(|problem| ("position.y", problem))?,
            },
        });
        Ok(())
    }
}

fn intern(seen: &mut HashSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(known) = seen.get(text) {
        return Arc::clone(known);
    }
    let new: Arc<str> = text.into();
    seen.insert(Arc::clone(&new));
    new
}

/// The path of the nth seat. By walking, as it is needed once, for an error.
fn seat_path(doc: &PlanDoc<'_>, index: u32) -> String {
    let mut left = index as usize;
    for (z, zone) in doc.zones.iter().enumerate() {
        for (r, row) in zone.rows.iter().enumerate() {
            if left < row.seats.len() {
                return format!("zones[{z}].rows[{r}].seats[{left}].seat_guid");
            }
            left -= row.seats.len();
        }
    }
    "zones".into()
}
