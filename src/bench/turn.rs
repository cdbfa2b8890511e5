//! The figures of one turn of one side of a bench.
//!
//! It knows nothing of rounds and ratios.

/// How many processors somebody kept busy during a turn; unknown where there is no /proc, absent
/// where there is nobody.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Costs {
    pub(super) server: Option<f64>,
    pub(super) database: Option<f64>,
    pub(super) load: Option<f64>,
}

/// Named figures, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Vec<(&'static str, f64)>);

impl Turn {
    pub(super) fn add(&mut self, name: &'static str, figure: f64) {
        self.0.push((name, figure));
    }

    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, figure)| *figure)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
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
