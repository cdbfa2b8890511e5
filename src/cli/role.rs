//! What a process of Aisle does, and which settings that takes.

use clap::ValueEnum;

use super::settings::{self, Setting};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProcessRole {
    /// Everything.
    Serve,
    /// Takes commands, and sees to what must happen although nobody asks.
    Command,
    /// Shows the site and answers queries.
    Query,
    /// Keeps the read models in tables.
    Project,
    /// Publishes the journal to NATS.
    Relay,
}

impl ProcessRole {
    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Command => "command",
            Self::Query => "query",
            Self::Project => "project",
            Self::Relay => "relay",
        }
    }

    /// What it can be told, in order.
    #[must_use]
    pub fn settings(self) -> Vec<&'static Setting> {
        let has = |setting: &&Setting| match setting.key {
            "data" | "database_url" | "listen" => true,
            "token_key" | "site_url" | "insecure_cookies" | "trust_proxy" => {
                self.takes_commands() || self == Self::Query
            }
            "webhook_key" | "sample" | "guests" => self.takes_commands(),
            "vault_key" | "smtp_url" | "mail_from" => self.takes_commands(),
            "oidc_issuer" | "oidc_name" => self.takes_commands() || self == Self::Query,
            "oidc_client_id" | "oidc_client_secret" | "oidc_scopes" | "oidc_trust_email" => {
                self.takes_commands()
            }
            "nats_url" | "cell" => self != Self::Command,
            "stream_replicas" => matches!(self, Self::Serve | Self::Relay),
            "command_url" => self == Self::Query,
            "stale_limit" => matches!(self, Self::Serve | Self::Query),
            other => unreachable!("{other} belongs to no role"),
        };
        let for_role = |setting: &'static Setting| match (self, setting.key) {
            (Self::Command, "sample") => &settings::SAMPLE_IF_ASKED_FOR,
            _ => setting,
        };
        settings::ALL.into_iter().filter(has).map(for_role).collect()
    }

    /// Whether it takes commands.
    #[must_use]
    pub fn takes_commands(self) -> bool {
        matches!(self, Self::Serve | Self::Command)
    }
}
