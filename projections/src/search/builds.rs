//! Where builds of the index lie: `<dir>/<version>-<build>/`, and `CURRENT`, which names the one
//! in use.
//!
//! It opens no index. A build is never repaired: what cannot be read is left behind, and a new
//! build is made.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

const CURRENT: &str = "CURRENT";

/// What a build on its way out is called, before its name.
const AWAY: &str = "REMOVED-";

/// The name of a build: the version of the fold, and a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildName {
    /// The version of the fold and of the index's shape.
    pub version: u32,
    /// Counts the builds of that version, from 1.
    pub build: u32,
}

impl fmt::Display for BuildName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.version, self.build)
    }
}

impl FromStr for BuildName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (version, build) = text.trim().split_once('-').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self { version: number(version)?, build: number(build)? })
    }
}

/// The directory of all builds.
#[derive(Debug, Clone)]
pub(super) struct Builds {
    dir: PathBuf,
}

impl Builds {
    /// Makes the directory if there is none.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The build in use, if the pointer can be read.
    pub(super) fn current(&self) -> Option<BuildName> {
        fs::read_to_string(self.dir.join(CURRENT)).ok()?.parse().ok()
    }

    /// Where a build lies.
    pub(super) fn path(&self, name: BuildName) -> PathBuf {
        self.dir.join(name.to_string())
    }

    /// Makes room for one more build of a version.
    pub(super) fn create_next(&self, version: u32) -> io::Result<BuildName> {
        // Somebody may have removed it since it was opened.
        fs::create_dir_all(&self.dir)?;
        let last = self.names()?.into_iter().filter(|name| name.version == version).max();
        let build = last.map_or(1, |name| name.build + 1);
        let name = BuildName { version, build };
        fs::create_dir(self.path(name))?;
        Ok(name)
    }

    /// Puts a build into use, durably, all or nothing.
    pub(super) fn make_current(&self, name: BuildName) -> io::Result<()> {
        let draft = self.dir.join("CURRENT.new");
        let mut file = File::create(&draft)?;
        writeln!(file, "{name}")?;
        file.sync_all()?;
        fs::rename(&draft, self.dir.join(CURRENT))?;
        File::open(&self.dir)?.sync_all()
    }

    /// Removes the builds before the one in use, and what is left of such as were being removed
    /// when somebody was killed. Later ones may be in the making.
    pub(super) fn remove_before(&self, current: BuildName) -> io::Result<()> {
        for name in self.names()?.into_iter().filter(|name| *name < current) {
            self.remove(name)?;
        }
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(AWAY)) {
                gone(fs::remove_dir_all(entry.path()))?;
            }
        }
        Ok(())
    }

    /// Removes a build that is not in use. Segments may still be merged in it, which outlives who
    /// wrote the index: so first it is put where nobody adds to it.
    pub(super) fn remove(&self, name: BuildName) -> io::Result<()> {
        let away = self.dir.join(format!("{AWAY}{name}"));
        fs::rename(self.path(name), &away)?;
        gone(fs::remove_dir_all(away))
    }

    fn names(&self) -> io::Result<Vec<BuildName>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            names.extend(
                entry?.file_name().to_str().and_then(|name| name.parse::<BuildName>().ok()),
            );
        }
        Ok(names)
    }
}

/// Another process may have been quicker.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(
        |error| {
            if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
        },
    )
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_build_is_removed_although_somebody_still_writes_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let builds = Builds::open(folder.path()).unwrap();
        for _ in 0..50 {
            let name = builds.create_next(1).unwrap();
            let path = builds.path(name);
            let first = path.join("0");
            let merging = thread::spawn(move || {
                (0..).find(|file| File::create(path.join(file.to_string())).is_err())
            });
            while !first.exists() {
                thread::yield_now();
            }
            builds.remove(name).unwrap();
            merging.join().unwrap();
            assert_eq!(builds.names().unwrap(), []);
        }
    }

    #[test]
    fn what_was_left_half_removed_goes_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let builds = Builds::open(folder.path()).unwrap();
        let left = folder.path().join("REMOVED-1-1");
        fs::create_dir(&left).unwrap();
        let current = builds.create_next(1).unwrap();
        builds.remove_before(current).unwrap();
        assert!(!left.exists());
        assert_eq!(builds.names().unwrap(), [current]);
    }
}
