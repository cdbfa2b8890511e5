//! The sample: real fixtures and seating plans, carried in the binary, so that a first start on a
//! machine with nothing shows a site worth looking at. Its provenance is in data/README.md.

use aisle_domain::id::EventId;
use aisle_domain::stream::StreamId;
use aisle_infra::journal::{JournalError, JournalStore};
use uuid::Uuid;

use crate::import::{Catalogue, Houses, ImportError};

const CATALOGUE: &[u8] = include_bytes!("../data/catalogue.jsonl.zst");

const PLANS: [(&str, &[u8]); 3] = [
    ("riethsporthalle", include_bytes!("../data/plans/riethsporthalle.json.zst")),
    ("arena", include_bytes!("../data/plans/arena.json.zst")),
    ("stadium", include_bytes!("../data/plans/stadium.json.zst")),
];

/// The first and the last event that an import of the catalogue makes: what tells how far one got
/// without reading the catalogue, which takes most of a second.
const FIRST: EventId = EventId(Uuid::from_u128(0xef18_feb7_4c58_52fc_83f1_93c0_4a7d_3d46));
const LAST: EventId = EventId(Uuid::from_u128(0x9cc5_8586_7a58_570e_94ad_366f_6225_4dc7));

/// What a journal has of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The journal is empty, or an import was broken off: it should have all of it.
    Wanted,
    /// It has all of it, or was begun with something else.
    Settled,
}

/// What a journal has of the sample. The journal itself knows: there is no mark to be lost.
///
/// # Errors
/// If the journal fails.
pub async fn presence(journal: &dyn JournalStore) -> Result<Presence, JournalError> {
    let has =
        async |event| journal.load(&[StreamId::event(event)]).await.map(|facts| !facts.is_empty());
    let wanted = journal.head().await? == 0 || (has(FIRST).await? && !has(LAST).await?);
    Ok(if wanted { Presence::Wanted } else { Presence::Settled })
}

/// The plan for grounds of unknown capacity.
pub const USUAL_PLAN: &str = "arena";

/// The sample catalogue.
///
/// # Errors
/// Never for what is carried in the binary.
pub fn catalogue() -> Result<Catalogue, ImportError> {
    let text = String::from_utf8(unpack("catalogue", CATALOGUE)?).map_err(|error| {
        let source = std::io::Error::other(error);
        ImportError::File { path: "catalogue".into(), source }
    })?;
    Ok(Catalogue::parse(&text)?)
}

/// Houses cut from the sample plans.
///
/// # Errors
/// Never for what is carried in the binary.
pub fn houses() -> Result<Houses, ImportError> {
    let plan = |(name, packed): &(&str, &[u8])| Ok(((*name).to_owned(), unpack(name, packed)?));
    let plans: Vec<_> = PLANS.iter().map(plan).collect::<Result<_, ImportError>>()?;
    Ok(Houses::from_plans(&plans, USUAL_PLAN)?)
}

fn unpack(name: &str, packed: &[u8]) -> Result<Vec<u8>, ImportError> {
    zstd::decode_all(packed).map_err(|source| ImportError::File { path: name.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::event_ids;

    #[test]
    fn the_first_and_the_last_event_are_those_of_the_catalogue() {
        let ids = event_ids(&catalogue().unwrap());
        assert_eq!((ids.first(), ids.last()), (Some(&FIRST), Some(&LAST)));
    }
}
