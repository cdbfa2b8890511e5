//! Where builds of the index lie: `<dir>/<version>-<build>/`, and `CURRENT`, which names the one
//! in use.
//!
//! It opens no index. A build is never repaired: what cannot be read is left behind, and a new
//! build is made from position 0.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

const CURRENT: &str = "CURRENT";

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

    /// Removes the builds before the one in use. Later ones may be in the making.
    pub(super) fn remove_before(&self, current: BuildName) -> io::Result<()> {
        for name in self.names()?.into_iter().filter(|name| *name < current) {
            fs::remove_dir_all(self.path(name))?;
        }
        Ok(())
    }

    /// Removes a build that is not in use.
    pub(super) fn remove(&self, name: BuildName) -> io::Result<()> {
        fs::remove_dir_all(self.path(name))
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
