//! The program `aisle`.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use aisle::app::{App, Config, ProcessRole};
use aisle::cli::{self, Cli, Command};
use aisle::{bench, import_command, rebuild_command, shutdown};
use aisle_domain::actor::Role;
use aisle_domain::id::Subject;
use aisle_infra::clock::SystemClock;
use aisle_infra::http::auth::TokenIssuer;
use aisle_infra::secret::key_file;
use clap::Parser;
use jiff::SignedDuration;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// Forty percent of a busy server was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is logged unless RUST_LOG says otherwise.
const DEFAULT_LOG: &str = "warn,aisle=info,aisle_command_api=warn,sqlx=error,tantivy=error";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            say_error(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    match cli.command {
        Some(Command::Serve(command)) => serve(command.into()).await,
        Some(Command::Command(command)) => serve(command.into()).await,
        None => serve(default_serve().into()).await,
        Some(Command::Token(command)) => token(&command),
        Some(Command::Import(command)) => import(command).await,
        Some(Command::Rebuild(command)) => rebuild(command).await,
        Some(Command::Openapi(command)) => openapi(&command),
        Some(Command::Bench(command)) => measure(command).await,
    }
}

/// `serve` as if it had been typed, so that the variables of the environment count.
fn default_serve() -> cli::Serve {
    match Cli::parse_from(["aisle", "serve"]).command {
        Some(Command::Serve(serve)) => serve,
        _ => unreachable!("`serve` was given"),
    }
}

async fn serve(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    let (role, data) = (config.role.clone(), config.stores.data.display().to_string());
    let running = tokio::select! {
        started = App::start(config) => started?,
        () = shutdown::asked() => return Ok(ExitCode::FAILURE),
    };
    running.caught_up().await;
    greet(&role, running.address, &data);
    tokio::select! {
        () = shutdown::asked() => say("stopping: what is under way is finished first"),
        () = running.failed() => say("a part of the server broke off; stopping"),
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn greet(role: &ProcessRole, address: SocketAddr, data: &str) {
    // As it was called: after `cargo run` there is no `aisle` on the path.
    let program = std::env::args().next().unwrap_or_else(|| "aisle".to_owned());
    let mut text = format!("\nAisle is ready.\n\n  Listening   http://{address}/\n");
    match role {
        ProcessRole::Serve => text.push_str(&format!(
            "  Site        http://{address}/\n  API         http://{address}/docs\n"
        )),
        ProcessRole::Command => text.push_str("  Role        takes commands\n"),
    }
    text.push_str(&format!(
        "  Data        {data}\n\n  \
         A token     {program} token --data {data} --subject ada --role customer\n              \
         (roles: customer, organiser, analyst, admin)\n  \
         Test cards  4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined\n  \
         Stop        Ctrl-C\n"
    ));
    say(&text);
}

#[expect(clippy::print_stdout, reason = "the token is what the command is for")]
fn token(command: &cli::Token) -> Result<ExitCode, Box<dyn Error>> {
    std::fs::create_dir_all(&command.data)?;
    let key = key_file(&command.data.join("token.key"))?;
    let issuer = TokenIssuer::new(&key, Arc::new(SystemClock));
    let roles: Vec<Role> = command.roles.iter().map(|role| Role::from(*role)).collect();
    let subject = Subject::try_new(command.subject.clone())?;
    println!("{}", issuer.issue(&subject, &roles, SignedDuration::from_hours(command.hours))?);
    Ok(ExitCode::SUCCESS)
}

async fn import(command: cli::Import) -> Result<ExitCode, Box<dyn Error>> {
    let organiser = Subject::try_new(command.organiser.clone())?;
    let journal = command.stores.open_journal().await?;
    let done = tokio::select! {
        done = import_command::run(&command, &journal, organiser) => done?,
        () = shutdown::asked() => {
            say("stopped; the same command goes on from here");
            return Ok(ExitCode::FAILURE);
        }
    };
    say(&format!("{} events created, {} were there already", done.created, done.known));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the report is what the command is for")]
async fn rebuild(command: cli::Rebuild) -> Result<ExitCode, Box<dyn Error>> {
    let mut code = ExitCode::SUCCESS;
    for report in rebuild_command::run(&command).await? {
        let old = report.from_digest.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
        println!("{} at position {}", report.name, report.position);
        println!("  in use   {old}");
        println!("  rebuilt  {}", report.to_digest);
        let verdict = match (report.from_digest, report.equal) {
            (None, _) => "there was nothing to compare with",
            (Some(_), true) => "equal",
            (Some(_), false) => {
                code = ExitCode::from(3);
                "NOT EQUAL: what was read was not what the journal says"
            }
        };
        println!("  {verdict}{}", if report.swapped { "; swapped" } else { "" });
    }
    Ok(code)
}

#[expect(clippy::print_stdout, reason = "the document is what the command is for")]
fn openapi(command: &cli::Openapi) -> Result<ExitCode, Box<dyn Error>> {
    let document = match command.side {
        cli::Side::Commands => aisle_command_api::openapi::document(),
        cli::Side::Queries => aisle_query_api::openapi::document(),
    };
    println!("{}", document.to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
async fn measure(command: cli::Bench) -> Result<ExitCode, Box<dyn Error>> {
    let format = command.format();
    let report = tokio::select! {
        report = bench::run(command) => report?,
        () = shutdown::asked() => {
            say("stopped; what was started for the bench is taken down");
            return Ok(ExitCode::FAILURE);
        }
    };
    println!("{}", report.print(format)?);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stderr, reason = "standard error is where people are talked to")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// The error and what caused it, each once.
fn say_error(error: &dyn Error) {
    let mut text = format!("aisle: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n  because {error}"));
        cause = error.source();
    }
    say(&text);
}
