//! The files in `infra/deploy` and the table of settings in docs/OPERATIONS.md fit the program.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use aisle::cli::settings;

use crate::support::setting;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The path of programs, with what `tests/run` has installed before all else.
fn path_with_tools() -> OsString {
    let python = setting("AISLE_TEST_PYTHON");
    let python = python.unwrap_or_else(|| panic!("no Python is named: run the tests by tests/run"));
    let tools = Path::new(&python).parent().unwrap().to_owned();
    let path = setting("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn the_deployment_files_are_what_their_tools_expect() {
    let mut check = Command::new(root().join("infra/deploy/check"));
    let output = check.env("PATH", path_with_tools()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // The tools of those are always there; nginx need not be, nor systemd.
    for file in ["compose.yaml", "Kubernetes manifests", "Containerfile"] {
        assert!(said.contains(&format!("checked: {file}, by")), "{file}:\n{said}");
    }
}

#[test]
fn the_deployment_files_name_settings_that_exist() {
    let mut found = 0;
    for path in files(&root().join("infra/deploy")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("AISLE_").skip(1) {
            let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
            let name = format!("AISLE_{}", &rest[..end.unwrap_or(rest.len())]);
            // Of the units and of the program itself, and no setting of a role.
            let known = ["AISLE_CONFIG", "AISLE_ROLE"].contains(&name.as_str());
            let is_setting = settings::ALL.iter().any(|setting| setting.variable == name);
            assert!(known || is_setting, "{}: {name}", path.display());
            found += 1;
        }
    }
    assert!(found > 20, "only {found} variables were found");
}

#[test]
fn every_setting_is_in_the_table_of_the_manual() {
    let manual = std::fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    for setting in settings::ALL {
        let default = setting.default.map_or_else(|| "–".to_owned(), |value| format!("`{value}`"));
        let line = format!(
            "| `{}` | `--{}` | `{}` | {default} |",
            setting.key, setting.flag, setting.variable
        );
        assert!(manual.contains(&line), "docs/OPERATIONS.md has no line {line}");
    }
}
