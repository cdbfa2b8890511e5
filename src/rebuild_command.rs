//! `aisle rebuild`: builds read models anew and says whether they are what was read.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_infra::plans::JournalPlans;
use aisle_projections::rebuild::{
    Afterwards, RebuildError, RebuildProgress, RebuildReport, Rebuildable, rebuild_all,
};
use aisle_projections::{search, seat_map};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli;
use crate::stores::OpenError;

/// The name that stands for every read model.
const ALL: &str = "all";

/// How often a rebuild says how far it is where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Why a rebuild was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such read model.
    #[error("there is no read model `{wanted}`; there are {known}, and `all`")]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// A store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It failed. What was read before is read still.
    #[error("rebuilding {name} failed")]
    Rebuild {
        /// Which.
        name: &'static str,
        /// Why.
        #[source]
        source: RebuildError,
    },
}

/// Rebuilds what the command names.
///
/// # Errors
/// If there is no such read model, a store fails, or the journal makes no sense to it.
pub async fn run(command: &cli::Rebuild) -> Result<Vec<RebuildReport>, CommandError> {
    let journal = command.stores.open_journal().await?;
    let views = command.stores.open_views().await?;
    let plans = Arc::new(JournalPlans::new(journal.clone()));
    let mut all = views.rebuildables(plans.clone());
    all.push(seat_map::rebuildable(views.store(), plans));
    all.push(search::rebuildable(&command.stores.search_folder()));
    let known = all.iter().map(|what| what.name()).collect::<Vec<_>>().join(", ");
    let wanted = |name: &str| command.projection == ALL || name == command.projection;
    let chosen: Vec<_> = all.into_iter().filter(|what| wanted(what.name())).collect();
    if chosen.is_empty() {
        return Err(CommandError::Unknown { wanted: command.projection.clone(), known });
    }
    let chosen: Vec<&dyn Rebuildable> = chosen.iter().map(|what| &**what).collect();
    let afterwards = if command.compare_only { Afterwards::Discard } else { Afterwards::Swap };
    let mut progress = Progress::new(&command.projection);
    let done = rebuild_all(&chosen, &*journal, afterwards, |now| progress.say(now)).await;
    progress.end();
    let told = |(name, report): (_, Result<_, _>)| {
        report.map_err(|source| CommandError::Rebuild { name, source })
    };
    done.into_iter().map(told).collect()
}

/// What is said of a rebuild while it goes on: a bar on a terminal, else a line now and then.
struct Progress {
    bar: Option<ProgressBar>,
    said: Instant,
}

impl Progress {
    fn new(name: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(name));
        Self { bar, said: Instant::now() }
    }

    fn say(&mut self, now: RebuildProgress) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(now.target);
                bar.set_position(now.position);
            }
            None if self.said.elapsed() >= BETWEEN_LINES => {
                self.said = Instant::now();
                say(&line(now));
            }
            None => {}
        }
    }

    fn end(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn bar(name: &str) -> ProgressBar {
    let style = "{msg} {bar:40} {human_pos}/{human_len} facts, {per_sec}, {eta} left";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(name.to_owned())
}

fn line(now: RebuildProgress) -> String {
    let left = now.target.saturating_sub(now.position) as f64 / now.rate.max(1.0);
    format!(
        "rebuilt up to {} of {} facts, {:.0}/s, {left:.0} s left",
        now.position, now.target, now.rate,
    )
}

#[expect(clippy::print_stderr, reason = "standard error is where people are talked to")]
fn say(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_fast_and_how_long_still() {
        let now = RebuildProgress { position: 400_000, target: 1_000_000, rate: 120_000.4 };
        assert_eq!(line(now), "rebuilt up to 400000 of 1000000 facts, 120000/s, 5 s left");
        let begun = RebuildProgress { position: 0, target: 10, rate: 0.0 };
        assert_eq!(line(begun), "rebuilt up to 0 of 10 facts, 0/s, 10 s left");
    }
}
