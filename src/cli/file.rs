//! The file of settings: TOML, a setting a line.
//!
//! It knows which names there are, and nothing of what their values mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat, Source as _, Value, ValueKind};

use super::settings;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    path: PathBuf,
    values: BTreeMap<String, String>,
}

impl SettingsFile {
    /// Reads a file. What is wrong with it is added to the problems, and left out.
    pub(super) fn read(path: &Path, problems: &mut Vec<String>) -> Self {
        let place = path.display();
        let source = File::new(&path.to_string_lossy(), FileFormat::Toml);
        let said = Config::builder().add_source(source).build().and_then(|file| file.collect());
        let mut values = BTreeMap::new();
        match said {
            Err(error) => problems.push(format!("{place}: {error}")),
            Ok(said) => {
                for (key, value) in said.into_iter().collect::<BTreeMap<_, _>>() {
                    match known(&key).and_then(|()| text(&key, value)) {
                        Ok(value) => drop(values.insert(key, value)),
                        Err(problem) => problems.push(format!("{place}: {problem}")),
                    }
                }
            }
        }
        Self { path: path.to_owned(), values }
    }

    /// What it says about a setting.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn known(key: &str) -> Result<(), String> {
    if settings::ALL.iter().any(|setting| setting.key == key) {
        return Ok(());
    }
    let nearest = settings::ALL.iter().min_by_key(|setting| distance(key, setting.key));
    let nearest = nearest.map_or("", |setting| setting.key);
    Err(format!("there is no setting `{key}`; the nearest is `{nearest}`"))
}

/// A value as if it stood in a flag; lists are joined by commas.
fn text(key: &str, value: Value) -> Result<String, String> {
    match value.kind {
        ValueKind::Array(items) => {
            let items: Result<Vec<String>, _> = items.into_iter().map(|v| text(key, v)).collect();
            Ok(items?.join(","))
        }
        ValueKind::Boolean(true) => Ok("yes".to_owned()),
        ValueKind::Boolean(false) => Ok("no".to_owned()),
        _ => value.into_string().map_err(|_| format!("`{key}` is not a text or a number")),
    }
}

/// How many letters must be put in, taken out or replaced to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (SettingsFile, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aisle.toml");
        std::fs::write(&path, text).unwrap();
        let mut problems = Vec::new();
        (SettingsFile::read(&path, &mut problems), problems)
    }

    #[test]
    fn values_of_every_kind_read_as_in_flags() {
        let (file, problems) = read(
            "data = 'd'\nsample = false\nguests = \"yes\"\nstream_replicas = 3\n\
             nats_url = ['nats://a', 'nats://b']\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        let said = |key| file.value(key).unwrap();
        assert_eq!(
            (said("data"), said("sample"), said("guests")),
            ("d".into(), "no".into(), "yes".into())
        );
        assert_eq!(
            (said("stream_replicas"), said("nats_url")),
            ("3".into(), "nats://a,nats://b".into())
        );
        assert_eq!(file.value("listen"), None);
    }

    #[test]
    fn a_name_that_does_not_exist_is_refused_with_the_nearest_that_does() {
        let (_, problems) = read("database-url = 'x'\nlisen = 'y'\n[guest]\na = 1\n");
        assert_eq!(problems.len(), 3, "{problems:?}");
        for (wrong, right) in
            [("database-url", "database_url"), ("guest", "guests"), ("lisen", "listen")]
        {
            let told = format!("no setting `{wrong}`; the nearest is `{right}`");
            assert!(problems.iter().any(|problem| problem.contains(&told)), "{problems:?}");
        }
    }

    #[test]
    fn a_file_that_is_missing_or_no_toml_is_a_problem() {
        let mut problems = Vec::new();
        SettingsFile::read(Path::new("/nowhere/aisle.toml"), &mut problems);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(read("data = \n").1.len(), 1);
    }
}
