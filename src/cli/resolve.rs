//! What holds: flags go before variables of the environment, these before the file of settings,
//! and this before what is built in.
//!
//! All problems are gathered before any is told.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ArgMatches;
use clap::error::ErrorKind;
use clap::parser::ValueSource;

use super::file::SettingsFile;
use super::settings::Setting;

/// A setting, what holds, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The setting's name in the file.
    pub key: &'static str,
    /// Its value, fit to be seen; none if it is absent.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: String,
}

/// Finds out what holds.
pub(super) struct Resolver<'a> {
    matches: &'a ArgMatches,
    file: Option<SettingsFile>,
    effective: Vec<Effective>,
    problems: Vec<String>,
}

impl<'a> Resolver<'a> {
    /// Over what clap made of flags and variables. Reads the file, if one is named.
    pub(super) fn new(matches: &'a ArgMatches) -> Self {
        let mut problems = Vec::new();
        let path = matches.try_get_one::<PathBuf>("config").ok().flatten();
        let path = path.filter(|path| !path.as_os_str().is_empty());
        let file = path.map(|path| SettingsFile::read(path, &mut problems));
        Self { matches, file, effective: Vec::new(), problems }
    }

    /// A setting that may be absent. One that makes no sense is a problem, and absent.
    pub(super) fn optional<T: FromStr>(&mut self, setting: &'static Setting) -> Option<T> {
        let (text, source) = self.text(setting);
        let shown = text.as_deref().map(|text| setting.show(text));
        let value = text.and_then(|text| {
            let parsed = text.parse().ok();
            if parsed.is_none() {
                let (key, expected) = (setting.key, setting.expected);
                let shown = setting.show(&text);
                self.problem(format!("{key} ({source}): `{shown}` is not {expected}"));
            }
            parsed
        });
        self.effective.push(Effective { key: setting.key, value: shown, source });
        value
    }

    /// A setting that has a default.
    pub(super) fn value<T: FromStr>(&mut self, setting: &'static Setting) -> T {
        let built_in = || setting.default.and_then(|default| default.parse().ok());
        let value = self.optional(setting).or_else(built_in);
        value.unwrap_or_else(|| unreachable!("the default of {} makes sense", setting.key))
    }

    pub(super) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// What holds, and all problems.
    pub(super) fn finish(self) -> (Vec<Effective>, Vec<String>) {
        (self.effective, self.problems)
    }

    /// All problems as one error.
    pub(super) fn check(self) -> Result<(), clap::Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let text = format!("the settings make no sense:\n  {}\n", self.problems.join("\n  "));
        Err(clap::Error::raw(ErrorKind::ValueValidation, text))
    }

    fn text(&mut self, setting: &'static Setting) -> (Option<String>, String) {
        let given = self.matches.try_get_one::<std::ffi::OsString>(setting.key).ok().flatten();
        let given = given.map(|text| text.to_string_lossy().into_owned());
        match (given, self.matches.value_source(setting.key)) {
            (Some(text), Some(ValueSource::CommandLine)) => {
                return (Some(text), format!("--{}", setting.flag));
            }
            // Empty is absent: what starts containers cannot always leave a variable out.
            (Some(text), _) if !text.is_empty() => {
                return (Some(text), setting.variable.to_owned());
            }
            _ => {}
        }
        if let Some(file) = &self.file
            && let Some(text) = file.value(setting.key)
        {
            return (Some(text), file.path().display().to_string());
        }
        match setting.default {
            Some(default) => (Some(default.to_owned()), "default".to_owned()),
            None => (None, "absent".to_owned()),
        }
    }
}
