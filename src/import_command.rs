//! `aisle import`: reads files, shows progress, and has the import done.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aisle_domain::id::Subject;
use aisle_infra::clock::{Clock, SystemClock};
use aisle_infra::journal::JournalStore;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli;
use crate::import::{Catalogue, Houses, Import, ImportError, Imported};
use crate::sample;

/// In how many days the first fixture of the sample catalogue takes place.
const SAMPLE_DAYS_FROM_NOW: u32 = 3;

/// Imports what the command names.
///
/// # Errors
/// If a file cannot be read or makes no sense, or the journal fails.
pub async fn run(
    command: &cli::Import,
    journal: &Arc<dyn JournalStore>,
    organiser: Subject,
) -> Result<Imported, ImportError> {
    let text = String::from_utf8(read(&command.file)?).map_err(|error| ImportError::File {
        path: command.file.clone(),
        source: std::io::Error::other(error),
    })?;
    let catalogue = Catalogue::parse(&text)?;
    let mut houses = match (&command.plan, &command.plans) {
        (Some(file), _) => Houses::from_plans(&[named(file)?], "")?,
        (None, Some(dir)) => Houses::from_plans(&plans_in(dir)?, sample::USUAL_PLAN)?,
        (None, None) => sample::houses()?,
    };
    let import = Import { organiser, days_from_now: command.days_from_now, now: SystemClock.now() };
    with_progress(&import, journal, &catalogue, &mut houses).await
}

/// Imports the sample catalogue, its season moved ahead.
///
/// # Errors
/// If the journal fails.
pub async fn run_sample(
    journal: &Arc<dyn JournalStore>,
    catalogue: &Catalogue,
    organiser: Subject,
) -> Result<Imported, ImportError> {
    let days_from_now = Some(SAMPLE_DAYS_FROM_NOW);
    let import = Import { organiser, days_from_now, now: SystemClock.now() };
    with_progress(&import, journal, catalogue, &mut sample::houses()?).await
}

async fn with_progress(
    import: &Import,
    journal: &Arc<dyn JournalStore>,
    catalogue: &Catalogue,
    houses: &mut Houses,
) -> Result<Imported, ImportError> {
    let bar = bar(catalogue.fixtures().len());
    let shown = |done: Imported| bar.set_position((done.created + done.known) as u64);
    let done = import.run(journal, catalogue, houses, shown).await;
    bar.finish_and_clear();
    done
}

/// A bar on standard error, if somebody looks at it.
fn bar(total: usize) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(total as u64), target);
    let style = "importing {bar:40} {pos}/{len} events, {per_sec}, {eta} left";
    bar.with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

fn plans_in(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, ImportError> {
    let failed = |source| ImportError::File { path: dir.to_owned(), source };
    let mut plans = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.to_string_lossy();
        if name.ends_with(".json") || name.ends_with(".json.zst") {
            plans.push(named(&path)?);
        }
    }
    Ok(plans)
}

/// A plan and its name: that of the file, without endings.
fn named(path: &Path) -> Result<(String, Vec<u8>), ImportError> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = file.split('.').next().unwrap_or_default().to_owned();
    Ok((name, read(path)?))
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    let failed = |source| ImportError::File { path: PathBuf::from(path), source };
    let bytes = std::fs::read(path).map_err(failed)?;
    if path.extension().is_some_and(|ending| ending == "zst") {
        return zstd::decode_all(bytes.as_slice()).map_err(failed);
    }
    Ok(bytes)
}
