//! `aisle rebuild`: builds read models anew and says whether they are what was read.

use std::io::IsTerminal;
use std::sync::Arc;

use aisle_infra::journal::JournalStore;
use aisle_infra::plans::JournalPlans;
use aisle_projections::rebuild::{
    Afterwards, RebuildError, RebuildProgress, RebuildReport, Rebuildable, rebuild,
};
use aisle_projections::{search, seat_map};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli;
use crate::stores::OpenError;

/// The name that stands for every read model.
const ALL: &str = "all";

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
    let mut reports = Vec::with_capacity(chosen.len());
    for what in chosen {
        reports.push(one(&*what, &*journal, command).await?);
    }
    Ok(reports)
}

async fn one(
    what: &dyn Rebuildable,
    journal: &dyn JournalStore,
    command: &cli::Rebuild,
) -> Result<RebuildReport, CommandError> {
    let afterwards = if command.compare_only { Afterwards::Discard } else { Afterwards::Swap };
    let bar = bar(what.name());
    let shown = |progress: RebuildProgress| {
        bar.set_length(progress.target);
        bar.set_position(progress.position);
    };
    let report = rebuild(what, journal, afterwards, shown).await;
    bar.finish_and_clear();
    report.map_err(|source| CommandError::Rebuild { name: what.name(), source })
}

fn bar(name: &'static str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = "{msg} {bar:40} {pos}/{len} facts, {per_sec}, {eta} left";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, target).with_style(style).with_message(name)
}
