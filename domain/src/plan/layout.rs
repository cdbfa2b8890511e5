//! Which seats are neighbours, and which are better than others.
//!
//! Worked out once per plan and shared by all its events; it knows nothing of who sits where.
//!
//! **Neighbours.** A run is a maximal sequence of seats that follow each other in one row with no
//! aisle between: an aisle is a distance of more than 1.6 times the row's median distance. A row of
//! fewer than four seats has too few distances for a median to mean anything and is measured by
//! that of its zone. A change of category does not end a run, but cuts it into segments: whoever is
//! sold a group gets it at one price.
//!
//! **Quality.** The format states none. Segments are ordered by how near the front their row is in
//! its zone (`front.rs`), then by how far the middle of the segment is from the middle of its row,
//! counted in seats, then by plan order. Thus the front rows of all zones come before all second
//! rows.

use std::ops::Range;

use super::front;
use super::model::{CategoryIndex, Content, Row, RowIndex, Seat, ZoneIndex};

/// Seats further apart than this many times the usual distance have an aisle between them.
const AISLE: f64 = 1.6;

/// A maximal sequence of adjacent seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The row it is in.
    pub row: RowIndex,
    /// Its seats, as places in plan order.
    pub seats: Range<u32>,
}

/// The part of a run that is of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its seats, as places in plan order.
    pub seats: Range<u32>,
    /// The seats of its run, as places in plan order.
    pub run: Range<u32>,
    /// What its seats are sold as.
    pub category: CategoryIndex,
    /// The zone it is in.
    pub zone: ZoneIndex,
    /// Twice the place of the middle of its row, in plan order.
    pub middle: u32,
    /// Its place among all segments by quality; 0 is the best.
    pub rank: u32,
    /// Its place among the segments of its category by quality.
    pub place: u32,
}

/// The runs and segments of a plan.
#[derive(Debug)]
pub struct Layout {
    runs: Box<[Run]>,
    segments: Box<[Segment]>,
    by_category: Box<[Box<[u32]>]>,
    seats: u32,
}

impl Layout {
    pub(super) fn of(content: &Content) -> Layout {
        let runs = runs(content);
        let mut segments: Vec<Segment> =
            runs.iter().flat_map(|run| segments_of(content, run)).collect();
        let by_category = rank(content, &mut segments);
        let seats = content.seats.len() as u32;
        Layout { runs: runs.into(), segments: segments.into(), by_category, seats }
    }

    /// How many seats the plan has.
    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// All runs in plan order; they part the seats.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// All segments in plan order; they part the seats.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// For each category its segments (as places in [`Layout::segments`]), best first.
    pub fn by_category(&self) -> &[Box<[u32]>] {
        &self.by_category
    }

    /// The place in [`Layout::segments`] of the one with this seat, which must be of the plan.
    pub fn segment_of(&self, seat: u32) -> usize {
        self.segments.partition_point(|segment| segment.seats.end <= seat)
    }
}

fn runs(content: &Content) -> Vec<Run> {
    let mut runs = vec![];
    for zone in &content.zones {
        let rows = content.rows_of(zone);
        let usual = median(rows.iter().flat_map(|row| distances(content.seats_of(row))).collect());
        for (index, row) in (zone.rows.start..).map(RowIndex).zip(rows) {
            let bounds = bounds(content, row, usual);
            runs.extend(bounds.windows(2).map(|pair| Run { row: index, seats: pair[0]..pair[1] }));
        }
    }
    runs
}

/// Where the runs of a row begin, and the end of the last.
fn bounds(content: &Content, row: &Row, zone: f64) -> Vec<u32> {
    let distances: Vec<f64> = distances(content.seats_of(row)).collect();
    let usual = if distances.len() < 3 { zone } else { median(distances.clone()) };
    let aisles = (row.seats.start + 1..).zip(distances).filter(|(_, d)| *d > AISLE * usual);
    let starts = std::iter::once(row.seats.start).chain(aisles.map(|(seat, _)| seat));
    starts.chain(std::iter::once(row.seats.end)).collect()
}

fn distances(seats: &[Seat]) -> impl Iterator<Item = f64> {
    seats.windows(2).map(|pair| (pair[0].x() - pair[1].x()).hypot(pair[0].y() - pair[1].y()))
}

/// The lower median: in a row of two seats, an aisle and two more, the aisle must not become usual.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

fn segments_of(content: &Content, run: &Run) -> Vec<Segment> {
    let row = &content.rows[run.row.0 as usize];
    let seats = &content.seats[run.seats.start as usize..run.seats.end as usize];
    let mut start = run.seats.start;
    let segment = |part: &[Seat]| {
        let seats = start..start + part.len() as u32;
        start = seats.end;
        Segment {
            seats,
            run: run.seats.clone(),
            category: part[0].category,
            zone: row.zone,
            middle: row.seats.start + row.seats.end,
            rank: 0,
            place: 0,
        }
    };
    seats.chunk_by(|a, b| a.category == b.category).map(segment).collect()
}

/// Numbers the segments by quality; returns those of each category, best first.
fn rank(content: &Content, segments: &mut [Segment]) -> Box<[Box<[u32]>]> {
    let fronts = front::ranks(content);
    let quality = |segment: &Segment| {
        let row = content.seats[segment.seats.start as usize].row;
        let off = (segment.seats.start + segment.seats.end).abs_diff(segment.middle);
        (fronts[row.0 as usize], off, segment.seats.start)
    };
    let mut order: Vec<u32> = (0..segments.len() as u32).collect();
    order.sort_by_cached_key(|at| quality(&segments[*at as usize]));
    let mut by_category = vec![vec![]; content.categories.len()];
    for (rank, at) in (0..).zip(order) {
        let segment = &mut segments[at as usize];
        let list: &mut Vec<u32> = &mut by_category[usize::from(segment.category.0)];
        (segment.rank, segment.place) = (rank, list.len() as u32);
        list.push(at);
    }
    by_category.into_iter().map(Vec::into_boxed_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, sample};

    fn lengths(plan: &Plan, row: usize) -> Vec<usize> {
        let of_row = |run: &&Run| run.row.0 as usize == row;
        plan.runs().iter().filter(of_row).map(|run| run.seats.len()).collect()
    }

    #[test]
    fn aisles_part_the_rows_of_a_real_hall() {
        let plan =
            Plan::from_pretix(include_bytes!("../../testdata/riethsporthalle.json")).unwrap();
        assert_eq!(lengths(&plan, 0), [7, 14, 7], "Block D, row 14");
        assert_eq!(lengths(&plan, 1), [2, 20, 3], "Block D, row 13");
        assert_eq!(lengths(&plan, 4), [20], "Block D, row 10 has no aisle");
    }

    #[test]
    fn a_short_row_is_measured_by_its_zone() {
        let spread = |x: &[i32]| sample::row(x.iter().map(|x| (*x, "A")));
        let plan =
            sample::zone(&[spread(&[0, 10, 20, 30, 40]), spread(&[0, 30]), spread(&[0, 30, 40])]);
        assert_eq!(lengths(&plan, 1), [1, 1]);
        assert_eq!(lengths(&plan, 2), [1, 2]);
    }

    #[test]
    fn a_change_of_category_cuts_segments_but_not_runs() {
        let seats = (0..6).map(|at| (at * 10, if at < 2 { "A" } else { "B" }));
        let plan = sample::zone(&[sample::row(seats)]);
        assert_eq!(lengths(&plan, 0), [6]);
        let parts: Vec<_> =
            plan.layout().segments().iter().map(|part| part.seats.clone()).collect();
        assert_eq!(parts, [0..2, 2..6]);
    }

    #[test]
    fn front_rows_of_all_zones_come_first_and_then_the_middle() {
        let plan =
            Plan::from_pretix(include_bytes!("../../testdata/riethsporthalle.json")).unwrap();
        let mut order: Vec<_> = plan.layout().segments().iter().collect();
        order.sort_by_key(|segment| segment.rank);
        let name = |segment: &Segment| plan.seats()[segment.seats.start as usize].label.to_string();
        let first: Vec<String> = order.iter().map(|segment| name(segment)).take(9).collect();
        let expected =
            ["D-6-1", "E-7-1", "F-6-1", "A-1-8", "B-1-8", "C-1-1", "A-1-1", "B-1-1", "C-1-13"];
        assert_eq!(first, expected);
    }
}
