//! The connection to NATS, as the relay and the bus want it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, ServerAddr};

/// Between two attempts to connect: soon enough for whoever waits, rare enough for the server.
const RECONNECT: Duration = Duration::from_millis(250);

/// How often an idle connection is tried; after two unanswered ones it counts as lost.
const PING: Duration = Duration::from_secs(2);

/// The servers of one NATS, as a list of URLs separated by commas. `Debug` hides their passwords.
#[derive(Clone)]
pub struct NatsServers(Vec<ServerAddr>);

/// The text is no list of NATS servers. It is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("not a list of NATS servers, such as nats://a.example:4222,nats://b.example:4222")]
pub struct InvalidServers(#[source] std::io::Error);

/// The client cannot be made of these settings.
#[derive(Debug, thiserror::Error)]
#[error("cannot use NATS")]
pub struct NatsError(#[source] async_nats::ConnectError);

impl NatsServers {
    /// A client that connects in the background, at first and after every loss, for as long as it
    /// lives: NATS may be away when Aisle starts.
    ///
    /// # Errors
    /// If the client cannot be set up. Not if no server answers.
    pub async fn connect(&self, name: &str) -> Result<Client, NatsError> {
        let options = ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING)
            .reconnect_delay_callback(|_| RECONNECT);
        options.connect(self.0.clone()).await.map_err(NatsError)
    }
}

impl FromStr for NatsServers {
    type Err = InvalidServers;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let servers = text.split(',').map(|server| server.trim().parse());
        servers.collect::<Result<_, _>>().map(Self).map_err(InvalidServers)
    }
}

impl fmt::Debug for NatsServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|server| format!("{}:{}", server.host(), server.port()));
        f.debug_list().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_listed_and_their_passwords_hidden() {
        let servers: NatsServers = "nats://ann:secret@a.example, b.example:4333".parse().unwrap();
        assert_eq!(format!("{servers:?}"), r#"["a.example:4222", "b.example:4333"]"#);
        let error = "nats://ann:secret@".parse::<NatsServers>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
