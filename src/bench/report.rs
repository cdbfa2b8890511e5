//! What a bench reports: its tables, the goals beside what was reached, what was checked and on
//! what it ran; as text or as JSON.

use serde_json::{Map, Value, json};

use super::goal::Goal;
use super::layout::{aligned, of_ratio};
use super::table::{Table, figures};
use crate::cli::Format;

/// Something besides figures, line by line: what, and what of it.
#[derive(Debug, Clone)]
struct List {
    title: String,
    lines: Vec<(String, String)>,
}

/// What a bench found.
#[derive(Debug, Clone)]
pub struct Report {
    setting: Vec<(&'static str, String)>,
    tables: Vec<Table>,
    lists: Vec<List>,
    checks: Vec<String>,
    notes: Vec<&'static str>,
}

impl Report {
    pub(super) fn new(setting: Vec<(&'static str, String)>) -> Self {
        Self {
            setting,
            tables: Vec::new(),
            lists: Vec::new(),
            checks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a table that is complete.
    pub(super) fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds what is no figure of every round.
    pub(super) fn list(&mut self, title: String, lines: Vec<(String, String)>) {
        self.lists.push(List { title, lines });
    }

    /// Notes what was found to be in order. Said once, however often it was checked.
    pub(super) fn checked(&mut self, what: String) {
        if !self.checks.contains(&what) {
            self.checks.push(what);
        }
    }

    /// Says what a reader must know to judge the figures. Said once.
    pub(super) fn note(&mut self, what: &'static str) {
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// A line on what it ran on.
    pub(super) fn set(&mut self, name: &'static str, what: String) {
        self.setting.push((name, what));
    }

    /// Whether nothing was measured yet.
    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// The report as text.
    ///
    /// # Errors
    /// Never: all figures are numbers.
    pub fn print(&self, format: Format) -> Result<String, serde_json::Error> {
        match format {
            Format::Table => Ok(self.text()),
            Format::Json => serde_json::to_string_pretty(&self.json()),
        }
    }

    fn goals(&self) -> impl Iterator<Item = &Goal> {
        self.tables.iter().flat_map(|table| table.goals())
    }

    fn text(&self) -> String {
        let mut text = self.tables.iter().map(Table::text).collect::<Vec<_>>().join("\n\n");
        let head = ["goals", "reached", "goal", ""].map(str::to_owned).to_vec();
        let row = |goal: &Goal| {
            let reached = goal.reached().map_or_else(|| "–".to_owned(), of_ratio);
            vec![goal.what.clone(), reached, goal.bound.describe(), goal.verdict().to_owned()]
        };
        let rows: Vec<_> = self.goals().map(row).collect();
        if !rows.is_empty() {
            text.push_str(&format!("\n\n{}", aligned(&[vec![head], rows].concat())));
        }
        for List { title, lines } in &self.lists {
            let lines: Vec<_> =
                lines.iter().map(|(what, of)| vec![what.clone(), of.clone()]).collect();
            text.push_str(&format!("\n\n{title}\n\n{}", aligned(&lines)));
        }
        text.push_str("\nMedian of all rounds [least – most].\n");
        self.notes.iter().for_each(|what| text.push_str(&format!("note: {what}\n")));
        self.setting.iter().for_each(|(name, what)| text.push_str(&format!("{name}: {what}\n")));
        self.checks.iter().for_each(|what| text.push_str(&format!("checked: {what}\n")));
        text.trim_end().to_owned()
    }

    fn json(&self) -> Value {
        let goal = |goal: &Goal| {
            json!({"what": goal.what, "goal": goal.bound, "verdict": goal.verdict(),
                "reached": figures(&goal.rounds)})
        };
        let list = |list: &List| {
            let lines = list.lines.iter().map(|(what, of)| json!({"what": what, "of": of}));
            json!({"title": list.title, "lines": lines.collect::<Vec<_>>()})
        };
        let setting = self.setting.iter().map(|(name, what)| ((*name).to_owned(), json!(what)));
        json!({
            "tables": self.tables.iter().map(Table::json).collect::<Vec<_>>(),
            "lists": self.lists.iter().map(list).collect::<Vec<_>>(),
            "goals": self.goals().map(goal).collect::<Vec<_>>(),
            "notes": self.notes,
            "setting": setting.collect::<Map<_, _>>(),
            "checks": self.checks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::goal::Bound;
    use super::*;

    #[test]
    fn a_goal_stands_beside_what_was_reached() {
        let mut report = Report::new(vec![("machine", "a box".into())]);
        let mut table = Table::new("Title".into());
        table.goal("holds / crud", Bound::AtLeast(2.0), vec![1.0, 3.0, 2.5]);
        report.add(table);
        report.note("read this");
        report.note("read this");
        let text = report.print(Format::Table).unwrap();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = text.lines().map(words).collect();
        assert!(
            lines.contains(&"holds / crud 2.50 [1.00 – 3.00] ≥ 2 reached".to_owned()),
            "{text}"
        );
        assert!(lines.contains(&"machine: a box".to_owned()), "{text}");
        assert_eq!(text.matches("read this").count(), 1);
        let json: Value = serde_json::from_str(&report.print(Format::Json).unwrap()).unwrap();
        assert_eq!(json["goals"][0]["verdict"], "reached");
        assert_eq!(json["goals"][0]["reached"]["rounds"], json!([1.0, 3.0, 2.5]));
    }
}
