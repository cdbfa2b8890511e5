//! A folder of a test's own, removed with the value. What is in it is up to the test.

use std::path::{Path, PathBuf};

/// An empty folder with a short path: sockets in it may have some hundred bytes.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one under the system's temporary folder.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn create() -> Self {
        let name = format!("aisle{:016x}", getrandom::u64().expect("random numbers"));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("a folder of the test's own");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed goes with the temporary folder of the run.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
