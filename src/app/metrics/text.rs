//! The text format of Prometheus.

use std::fmt::Write as _;

/// Figures as text.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    /// The family that was begun last: its samples must be together.
    family: &'static str,
}

/// A name and a value.
pub(super) type Label<'a> = (&'static str, &'a str);

impl Text {
    /// A figure that only grows.
    pub(super) fn counter(&mut self, name: &'static str, help: &str, labels: &[Label], value: f64) {
        self.family(name, "counter", help);
        self.sample(name, labels, value);
    }

    /// A figure that comes and goes.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str, labels: &[Label], value: f64) {
        self.family(name, "gauge", help);
        self.sample(name, labels, value);
    }

    /// Begins a family, unless its samples are being said.
    pub(super) fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        if self.family != name {
            self.family = name;
            self.text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        }
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[Label], value: f64) {
        self.text.push_str(name);
        for (i, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{}{label}=\"{text}\"", if i == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }
}
