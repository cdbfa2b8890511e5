//! `aisle config`: a file of settings to begin with, or what holds and who said so.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::node::Node;
use super::resolve::{Effective, Resolver};
use super::role::ProcessRole;
use super::settings::{self, Setting};

/// What `aisle config` is told.
#[derive(Debug, Clone, Args)]
pub struct ConfigCommand {
    /// Say what holds and where each value comes from, without secrets, and everything that is
    /// wrong; exit status 1 if anything is.
    #[arg(long)]
    pub check: bool,
    /// For which role.
    #[arg(long, value_enum, default_value = "serve", value_name = "ROLE")]
    pub role: ProcessRole,
    /// What holds.
    #[command(flatten)]
    pub settings: AllSettings,
}

/// What flags, variables and the file say about each setting, for every role.
#[derive(Debug, Clone)]
pub struct AllSettings(Vec<(ProcessRole, Checked)>);

/// What holds, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Every setting of the role.
    pub effective: Vec<Effective>,
    /// Everything that is wrong.
    pub problems: Vec<String>,
}

impl ConfigCommand {
    /// What holds for the role that was asked about.
    #[must_use]
    pub fn checked(&self) -> Option<&Checked> {
        self.settings.0.iter().find(|(role, _)| *role == self.role).map(|(_, checked)| checked)
    }
}

impl Checked {
    /// A table: setting, value, where it comes from.
    #[must_use]
    pub fn table(&self) -> String {
        let shown = |line: &Effective| line.value.clone().unwrap_or_else(|| "–".to_owned());
        let width = |text: fn(&Effective) -> usize| self.effective.iter().map(text).max();
        let key = width(|line| line.key.len()).unwrap_or(0);
        let value = self.effective.iter().map(|line| shown(line).chars().count()).max();
        let value = value.unwrap_or(0);
        let line = |line: &Effective| {
            format!("{:key$}  {:value$}  {}\n", line.key, shown(line), line.source)
        };
        self.effective.iter().map(line).collect()
    }
}

impl Args for AllSettings {
    fn augment_args(command: Command) -> Command {
        command.args(settings::ALL.into_iter().map(Setting::arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for AllSettings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        use ProcessRole::{Command, Project, Query, Relay, Serve};
        let checked = |role| {
            let mut from = Resolver::new(matches);
            Node::read(role, &mut from);
            let (effective, problems) = from.finish();
            (role, Checked { effective, problems })
        };
        Ok(Self([Serve, Command, Query, Project, Relay].map(checked).into()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A file of settings to begin with: each with its meaning, and what holds without it.
#[must_use]
pub fn template() -> String {
    let mut text = "# Settings of Aisle. Flags and variables of the environment go before them.\n\
                    # One file may serve all roles; each takes what concerns it.\n"
        .to_owned();
    for setting in settings::ALL {
        let default = setting.default.unwrap_or("");
        text.push_str(&format!("\n# {}\n# {} = \"{default}\"\n", setting.help, setting.key));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command};
    use super::*;
    use clap::Parser as _;

    fn config(arguments: &[&str]) -> ConfigCommand {
        let all = ["aisle", "config", "--check"].iter().chain(arguments);
        match Cli::try_parse_from(all).unwrap().command {
            Some(Command::Config(config)) => config,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_check_says_what_holds_and_who_said_so() {
        let config = config(&["--listen", "127.0.0.1:1", "--database-url", "postgres://a:b@h/d"]);
        let checked = config.checked().unwrap();
        assert!(checked.problems.is_empty(), "{checked:?}");
        let table = checked.table();
        let line = |key: &str| {
            let line = table.lines().find(|line| line.starts_with(key)).unwrap();
            line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(line("listen"), ["127.0.0.1:1", "--listen"]);
        assert_eq!(line("database_url"), ["postgres://…@h/d", "--database-url"]);
        assert_eq!(line("cell"), ["main", "default"]);
        assert_eq!(line("token_key"), ["–", "absent"]);
    }

    #[test]
    fn the_check_finds_all_problems_of_a_role() {
        let config = config(&["--role", "relay", "--listen", "nowhere"]);
        assert_eq!(config.checked().unwrap().problems.len(), 3, "{config:?}");
    }

    #[test]
    fn the_template_says_nothing_until_it_is_edited_and_everything_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aisle.toml");
        let path = path.to_str().unwrap();
        std::fs::write(path, template()).unwrap();
        assert_eq!(config(&["--config", path]).checked().unwrap().problems, [""; 0]);
        let uncommented = template().replace("\n# listen", "\nlisten");
        std::fs::write(path, uncommented.replace("127.0.0.1:8080", "127.0.0.1:81")).unwrap();
        let table = config(&["--config", path]).checked().unwrap().table();
        assert!(table.contains("127.0.0.1:81"), "{table}");
    }
}
