//! The program `aisle`.

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use aisle::app::App;
use aisle::cli::{self, Cli, Command, Node};
use aisle::{bench, greeting, import_command, rebuild_command, shutdown};
use aisle_domain::actor::Role;
use aisle_domain::id::Subject;
use aisle_infra::clock::SystemClock;
use aisle_infra::http::auth::TokenIssuer;
use clap::Parser;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// Forty percent of a busy server was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is logged unless RUST_LOG says otherwise.
const DEFAULT_LOG: &str = "warn,aisle=info,aisle_command_api=warn,sqlx=error,tantivy=error";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match runtime(&cli) {
        Ok(runtime) => runtime.block_on(start(cli)),
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    }
}

/// What runs tasks. One thread does without what several need to share them.
fn runtime(cli: &Cli) -> std::io::Result<Runtime> {
    let mut runtime = match workers(cli) {
        Some(1) => Builder::new_current_thread(),
        Some(workers) => {
            let mut several = Builder::new_multi_thread();
            several.worker_threads(workers);
            several
        }
        None => Builder::new_multi_thread(),
    };
    runtime.enable_all().build()
}

/// How many threads run tasks, where it is not one for each core.
///
/// A process that only takes commands waits for its database's commits, and threads that wait wake
/// each other for nothing: with one thread for two cores an answer costs a seventh less, and one
/// client's a third less (docs/PERFORMANCE.md). The runtime's own variable says otherwise.
#[expect(clippy::disallowed_methods, reason = "the runtime's own variable, needed before it runs")]
fn workers(cli: &Cli) -> Option<usize> {
    let takes_commands_only = matches!(cli.command, Some(Command::Command(_)));
    if !takes_commands_only || std::env::var_os("TOKIO_WORKER_THREADS").is_some() {
        return None;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Some((cores / 2).max(1))
}

async fn start(cli: Cli) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for eyes, not for files.
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            say_error(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    match cli.command {
        Some(Command::Serve(cli::Serve(node))) => serve(node).await,
        Some(Command::Command(cli::CommandNode(node))) => serve(node).await,
        Some(Command::Query(cli::QueryNode(node))) => serve(node).await,
        Some(Command::Project(cli::ProjectNode(node))) => serve(node).await,
        Some(Command::Relay(cli::RelayNode(node))) => serve(node).await,
        None => serve(default_serve()).await,
        Some(Command::Token(command)) => token(&command),
        Some(Command::Import(command)) => import(command).await,
        Some(Command::Rebuild(command)) => rebuild(command).await,
        Some(Command::Config(command)) => Ok(config(&command)),
        Some(Command::Openapi(command)) => openapi(&command),
        Some(Command::Bench(command)) => measure(command).await,
    }
}

/// `serve` as if it had been typed, so that variables and the file of settings count.
fn default_serve() -> Node {
    let arguments = std::env::args_os().chain(["serve".into()]);
    match Cli::parse_from(arguments).command {
        Some(Command::Serve(cli::Serve(node))) => node,
        _ => unreachable!("`serve` was given"),
    }
}

async fn serve(node: Node) -> Result<ExitCode, Box<dyn Error>> {
    let running = tokio::select! {
        started = App::start(node.clone().into()) => started?,
        () = shutdown::asked() => return Ok(ExitCode::FAILURE),
    };
    let work = async {
        let caught_up = running.caught_up().await;
        say(&greeting::greeting(&node, running.address, caught_up));
        running.failed().await;
    };
    let code = tokio::select! {
        () = shutdown::asked() => {
            say("stopping: what is under way is finished first; Ctrl-C again ends it at once");
            ExitCode::SUCCESS
        }
        () = work => {
            say("a part of the server broke off; stopping");
            ExitCode::FAILURE
        }
    };
    tokio::select! {
        () = running.stop() => Ok(code),
        () = shutdown::asked() => {
            say("ended at once");
            std::process::exit(130)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the settings are what the command is for")]
fn config(command: &cli::ConfigCommand) -> ExitCode {
    let Some(checked) = command.checked().filter(|_| command.check) else {
        print!("{}", cli::template());
        return ExitCode::SUCCESS;
    };
    print!("{}", checked.table());
    for problem in &checked.problems {
        say(&format!("aisle: {problem}"));
    }
    if checked.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the token is what the command is for")]
fn token(command: &cli::Token) -> Result<ExitCode, Box<dyn Error>> {
    let key = command.key.key()?;
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
