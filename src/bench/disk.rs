//! How much room there is on the disk of a folder, asked of `df`.

use std::path::Path;
use std::process::Command;

use super::postgres::done;
use super::{BenchError, say};

const GIGABYTE: u64 = 1_000_000_000;

/// Says how much is needed, and refuses to go on if there is not as much.
pub(super) fn need(folder: &Path, bytes: u64) -> Result<(), BenchError> {
    let mut df = Command::new("df");
    let said = done(df.args(["--output=avail", "--block-size=1"]).arg(folder), "df")?;
    let free: Option<u64> = said.lines().nth(1).and_then(|line| line.trim().parse().ok());
    let free = free.ok_or(BenchError::Program { program: "df".into(), said })?;
    let (needed, place) = (bytes.div_ceil(GIGABYTE), folder.display().to_string());
    if free < bytes {
        return Err(BenchError::NoRoom { place, needed, free: free / GIGABYTE });
    }
    say(&format!("needs {needed} GB of the {} GB that are free in {place}", free / GIGABYTE));
    Ok(())
}
