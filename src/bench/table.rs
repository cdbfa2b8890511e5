//! One table of a report: the sides of a bench, their figures in each round, and ratios.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::goal::{Bound, Goal};
use super::layout::{aligned, of_ratio, shown};
use super::stats::{Spread, ratios};
use super::turn::Turn;

/// How many sides stand beside each other; more would be wider than screens are.
const ABREAST: usize = 3;

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

/// What was found of some sides that took turns.
#[derive(Debug, Clone)]
pub(super) struct Table {
    title: String,
    sides: Vec<Side>,
    ratios: Vec<Ratio>,
    goals: Vec<Goal>,
}

impl Table {
    pub(super) fn new(title: String) -> Self {
        Self { title, sides: Vec::new(), ratios: Vec::new(), goals: Vec::new() }
    }

    /// Adds a turn to the side of this name.
    pub(super) fn turn(&mut self, side: &str, turn: Turn) {
        match self.sides.iter_mut().find(|known| known.name == side) {
            Some(known) => known.turns.push(turn),
            None => self.sides.push(Side { name: side.to_owned(), turns: vec![turn] }),
        }
    }

    /// Compares two sides in one figure, round by round; nothing if one of them does not have it.
    pub(super) fn compare(&mut self, ours: &str, theirs: &str, figure: &str) -> Vec<f64> {
        let rounds = ratios(&self.figures(ours, figure), &self.figures(theirs, figure));
        if !rounds.is_empty() {
            let name = format!("{ours} / {theirs}, {figure}");
            self.ratios.push(Ratio { name, rounds: rounds.clone() });
        }
        rounds
    }

    /// Sets a goal for figures, or the ratios of a comparison, of every round.
    pub(super) fn goal(&mut self, what: impl Into<String>, bound: Bound, rounds: Vec<f64>) {
        if !rounds.is_empty() {
            self.goals.push(Goal { what: what.into(), bound, rounds });
        }
    }

    pub(super) fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// A figure of every round of a side.
    pub(super) fn figures(&self, side: &str, figure: &str) -> Vec<f64> {
        let side = self.sides.iter().find(|known| known.name == side);
        let turns = side.map(|side| side.turns.as_slice()).unwrap_or_default();
        turns.iter().filter_map(|turn| turn.figure(figure)).collect()
    }

    pub(super) fn text(&self) -> String {
        let blocks = self.sides.chunks(ABREAST).map(|sides| self.block(sides));
        let mut text = format!("{}\n\n{}", self.title, blocks.collect::<Vec<_>>().join("\n"));
        let ratios = self.ratios.iter().map(|ratio| {
            let spread = Spread::of(&ratio.rounds).map(|spread| format!("× {}", of_ratio(spread)));
            vec![ratio.name.clone(), spread.unwrap_or_default()]
        });
        let ratios: Vec<_> = ratios.collect();
        if !ratios.is_empty() {
            text.push_str(&format!("\n{}", aligned(&ratios)));
        }
        text
    }

    fn block(&self, sides: &[Side]) -> String {
        let mut rows = vec![vec![String::new()]];
        rows[0].extend(sides.iter().map(|side| side.name.clone()));
        for name in names(sides) {
            let cell = |side: &Side| shown(Spread::of(&self.figures(&side.name, name)));
            rows.push([name.to_owned()].into_iter().chain(sides.iter().map(cell)).collect());
        }
        aligned(&rows)
    }

    pub(super) fn json(&self) -> Value {
        let side = |side: &Side| {
            let of = |name: &&'static str| {
                figures(&self.figures(&side.name, name)).map(|v| ((*name).to_owned(), v))
            };
            let found = names(&self.sides).iter().filter_map(of).collect::<Map<_, _>>();
            json!({"name": side.name, "figures": found})
        };
        let ratio = |ratio: &Ratio| json!({"name": ratio.name, "figures": figures(&ratio.rounds)});
        json!({
            "title": self.title,
            "sides": self.sides.iter().map(side).collect::<Vec<_>>(),
            "ratios": self.ratios.iter().map(ratio).collect::<Vec<_>>(),
        })
    }
}

/// The names of all figures, in the order in which they first come.
fn names(sides: &[Side]) -> Vec<&'static str> {
    let mut names = Vec::new();
    let turns = sides.iter().filter_map(|side| side.turns.first());
    for name in turns.flat_map(Turn::names) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

pub(super) fn figures(rounds: &[f64]) -> Option<Value> {
    let Spread { median, least, most } = Spread::of(rounds)?;
    Some(json!({"median": median, "least": least, "most": most, "rounds": rounds}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("Title".into());
        for (ours, theirs) in [(300.0, 100.0), (200.0, 100.0), (110.0, 100.0)] {
            let mut turn = Turn::default();
            turn.add("answers/s", ours);
            turn.add("p99, ms", 1.234);
            table.turn("aisle", turn);
            let mut turn = Turn::default();
            turn.add("answers/s", theirs);
            table.turn("peer", turn);
        }
        table.compare("aisle", "peer", "answers/s");
        assert!(table.compare("aisle", "peer", "p99, ms").is_empty());
        table
    }

    #[test]
    fn the_text_has_medians_spreads_and_ratios() {
        let text = table().text();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = text.lines().map(words).collect();
        for expected in [
            "answers/s 200 [110 – 300] 100 [100 – 100]",
            "p99, ms 1.23 [1.23 – 1.23] –",
            "aisle / peer, answers/s × 2.00 [1.10 – 3.00]",
        ] {
            assert!(lines.iter().any(|line| line == expected), "no `{expected}` in\n{text}");
        }
    }

    #[test]
    fn the_json_has_every_round() {
        let json = table().json();
        assert_eq!(
            json["sides"][0]["figures"]["answers/s"]["rounds"],
            json!([300.0, 200.0, 110.0])
        );
        // What only one side has is not compared.
        assert_eq!(json["ratios"].as_array().unwrap().len(), 1);
        assert_eq!(json["ratios"][0]["figures"]["median"], 2.0);
    }
}
