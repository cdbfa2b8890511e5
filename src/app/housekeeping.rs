//! What is done beside answering: the sample at the first start, forgetting old answers.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::id::Subject;
use aisle_infra::clock::{Clock, after};
use aisle_infra::journal::JournalStore;
use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::sample::Presence;
use crate::{import_command, sample};

/// Who the sample's events belong to.
const SAMPLE_ORGANISER: &str = "organiser";

/// How long the answer to an idempotency key is kept: twice what clients are promised.
const KEEP_ANSWERS: SignedDuration = SignedDuration::from_hours(48);

/// How often old answers are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// Forgets answers to idempotency keys, once an hour, when they are old enough.
pub(super) fn forget_old_answers(
    journal: Arc<dyn JournalStore>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let work = async move {
        loop {
            let old = after(clock.now(), -KEEP_ANSWERS);
            match journal.forget_answers(old).await {
                Ok(0) => {}
                Ok(answers) => tracing::info!(answers, "forgot old answers"),
                Err(error) => tracing::warn!(%error, "old answers are kept for now"),
            }
            tokio::time::sleep(FORGET_EVERY).await;
        }
    };
    tokio::spawn(async move {
        stop.run_until_cancelled_owned(work).await;
    })
}

/// Imports the sample catalogue into an empty journal, or goes on where an earlier start was broken
/// off. A journal with other events only is left alone.
pub(super) async fn bring_sample(journal: &Arc<dyn JournalStore>) -> Result<(), StartError> {
    if sample::presence(&**journal).await? == Presence::Settled {
        return Ok(());
    }
    let catalogue = sample::catalogue().map_err(StartError::Sample)?;
    tracing::info!("importing the sample catalogue");
    let organiser = Subject::try_new(SAMPLE_ORGANISER).unwrap_or_else(|_| unreachable!());
    let done = import_command::run_sample(journal, &catalogue, organiser)
        .await
        .map_err(StartError::Sample)?;
    tracing::info!(events = done.created, "imported the sample catalogue");
    Ok(())
}
