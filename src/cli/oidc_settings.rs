//! The settings about signing in by an OpenID Connect provider, and what they say together.
//!
//! Nothing is asked of the provider here: whether it knows this site shows when somebody signs in.

use std::str::FromStr;

use aisle_infra::secret::Secret;

use super::node::Choice;
use super::resolve::Resolver;
use super::role::ProcessRole;
use super::settings::{Setting, Shown};

/// The provider.
pub static OIDC_ISSUER: Setting = Setting {
    key: "oidc_issuer",
    flag: "oidc-issuer",
    variable: "AISLE_OIDC_ISSUER",
    value_name: "URL",
    default: None,
    expected: "an address such as https://id.example.org, or http://localhost:9400 for trying",
    shown: Shown::AsItIs,
    help: "Let people sign in by this OpenID Connect provider too: its issuer, to the letter as in \
           its /.well-known/openid-configuration. Absent: by password only. For query processes \
           too, which show the button.",
};

/// As whom the provider knows this site.
pub static OIDC_CLIENT_ID: Setting = Setting {
    key: "oidc_client_id",
    flag: "oidc-client-id",
    variable: "AISLE_OIDC_CLIENT_ID",
    value_name: "ID",
    default: None,
    expected: "what the provider calls this site",
    shown: Shown::AsItIs,
    help: "The client id that the provider gave this site. Register <site_url>/v1/oidc/callback \
           there as the redirect URI.",
};

/// What the site shows the provider.
pub static OIDC_CLIENT_SECRET: Setting = Setting {
    key: "oidc_client_secret",
    flag: "oidc-client-secret",
    variable: "AISLE_OIDC_CLIENT_SECRET",
    value_name: "SECRET",
    default: None,
    expected: "what the provider gave with the client id",
    shown: Shown::Hidden,
    help: "The client secret that the provider gave this site.",
};

/// What people call the provider.
pub static OIDC_NAME: Setting = Setting {
    key: "oidc_name",
    flag: "oidc-name",
    variable: "AISLE_OIDC_NAME",
    value_name: "NAME",
    default: None,
    expected: "1 to 60 characters",
    shown: Shown::AsItIs,
    help: "What the button for signing in calls the provider: Continue with NAME. Absent: the host \
           of oidc_issuer.",
};

/// What the provider is asked for.
pub static OIDC_SCOPES: Setting = Setting {
    key: "oidc_scopes",
    flag: "oidc-scopes",
    variable: "AISLE_OIDC_SCOPES",
    value_name: "SCOPES",
    default: Some("openid email profile"),
    expected: "scopes with blanks between them",
    shown: Shown::AsItIs,
    help: "What the provider is asked for. Without an e-mail address nobody gets an account.",
};

/// Whether every address of the provider's counts.
pub static OIDC_TRUST_EMAIL: Setting = Setting {
    key: "oidc_trust_email",
    flag: "oidc-trust-email",
    variable: "AISLE_OIDC_TRUST_EMAIL",
    value_name: "yes|no",
    default: Some("no"),
    expected: "yes or no",
    shown: Shown::AsItIs,
    help: "Whether e-mail addresses count that the provider does not call verified \
           (email_verified): only where nobody chooses their own address there.",
};

/// Signing in by a provider, as this process is told of it.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// The issuer, to the letter.
    pub issuer: String,
    /// What the button calls it.
    pub name: String,
    /// As whom this site is known there; none in processes that take no commands.
    pub client: Option<OidcClient>,
}

/// As whom this site is known to the provider, and what it asks for.
#[derive(Debug, Clone)]
pub struct OidcClient {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: Secret<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether addresses count that are not verified.
    pub trust_email: Choice,
}

impl OidcSettings {
    /// Reads what a role is told. What makes no sense together is left with the resolver.
    pub(super) fn read(role: ProcessRole, from: &mut Resolver<'_>) -> Option<Self> {
        if !role.takes_commands() && role != ProcessRole::Query {
            return None;
        }
        let issuer: Option<Issuer> = from.optional(&OIDC_ISSUER);
        let name: Option<Name> = from.optional(&OIDC_NAME);
        let client = if role.takes_commands() { OidcClient::read(&issuer, from) } else { None };
        let Issuer { text, host } = issuer?;
        Some(Self { issuer: text, name: name.map_or(host, |Name(name)| name), client })
    }
}

impl OidcClient {
    fn read(issuer: &Option<Issuer>, from: &mut Resolver<'_>) -> Option<Self> {
        let id: Option<Line> = from.optional(&OIDC_CLIENT_ID);
        let secret: Option<Line> = from.optional(&OIDC_CLIENT_SECRET);
        let Scopes(scopes) = from.value(&OIDC_SCOPES);
        let trust_email = from.value(&OIDC_TRUST_EMAIL);
        let parts = [
            (&OIDC_ISSUER, issuer.is_some()),
            (&OIDC_CLIENT_ID, id.is_some()),
            (&OIDC_CLIENT_SECRET, secret.is_some()),
        ];
        if parts.iter().any(|(_, there)| *there) {
            for (Setting { key, flag, variable, .. }, _) in parts.iter().filter(|part| !part.1) {
                from.problem(format!(
                    "{key}: signing in by a provider needs it; give --{flag}, {variable} or \
                     `{key}` in the file of settings"
                ));
            }
        }
        let (Line(id), Line(secret)) = (id?, secret?);
        Some(Self { id, secret: Secret::new(secret), scopes, trust_email })
    }
}

/// An issuer's URL as it was written: the provider's answers must name the same, to the letter.
struct Issuer {
    text: String,
    host: String,
}

impl FromStr for Issuer {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let url: reqwest::Url = text.parse().map_err(drop)?;
        let host = url.host_str().ok_or(())?.to_owned();
        // What is said in the clear on a network could be said by anybody.
        let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
        let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
        let nobody = url.username().is_empty() && url.password().is_none();
        let plain = url.query().is_none() && url.fragment().is_none() && nobody;
        (safe && plain).then(|| Self { text: text.to_owned(), host }).ok_or(())
    }
}

struct Name(String);

impl FromStr for Name {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = text.trim();
        let fits = (1..=60).contains(&name.chars().count()) && !name.contains(char::is_control);
        fits.then(|| Self(name.to_owned())).ok_or(())
    }
}

/// A text that says something.
struct Line(String);

impl FromStr for Line {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let fits = !text.is_empty() && !text.contains(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(())
    }
}

struct Scopes(Vec<String>);

impl FromStr for Scopes {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // RFC 6749, section 3.3.
        let is_scope = |word: &str| {
            word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let fits = !words.is_empty() && words.iter().all(|word| is_scope(word));
        fits.then(|| Self(words.into_iter().map(str::to_owned).collect())).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command};
    use super::*;
    use clap::Parser as _;

    /// What a role makes of these; all problems, if there are any.
    fn told(role: &str, arguments: &[&str]) -> Result<Option<OidcSettings>, String> {
        let all = ["aisle", role, "--database-url", "postgres://h/d"];
        let read = Cli::try_parse_from(all.iter().chain(arguments));
        match read.map_err(|error| error.to_string())?.command {
            Some(Command::Serve(serve)) => Ok(serve.0.oidc),
            Some(Command::Command(command)) => Ok(command.0.oidc),
            Some(Command::Query(query)) => Ok(query.0.oidc),
            other => panic!("{other:?}"),
        }
    }

    const ISSUER: [&str; 2] = ["--oidc-issuer", "https://id.example.org/tenant/"];
    const CLIENT: [&str; 4] = ["--oidc-client-id", "aisle", "--oidc-client-secret", "hunter2"];

    #[test]
    fn nothing_said_is_no_provider() {
        assert!(told("serve", &[]).unwrap().is_none());
    }

    #[test]
    fn a_provider_is_called_as_its_host_and_its_secret_is_not_shown() {
        let told = told("serve", &[&ISSUER[..], &CLIENT].concat()).unwrap().unwrap();
        assert_eq!((told.issuer.as_str(), told.name.as_str()), (ISSUER[1], "id.example.org"));
        assert_eq!(told.client.as_ref().unwrap().scopes, ["openid", "email", "profile"]);
        assert!(!format!("{told:?}").contains("hunter2"));
    }

    #[test]
    fn a_process_that_shows_things_needs_to_know_of_the_button_only() {
        let told = told("query", &[&ISSUER[..], &["--oidc-name", "Example"]].concat());
        let told = told.unwrap().unwrap();
        assert_eq!((told.name.as_str(), told.client.is_none()), ("Example", true));
    }

    #[test]
    fn what_is_missing_is_named() {
        let problems = told("serve", &ISSUER).unwrap_err();
        assert!(problems.contains("oidc_client_id:") && problems.contains("oidc_client_secret:"));
        assert!(told("serve", &CLIENT).unwrap_err().contains("oidc_issuer:"));
        let problems = told("command", &[&ISSUER[..], &CLIENT].concat()).unwrap_err();
        assert!(problems.contains("site_url:"), "{problems}");
    }

    #[test]
    fn a_provider_in_the_clear_is_believed_on_this_machine_only() {
        for (issuer, fits) in [
            ("http://localhost:9400", true),
            ("http://127.0.0.1:1", true),
            ("http://id.example.org", false),
            ("https://id.example.org?a=b", false),
            ("id.example.org", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(issuer.parse::<Issuer>().is_ok(), fits, "{issuer}");
        }
        assert!("openid e\"mail".parse::<Scopes>().is_err());
        assert!(" ".parse::<Name>().is_err());
    }
}
