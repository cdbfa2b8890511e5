//! The settings about people: sessions, accounts, letters.
//!
//! A file of their own, as `settings` has enough of them.

use super::settings::{Setting, Shown};

/// The key of the vault.
pub static VAULT_KEY: Setting = Setting {
    key: "vault_key",
    flag: "vault-key",
    variable: "AISLE_VAULT_KEY",
    value_name: "KEY",
    default: None,
    expected: "32 bytes as hexadecimal or Base64 text",
    shown: Shown::Hidden,
    help: "What personal data are sealed with, the same in all processes that take commands. \
           Absent: vault.key in the data folder. Without it no account can be opened again.",
};

/// Where the site is.
pub static SITE_URL: Setting = Setting {
    key: "site_url",
    flag: "site-url",
    variable: "AISLE_SITE_URL",
    value_name: "URL",
    default: None,
    expected: "an address such as https://tickets.example",
    shown: Shown::AsItIs,
    help: "The site's public address, for links in letters, the way back from a provider that \
           people sign in by, and search engines. Absent: the address listened on in letters, in \
           pages the one that was asked.",
};

/// The mail server.
pub static SMTP_URL: Setting = Setting {
    key: "smtp_url",
    flag: "smtp-url",
    variable: "AISLE_SMTP_URL",
    value_name: "URL",
    default: None,
    expected: "a URL such as smtps://user:password@mail.example",
    shown: Shown::WithoutPasswords,
    help: "The mail server: smtps://user:password@host or smtp://host:587?tls=required. Absent: \
           letters are files in mail/ in the data folder, and nobody gets them.",
};

/// Who letters come from.
pub static MAIL_FROM: Setting = Setting {
    key: "mail_from",
    flag: "mail-from",
    variable: "AISLE_MAIL_FROM",
    value_name: "ADDRESS",
    default: Some("Aisle <tickets@localhost.localdomain>"),
    expected: "an address such as Aisle <tickets@example.org>",
    shown: Shown::AsItIs,
    help: "Who letters come from.",
};

/// Whether cookies go over plain HTTP.
pub static INSECURE_COOKIES: Setting = Setting {
    key: "insecure_cookies",
    flag: "insecure-cookies",
    variable: "AISLE_INSECURE_COOKIES",
    value_name: "yes|no",
    default: Some("no"),
    expected: "yes or no",
    shown: Shown::AsItIs,
    help: "Whether browsers on other machines keep their session over plain HTTP, where anybody \
           on the way can read it. The same in all processes.",
};

/// Whether a proxy says who asks.
pub static TRUST_PROXY: Setting = Setting {
    key: "trust_proxy",
    flag: "trust-proxy",
    variable: "AISLE_TRUST_PROXY",
    value_name: "yes|no",
    default: Some("no"),
    expected: "yes or no",
    shown: Shown::AsItIs,
    help: "Whether the last address in X-Forwarded-For is who asks: if every request comes by a \
           reverse proxy or a query process.",
};
