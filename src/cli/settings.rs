//! The settings: one table of what can be set by a flag, a variable of the environment or the file
//! of settings, and of what holds where none of them says anything.
//!
//! It reads none of them; `resolve` does.

use std::path::PathBuf;

use clap::Arg;

use super::account_settings::{
    INSECURE_COOKIES, MAIL_FROM, SITE_URL, SMTP_URL, TRUST_PROXY, VAULT_KEY,
};
use super::oidc_settings::{
    OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_ISSUER, OIDC_NAME, OIDC_SCOPES, OIDC_TRUST_EMAIL,
};

/// Something that can be set.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file.
    pub key: &'static str,
    /// Its flag, without the dashes.
    pub flag: &'static str,
    /// Its variable.
    pub variable: &'static str,
    /// What stands for its value in help.
    pub value_name: &'static str,
    /// What holds if nobody says anything.
    pub default: Option<&'static str>,
    /// What a value must be, to go on from "is not".
    pub expected: &'static str,
    /// How its value may be shown.
    pub shown: Shown,
    /// What it is for.
    pub help: &'static str,
}

/// How a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    AsItIs,
    /// Without the passwords of its URLs.
    WithoutPasswords,
    /// Not at all.
    Hidden,
}

/// The folder of a process.
pub static DATA: Setting = Setting {
    key: "data",
    flag: "data",
    variable: "AISLE_DATA",
    value_name: "DIR",
    default: Some("aisle-data"),
    expected: "a folder",
    shown: Shown::AsItIs,
    help: "The folder for keys, the search index and, without a database, the journal and the \
           read models (SQLite). Created if it is missing. Each process has its own.",
};

/// The database.
pub static DATABASE_URL: Setting = Setting {
    key: "database_url",
    flag: "database-url",
    variable: "AISLE_DATABASE_URL",
    value_name: "URL",
    default: None,
    expected: "a URL such as postgres://user:password@host/database",
    shown: Shown::WithoutPasswords,
    help: "Keep the journal and the read models in this PostgreSQL (15 or later) instead: \
           postgres://user:password@host/database. Others see flags: give a password by the \
           variable or the file.",
};

/// The key of tokens.
pub static TOKEN_KEY: Setting = Setting {
    key: "token_key",
    flag: "token-key",
    variable: "AISLE_TOKEN_KEY",
    value_name: "KEY",
    default: None,
    expected: "32 bytes as hexadecimal or Base64 text",
    shown: Shown::Hidden,
    help: "What tokens are signed with, the same in all processes: 32 bytes as hexadecimal or \
           Base64. Absent: token.key in the data folder. Others see flags: use the variable or \
           the file.",
};

/// The key of webhooks.
pub static WEBHOOK_KEY: Setting = Setting {
    key: "webhook_key",
    flag: "webhook-key",
    variable: "AISLE_WEBHOOK_KEY",
    value_name: "KEY",
    default: None,
    expected: "32 bytes as hexadecimal or Base64 text",
    shown: Shown::Hidden,
    help: "What the payment provider signs its webhooks with, the same in all processes that take \
           commands. Absent: webhook.key in the data folder.",
};

/// The address.
pub static LISTEN: Setting = Setting {
    key: "listen",
    flag: "listen",
    variable: "AISLE_LISTEN",
    value_name: "ADDRESS",
    default: Some("127.0.0.1:8080"),
    expected: "an address such as 127.0.0.1:8080 or [::]:8080",
    shown: Shown::AsItIs,
    help: "The address to listen on; port 0 takes a free one.",
};

/// Whether the sample is wanted by whoever serves everything.
pub static SAMPLE: Setting = Setting {
    key: "sample",
    flag: "sample",
    variable: "AISLE_SAMPLE",
    value_name: "yes|no",
    default: Some("yes"),
    expected: "yes or no",
    shown: Shown::AsItIs,
    help: "Whether a journal that is empty gets the sample catalogue.",
};

/// The same for whoever takes commands only.
pub static SAMPLE_IF_ASKED_FOR: Setting = Setting { default: Some("no"), ..copy(&SAMPLE) };

/// Whether there are guests.
pub static GUESTS: Setting = Setting {
    key: "guests",
    flag: "guests",
    variable: "AISLE_GUESTS",
    value_name: "yes|no",
    default: Some("yes"),
    expected: "yes or no",
    shown: Shown::AsItIs,
    help: "Whether visitors without a token may buy as guests.",
};

/// NATS.
pub static NATS_URL: Setting = Setting {
    key: "nats_url",
    flag: "nats-url",
    variable: "AISLE_NATS_URL",
    value_name: "URL,…",
    default: None,
    expected: "a list of servers such as nats://a.example:4222,nats://b.example:4222",
    shown: Shown::WithoutPasswords,
    help: "The servers of one NATS with JetStream, separated by commas. Who reads follows the \
           journal by it, and asks the database where it is absent or away.",
};

/// The cell.
pub static CELL: Setting = Setting {
    key: "cell",
    flag: "cell",
    variable: "AISLE_CELL",
    value_name: "NAME",
    default: Some("main"),
    expected: "1 to 32 lower-case letters, digits and hyphens",
    shown: Shown::AsItIs,
    help: "The name of this journal on NATS, where several may share one NATS.",
};

/// The copies that JetStream keeps.
pub static STREAM_REPLICAS: Setting = Setting {
    key: "stream_replicas",
    flag: "stream-replicas",
    variable: "AISLE_STREAM_REPLICAS",
    value_name: "N",
    default: Some("1"),
    expected: "a number from 1 to 5",
    shown: Shown::AsItIs,
    help: "On how many NATS servers each fact is kept: 3 in production, which needs a cluster.",
};

/// Where commands are taken.
pub static COMMAND_URL: Setting = Setting {
    key: "command_url",
    flag: "command-url",
    variable: "AISLE_COMMAND_URL",
    value_name: "URL,…",
    default: None,
    expected: "a list of addresses such as http://10.0.0.1:8081,http://10.0.0.2:8081",
    shown: Shown::AsItIs,
    help: "Hand commands (whatever is not GET or HEAD) on to these processes, in turn: for a page \
           that works without a reverse proxy. Absent: commands are refused.",
};

/// When a process that shows things says that it is not ready.
pub static STALE_LIMIT: Setting = Setting {
    key: "stale_limit",
    flag: "stale-limit",
    variable: "AISLE_STALE_LIMIT",
    value_name: "SECONDS",
    default: Some("30"),
    expected: "a number of seconds from 1 to 86400",
    shown: Shown::AsItIs,
    help: "For how long what is shown may lie behind the journal, or nobody may know, before \
           /readyz answers 503.",
};

/// Every setting, in the order in which they are told.
pub static ALL: [&Setting; 24] = [
    &DATA,
    &DATABASE_URL,
    &TOKEN_KEY,
    &WEBHOOK_KEY,
    &LISTEN,
    &SAMPLE,
    &GUESTS,
    &VAULT_KEY,
    &SITE_URL,
    &SMTP_URL,
    &MAIL_FROM,
    &INSECURE_COOKIES,
    &TRUST_PROXY,
    &OIDC_ISSUER,
    &OIDC_CLIENT_ID,
    &OIDC_CLIENT_SECRET,
    &OIDC_NAME,
    &OIDC_SCOPES,
    &OIDC_TRUST_EMAIL,
    &NATS_URL,
    &CELL,
    &STREAM_REPLICAS,
    &COMMAND_URL,
    &STALE_LIMIT,
];

impl Setting {
    /// The flag and the variable, as clap reads them: as text, to be checked with all others.
    pub(super) fn arg(&'static self) -> Arg {
        let default = match self.default {
            Some(default) => format!(" [default: {default}]"),
            None => String::new(),
        };
        Arg::new(self.key)
            .long(self.flag)
            .env(self.variable)
            .hide_env_values(true)
            .value_name(self.value_name)
            .value_parser(clap::value_parser!(std::ffi::OsString))
            .help(format!("{}{default}", self.help))
    }

    /// A value, fit to be seen.
    pub(super) fn show(&self, value: &str) -> String {
        match self.shown {
            Shown::AsItIs => value.to_owned(),
            Shown::Hidden => "(hidden)".to_owned(),
            Shown::WithoutPasswords => {
                value.split(',').map(without_password).collect::<Vec<_>>().join(",")
            }
        }
    }
}

const fn copy(setting: &Setting) -> Setting {
    let Setting { key, flag, variable, value_name, default, expected, shown, help } = *setting;
    Setting { key, flag, variable, value_name, default, expected, shown, help }
}

/// A URL without the password, and without the name that stands before it.
pub(crate) fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

/// Where the file of settings is.
pub(super) fn file_arg() -> Arg {
    Arg::new("config")
        .long("config")
        .env("AISLE_CONFIG")
        .hide_env_values(true)
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .global(true)
        .help(
            "A TOML file of settings; flags and variables go before it. `aisle config` prints one",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_and_variable_follow_from_the_key() {
        for setting in ALL {
            assert_eq!(setting.flag, setting.key.replace('_', "-"));
            assert_eq!(setting.variable, format!("AISLE_{}", setting.key.to_uppercase()));
        }
    }

    #[test]
    fn no_password_and_no_key_is_shown() {
        assert_eq!(DATABASE_URL.show("postgres://a:p@ss@h/db"), "postgres://…@h/db");
        assert_eq!(NATS_URL.show("nats://a:b@h:1,nats://i:2"), "nats://…@h:1,nats://i:2");
        assert_eq!(TOKEN_KEY.show("00ff"), "(hidden)");
    }
}
