//! What a bench reports: figures of each side and round, ratios, what was checked; as a table or
//! as JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::stats::{Spread, ratios};
use crate::cli::Format;

/// How many processors somebody kept busy during a turn; unknown where there is no /proc, absent
/// where there is nobody.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Costs {
    pub(super) server: Option<f64>,
    pub(super) database: Option<f64>,
    pub(super) load: Option<f64>,
}

/// The figures of one turn of one side.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Vec<(&'static str, f64)>);

impl Turn {
    pub(super) fn add(&mut self, name: &'static str, figure: f64) {
        self.0.push((name, figure));
    }

    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, figure)| *figure)
    }

    /// Adds what it cost, in all and per answer.
    pub(super) fn costs(&mut self, costs: Costs, seconds: f64, answers: u64) {
        let names = [
            ("cores busy: server", "µs an answer: server", costs.server),
            ("cores busy: database", "µs an answer: database", costs.database),
            ("cores busy: load", "µs an answer: load", costs.load),
        ];
        for (busy, each, cost) in names {
            if let Some(cost) = cost {
                self.add(busy, cost);
                self.add(each, cost * seconds * 1e6 / answers.max(1) as f64);
            }
        }
    }
}

/// One side of a bench, with its turns.
#[derive(Debug, Clone)]
struct Side {
    name: String,
    turns: Vec<Turn>,
}

/// A ratio between two sides, round by round.
#[derive(Debug, Clone, Serialize)]
struct Ratio {
    name: String,
    rounds: Vec<f64>,
}

/// What a bench found.
#[derive(Debug, Clone)]
pub struct Report {
    title: String,
    setting: Vec<(&'static str, String)>,
    sides: Vec<Side>,
    ratios: Vec<Ratio>,
    checks: Vec<String>,
}

impl Report {
    pub(super) fn new(title: String, setting: Vec<(&'static str, String)>) -> Self {
        Self { title, setting, sides: Vec::new(), ratios: Vec::new(), checks: Vec::new() }
    }

    /// Adds a turn to the side of this name.
    pub(super) fn turn(&mut self, side: &str, turn: Turn) {
        match self.sides.iter_mut().find(|known| known.name == side) {
            Some(known) => known.turns.push(turn),
            None => self.sides.push(Side { name: side.to_owned(), turns: vec![turn] }),
        }
    }

    /// Compares two sides in one figure.
    pub(super) fn compare(&mut self, ours: &str, theirs: &str, figure: &str) {
        let rounds = ratios(&self.figures(ours, figure), &self.figures(theirs, figure));
        if !rounds.is_empty() {
            self.ratios.push(Ratio { name: format!("{ours} / {theirs}, {figure}"), rounds });
        }
    }

    /// Notes what was found to be in order. Said once, however often it was checked.
    pub(super) fn checked(&mut self, what: String) {
        if !self.checks.contains(&what) {
            self.checks.push(what);
        }
    }

    /// The report as text.
    ///
    /// # Errors
    /// Never: all figures are numbers.
    pub fn print(&self, format: Format) -> Result<String, serde_json::Error> {
        match format {
            Format::Table => Ok(self.table()),
            Format::Json => serde_json::to_string_pretty(&self.json()),
        }
    }

    fn figures(&self, side: &str, figure: &str) -> Vec<f64> {
        let side = self.sides.iter().find(|known| known.name == side);
        let turns = side.map(|side| side.turns.as_slice()).unwrap_or_default();
        turns.iter().filter_map(|turn| turn.figure(figure)).collect()
    }

    /// The names of all figures, in the order in which they first come.
    fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        let turns = self.sides.iter().filter_map(|side| side.turns.first());
        for (name, _) in turns.flat_map(|turn| &turn.0) {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names
    }

    fn table(&self) -> String {
        let mut rows = vec![vec![String::new()]];
        rows[0].extend(self.sides.iter().map(|side| side.name.clone()));
        for name in self.names() {
            let cell = |side: &Side| shown(Spread::of(&self.figures(&side.name, name)));
            rows.push(vec![name.to_owned()]);
            rows.last_mut().into_iter().for_each(|row| row.extend(self.sides.iter().map(cell)));
        }
        let ratios = self.ratios.iter().map(|ratio| {
            let spread = Spread::of(&ratio.rounds).map(|spread| format!("× {}", of_ratio(spread)));
            vec![ratio.name.clone(), spread.unwrap_or_default()]
        });
        let mut text = format!("{}\n\n{}", self.title, aligned(&rows));
        let ratios: Vec<_> = ratios.collect();
        if !ratios.is_empty() {
            text.push_str(&format!("\n{}", aligned(&ratios)));
        }
        text.push_str("\nMedian of all rounds [least – most].\n");
        self.setting.iter().for_each(|(name, what)| text.push_str(&format!("{name}: {what}\n")));
        self.checks.iter().for_each(|what| text.push_str(&format!("checked: {what}\n")));
        text.trim_end().to_owned()
    }

    fn json(&self) -> Value {
        let side = |side: &Side| {
            let of = |name: &&'static str| {
                figures(&self.figures(&side.name, name)).map(|v| ((*name).to_owned(), v))
            };
            json!({"name": side.name, "figures": self.names().iter().filter_map(of).collect::<Map<_, _>>()})
        };
        let ratio = |ratio: &Ratio| json!({"name": ratio.name, "figures": figures(&ratio.rounds)});
        let setting = self.setting.iter().map(|(name, what)| ((*name).to_owned(), json!(what)));
        json!({
            "title": self.title,
            "setting": setting.collect::<Map<_, _>>(),
            "sides": self.sides.iter().map(side).collect::<Vec<_>>(),
            "ratios": self.ratios.iter().map(ratio).collect::<Vec<_>>(),
            "checks": self.checks,
        })
    }
}

fn figures(rounds: &[f64]) -> Option<Value> {
    let Spread { median, least, most } = Spread::of(rounds)?;
    Some(json!({"median": median, "least": least, "most": most, "rounds": rounds}))
}

fn shown(spread: Option<Spread>) -> String {
    let Some(Spread { median, least, most }) = spread else { return "–".to_owned() };
    format!("{} [{} – {}]", number(median), number(least), number(most))
}

fn of_ratio(Spread { median, least, most }: Spread) -> String {
    format!("{median:.2} [{least:.2} – {most:.2}]")
}

/// As many digits as mean something.
fn number(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// Columns of equal width, the first one to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string cannot fail.
            let _ = match at {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "   {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::new("Title".into(), vec![("machine", "a box".into())]);
        for (ours, theirs) in [(300.0, 100.0), (200.0, 100.0), (110.0, 100.0)] {
            let mut turn = Turn::default();
            turn.add("answers/s", ours);
            turn.add("p99, ms", 1.234);
            report.turn("aisle", turn);
            let mut turn = Turn::default();
            turn.add("answers/s", theirs);
            report.turn("peer", turn);
        }
        report.compare("aisle", "peer", "answers/s");
        report.compare("aisle", "peer", "p99, ms");
        report
    }

    #[test]
    fn the_table_has_medians_spreads_and_ratios() {
        let table = report().print(Format::Table).unwrap();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = table.lines().map(words).collect();
        for expected in [
            "answers/s 200 [110 – 300] 100 [100 – 100]",
            "p99, ms 1.23 [1.23 – 1.23] –",
            "aisle / peer, answers/s × 2.00 [1.10 – 3.00]",
            "machine: a box",
        ] {
            assert!(lines.iter().any(|line| line == expected), "no `{expected}` in\n{table}");
        }
    }

    #[test]
    fn the_json_has_every_round() {
        let json: Value = serde_json::from_str(&report().print(Format::Json).unwrap()).unwrap();
        assert_eq!(
            json["sides"][0]["figures"]["answers/s"]["rounds"],
            json!([300.0, 200.0, 110.0])
        );
        // What only one side has is not compared.
        assert_eq!(json["ratios"].as_array().unwrap().len(), 1);
        assert_eq!(json["ratios"][0]["figures"]["median"], 2.0);
    }
}
