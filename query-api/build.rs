//! Lists the files of the site, so that one that is added is compiled in without being named.
//!
//! It changes none of them: the site needs no bundler.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What is served, by the ending of its name, with its media type.
const KINDS: [(&str, &str); 3] = [
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("svg", "image/svg+xml"),
];

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where they are so")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("web");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut list = String::from("&[\n");
    for file in files {
        let path = file.path();
        let Some(media) = media_type(&path) else { continue };
        let name = file.file_name();
        let (name, path) = (name.to_string_lossy(), path.display());
        writeln!(
            list,
            "    File {{ name: {name:?}, media: {media:?}, text: include_str!(r\"{path}\") }},"
        )?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), list)?;
    Ok(())
}

fn media_type(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?;
    KINDS.iter().find(|(kind, _)| *kind == ending).map(|(_, media)| *media)
}
