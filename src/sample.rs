//! The sample: real fixtures and seating plans, carried in the binary, so that a first start on a
//! machine with nothing shows a site worth looking at. Its provenance is in data/README.md.

use crate::import::{Catalogue, Houses, ImportError};

const CATALOGUE: &[u8] = include_bytes!("../data/catalogue.jsonl.zst");

const PLANS: [(&str, &[u8]); 3] = [
    ("riethsporthalle", include_bytes!("../data/plans/riethsporthalle.json.zst")),
    ("arena", include_bytes!("../data/plans/arena.json.zst")),
    ("stadium", include_bytes!("../data/plans/stadium.json.zst")),
];

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
