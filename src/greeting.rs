//! What a process says once it runs: where it listens, what is there, and how to get a token.

use std::net::SocketAddr;

use crate::cli::{Choice, Node, ProcessRole};

/// The greeting of a process. The line `Listening` is the same for all roles: scripts read it.
#[must_use]
pub fn greeting(node: &Node, address: SocketAddr, caught_up: bool) -> String {
    let state = if caught_up {
        "Aisle is ready."
    } else {
        "Aisle answers, but is still catching up with the journal (see /readyz)."
    };
    let mut lines = vec![format!("\n{state}\n"), line("Listening", &format!("http://{address}/"))];
    let mut add = |label, text: &str| lines.push(line(label, text));
    add("Role", what_it_does(node.role));
    if matches!(node.role, ProcessRole::Serve | ProcessRole::Query) {
        add("Site", &format!("http://{address}/"));
        add("API", &format!("http://{address}/docs"));
    }
    if node.role == ProcessRole::Query {
        add("Commands", &commands_of(node));
    }
    add("Health", &format!("http://{address}/healthz, http://{address}/readyz"));
    let knows_tokens = node.role.takes_commands() || node.role == ProcessRole::Query;
    if knows_tokens || node.stores.database_url.is_none() {
        add("Data", &node.stores.data.display().to_string());
    }
    if knows_tokens && node.role != ProcessRole::Serve && node.token_key.is_none() {
        add("Keys", "in the data folder: tokens are good for processes with the same key only");
    }
    if knows_tokens {
        add("A token", &token_command(node));
        add("", "(roles: customer, organiser, analyst, admin)");
    }
    if node.role.takes_commands() {
        add("Test cards", "4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined");
    }
    if node.role.takes_commands() {
        add("Letters", &letters(node));
    }
    if knows_tokens && node.insecure_cookies == Choice::Yes {
        add("Warning", "sessions go over plain HTTP (--insecure-cookies): others can read them");
    }
    add("Stop", "Ctrl-C");
    lines.join("\n") + "\n"
}

fn line(label: &str, text: &str) -> String {
    format!("  {label:11} {text}")
}

fn what_it_does(role: ProcessRole) -> &'static str {
    match role {
        ProcessRole::Serve => "serve: everything in one process",
        ProcessRole::Command => "command: takes commands, shows nothing",
        ProcessRole::Query => "query: shows the site and answers queries",
        ProcessRole::Project => "project: keeps the read models in PostgreSQL up to date",
        ProcessRole::Relay => "relay: publishes the journal to NATS",
    }
}

fn letters(node: &Node) -> String {
    match node.smtp_url {
        Some(_) => "sent by the mail server".to_owned(),
        None => format!("not sent: files in {}", node.stores.mail_folder().display()),
    }
}

fn commands_of(node: &Node) -> String {
    let urls: Vec<&str> = node.command_urls.iter().map(reqwest::Url::as_str).collect();
    match urls.is_empty() {
        true => "not taken here (--command-url, or a reverse proxy in front)".to_owned(),
        false => format!("handed on to {}", urls.join(", ")),
    }
}

/// As this program was called: after `cargo run` there is no `aisle` on the path.
fn token_command(node: &Node) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "aisle".to_owned());
    match &node.token_key {
        // It has the key from where this process has it.
        Some(_) => format!(
            "{program} token --subject ada --role customer   (with the same AISLE_TOKEN_KEY or --config)"
        ),
        None => {
            let data = node.stores.data.display();
            format!("{program} token --data {data} --subject ada --role customer")
        }
    }
}
