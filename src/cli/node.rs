//! What each command that touches a store is told: the settings, read and checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use aisle_infra::relay::{Cell, NatsServers};
use aisle_infra::secret::{Key, Secret, parse_key};
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use super::account_settings::{
    INSECURE_COOKIES, MAIL_FROM, SITE_URL, SMTP_URL, TRUST_PROXY, VAULT_KEY,
};
use super::oidc_settings::OidcSettings;
use super::resolve::Resolver;
use super::role::ProcessRole;
use super::settings::{
    CELL, COMMAND_URL, DATA, DATABASE_URL, GUESTS, LISTEN, NATS_URL, SAMPLE, SAMPLE_IF_ASKED_FOR,
    STALE_LIMIT, STREAM_REPLICAS, Setting, TOKEN_KEY, WEBHOOK_KEY,
};

/// Where Aisle keeps what it knows.
#[derive(Debug, Clone)]
pub struct Stores {
    /// The folder for keys, the search index and, without a database, everything else.
    pub data: PathBuf,
    /// The URL of the PostgreSQL database, if there is one.
    pub database_url: Option<String>,
}

/// Where the key of tokens is.
#[derive(Debug, Clone)]
pub struct TokenKey {
    /// The folder with the key, unless it is given.
    pub data: PathBuf,
    /// The key, if it is given.
    pub key: Option<Key>,
}

/// What a process that serves is told.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it does.
    pub role: ProcessRole,
    /// Where it keeps what it knows.
    pub stores: Stores,
    /// What tokens are signed with, if it is given.
    pub token_key: Option<Key>,
    /// What webhooks are signed with, if it is given.
    pub webhook_key: Option<Key>,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Whether an empty journal gets the sample catalogue.
    pub sample: Choice,
    /// Whether there are guests.
    pub guests: Choice,
    /// What personal data are sealed with, if it is given.
    pub vault_key: Option<Key>,
    /// The site's public address, if it is given.
    pub site_url: Option<String>,
    /// The mail server, if there is one.
    pub smtp_url: Option<Secret<String>>,
    /// Who letters come from.
    pub mail_from: MailFrom,
    /// Whether session cookies go over plain HTTP.
    pub insecure_cookies: Choice,
    /// Whether a proxy says who asks.
    pub trust_proxy: Choice,
    /// By whom people may sign in, but for this site itself.
    pub oidc: Option<OidcSettings>,
    /// NATS, if it is used.
    pub nats: Option<NatsServers>,
    /// The name of the journal on NATS.
    pub cell: Cell,
    /// On how many NATS servers each fact is kept.
    pub stream_replicas: usize,
    /// Who takes commands, where this process does not.
    pub command_urls: Vec<reqwest::Url>,
    /// For how long what it shows may lie behind before it says that it is not ready.
    pub stale_limit: Duration,
}

/// The sender of letters.
pub type MailFrom = aisle_infra::mail::Mailbox;

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl FromStr for Choice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "yes" | "true" => Ok(Self::Yes),
            "no" | "false" => Ok(Self::No),
            _ => Err(()),
        }
    }
}

impl Node {
    /// Reads what a role is told; what makes no sense is left with the resolver.
    pub(super) fn read(role: ProcessRole, from: &mut Resolver<'_>) -> Self {
        let has = |setting: &Setting| role.settings().iter().any(|s| s.key == setting.key);
        let sample = if role == ProcessRole::Command { &SAMPLE_IF_ASKED_FOR } else { &SAMPLE };
        let stores = Stores::read(from);
        let key = |KeyText(key)| key;
        let choice = |from: &mut Resolver<'_>, setting| match has(setting) {
            true => from.value(setting),
            false => Choice::No,
        };
        let node = Self {
            role,
            stores,
            token_key: has(&TOKEN_KEY).then(|| from.optional(&TOKEN_KEY)).flatten().map(key),
            webhook_key: has(&WEBHOOK_KEY).then(|| from.optional(&WEBHOOK_KEY)).flatten().map(key),
            listen: from.value(&LISTEN),
            sample: if has(&SAMPLE) { from.value(sample) } else { Choice::No },
            guests: choice(from, &GUESTS),
            vault_key: has(&VAULT_KEY).then(|| from.optional(&VAULT_KEY)).flatten().map(key),
            site_url: has(&SITE_URL)
                .then(|| from.optional(&SITE_URL))
                .flatten()
                .map(|SiteUrl(url)| url),
            smtp_url: has(&SMTP_URL)
                .then(|| from.optional(&SMTP_URL))
                .flatten()
                .map(|SmtpUrl(url)| Secret::new(url)),
            mail_from: match has(&MAIL_FROM) {
                true => from.value(&MAIL_FROM),
                false => built_in_sender(),
            },
            insecure_cookies: choice(from, &INSECURE_COOKIES),
            trust_proxy: choice(from, &TRUST_PROXY),
            oidc: OidcSettings::read(role, from),
            nats: has(&NATS_URL).then(|| from.optional(&NATS_URL)).flatten(),
            cell: if has(&CELL) { from.value(&CELL) } else { Cell::default() },
            stream_replicas: match has(&STREAM_REPLICAS) {
                true => from.value::<Replicas>(&STREAM_REPLICAS).0,
                false => 1,
            },
            command_urls: match has(&COMMAND_URL) {
                true => from.optional(&COMMAND_URL).map_or_else(Vec::new, |Urls(urls)| urls),
                false => Vec::new(),
            },
            stale_limit: match has(&STALE_LIMIT) {
                true => from.value::<Seconds>(&STALE_LIMIT).0,
                false => Duration::MAX,
            },
        };
        node.check_what_it_needs(from);
        node
    }

    fn check_what_it_needs(&self, from: &mut Resolver<'_>) {
        let (role, name) = (self.role, self.role.name());
        let mut missing = |setting: &Setting, why: &str| {
            let Setting { key, flag, variable, .. } = setting;
            from.problem(format!(
                "{key}: {why}; give --{flag}, {variable} or `{key}` in the file of settings"
            ));
        };
        let apart = matches!(role, ProcessRole::Query | ProcessRole::Project | ProcessRole::Relay);
        if self.stores.database_url.is_none() {
            if apart {
                missing(&DATABASE_URL, &format!("`aisle {name}` needs PostgreSQL"));
            } else if self.nats.is_some() {
                missing(&DATABASE_URL, "what publishes to NATS needs PostgreSQL");
            }
        }
        if role == ProcessRole::Command && self.oidc.is_some() && self.site_url.is_none() {
            missing(&SITE_URL, "the provider that people sign in by leads them back there");
        }
        if role == ProcessRole::Relay && self.nats.is_none() {
            missing(&NATS_URL, "`aisle relay` needs NATS");
        }
    }
}

impl Stores {
    fn read(from: &mut Resolver<'_>) -> Self {
        let data = from.value(&DATA);
        Self { data, database_url: from.optional(&DATABASE_URL).map(|PostgresUrl(url)| url) }
    }
}

/// Makes a group of settings something that clap can flatten into a command.
macro_rules! settings_group {
    ($type:ident, $settings:expr, $read:expr) => {
        impl Args for $type {
            fn augment_args(command: Command) -> Command {
                command.args($settings.into_iter().map(Setting::arg))
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }

        impl FromArgMatches for $type {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                let mut from = Resolver::new(matches);
                let read: fn(&mut Resolver<'_>) -> Self = $read;
                let value = read(&mut from);
                from.check().map(|()| value)
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

settings_group!(Stores, [&DATA, &DATABASE_URL], Stores::read);
settings_group!(TokenKey, [&DATA, &TOKEN_KEY], |from| Self {
    data: from.value(&DATA),
    key: from.optional(&TOKEN_KEY).map(|KeyText(key)| key),
});

/// A role as a command.
macro_rules! role_command {
    ($($(#[$doc:meta])* $type:ident = $role:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $type(pub Node);

        settings_group!($type, ProcessRole::$role.settings(), |from| {
            Self(Node::read(ProcessRole::$role, from))
        });
    )+};
}

role_command! {
    /// `aisle serve`.
    Serve = Serve;
    /// `aisle command`.
    CommandNode = Command;
    /// `aisle query`.
    QueryNode = Query;
    /// `aisle project`.
    ProjectNode = Project;
    /// `aisle relay`.
    RelayNode = Relay;
}

struct PostgresUrl(String);

impl FromStr for PostgresUrl {
    type Err = ();

    fn from_str(url: &str) -> Result<Self, ()> {
        let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
        known.then(|| Self(url.to_owned())).ok_or(())
    }
}

struct SiteUrl(String);

impl FromStr for SiteUrl {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let url: reqwest::Url = text.trim().parse().map_err(drop)?;
        let whole = url.path() == "/" && url.query().is_none() && url.has_host();
        let web = matches!(url.scheme(), "http" | "https");
        (whole && web).then(|| Self(url.as_str().trim_end_matches('/').to_owned())).ok_or(())
    }
}

struct SmtpUrl(String);

impl FromStr for SmtpUrl {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let url: reqwest::Url = text.trim().parse().map_err(drop)?;
        let mail = matches!(url.scheme(), "smtp" | "smtps") && url.has_host();
        mail.then(|| Self(text.trim().to_owned())).ok_or(())
    }
}

/// The sender of a process that sends nothing.
fn built_in_sender() -> MailFrom {
    let text = MAIL_FROM.default.unwrap_or_default();
    text.parse().unwrap_or_else(|_| unreachable!("the default of mail_from makes sense"))
}

struct KeyText(Key);

impl FromStr for KeyText {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        parse_key(text.trim()).map(Self).ok_or(())
    }
}

struct Replicas(usize);

impl FromStr for Replicas {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.parse().map_err(drop)?;
        (1..=5).contains(&number).then_some(Self(number)).ok_or(())
    }
}

struct Seconds(Duration);

impl FromStr for Seconds {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.parse().map_err(drop)?;
        (1..=86_400).contains(&number).then_some(Self(Duration::from_secs(number))).ok_or(())
    }
}

struct Urls(Vec<reqwest::Url>);

impl FromStr for Urls {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let url = |text: &str| {
            let url: reqwest::Url = text.trim().parse().map_err(drop)?;
            // Within a site: TLS ends before the query nodes.
            (url.scheme() == "http" && url.path() == "/").then_some(url).ok_or(())
        };
        text.split(',').map(url).collect::<Result<_, ()>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command};
    use super::*;
    use clap::Parser as _;

    fn file(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aisle.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path.display().to_string())
    }

    fn serve(arguments: &[&str]) -> Result<Node, String> {
        let all = ["aisle", "serve"].iter().chain(arguments);
        match Cli::try_parse_from(all).map_err(|error| error.to_string())?.command {
            Some(Command::Serve(Serve(node))) => Ok(node),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_what_is_built_in() {
        let (_folder, path) = file("listen = '0.0.0.0:99'\nguests = false\n");
        let node = serve(&["--config", &path, "--listen", "127.0.0.1:7"]).unwrap();
        assert_eq!(node.listen, "127.0.0.1:7".parse().unwrap());
        assert_eq!((node.guests, node.sample), (Choice::No, Choice::Yes));
    }

    #[test]
    fn all_problems_are_told_at_once_and_no_secret_with_them() {
        let (_folder, path) = file("listn = 'x'\ntoken_key = 'secret'\nstream_replicas = 9\n");
        let told = serve(&["--config", &path, "--listen", "here", "--cell", "A B"]).unwrap_err();
        for part in ["`listn`", "token_key", "stream_replicas", "--listen", "`A B`"] {
            assert!(told.contains(part), "{part} is missing: {told}");
        }
        assert!(!told.contains("secret"), "{told}");
    }

    #[test]
    fn what_a_role_needs_is_asked_for() {
        let told = Cli::try_parse_from(["aisle", "relay"]).unwrap_err().to_string();
        assert!(told.contains("AISLE_DATABASE_URL") && told.contains("--nats-url"), "{told}");
        let told = serve(&["--nats-url", "nats://localhost"]).unwrap_err();
        assert!(told.contains("needs PostgreSQL"), "{told}");
    }

    #[test]
    fn every_default_makes_sense() {
        for role in ProcessRole::value_variants() {
            let command = Node::augmented(*role);
            let matches = command.try_get_matches_from(["aisle"]).unwrap();
            let mut from = Resolver::new(&matches);
            Node::read(*role, &mut from);
            assert_eq!(from.finish().0.len(), role.settings().len(), "{role:?}");
        }
    }

    impl Node {
        fn augmented(role: ProcessRole) -> clap::Command {
            clap::Command::new("aisle").args(role.settings().into_iter().map(Setting::arg))
        }
    }
}
