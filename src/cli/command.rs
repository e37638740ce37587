//! All commands together.

use crate::cli::block::BlockCommand;
use crate::cli::clock::ClockCommand;
use crate::cli::config::ConfigCommand;
use crate::cli::context::Context;
use crate::cli::demo::command::Demo;
use crate::cli::doctor::Doctor;
use crate::cli::events::EventsCommand;
use crate::cli::exit::Failure;
use crate::cli::init::Init;
use crate::cli::keys::KeysCommand;
use crate::cli::ledger::{LedgerCommand, SchemaCommand};
use crate::cli::operator::OperatorCommand;
use crate::cli::output;
use crate::cli::probe::Probe;
use crate::cli::send::command::Send;
use crate::cli::serve::Serve;
use crate::cli::settings::SettingsCommand;
use crate::cli::setup_link::SetupLink;
use crate::cli::source::SourceCommand;
use crate::cli::tenant::TenantCommand;
use crate::cli::tls::TlsCommand;
use crate::cli::token::TokenCommand;
use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait for work that was begun and is wanted no more, such as reading the whole ledger after a stop.
const LEFTOVERS_TIME_MAX: Duration = Duration::from_secs(1);

/// A self-hosted event appliance: takes in events exactly once and keeps them in a tamper-evident ledger
///
/// Exit codes: 0 done, 1 failure or a check that found a problem, 2 refused by the appliance, 64 usage, 78
/// configuration.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "mainstay", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    context: Context,

    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Serve(Serve),
    Demo(Demo),
    Init(Init),
    #[command(subcommand)]
    Keys(KeysCommand),
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(subcommand)]
    Settings(SettingsCommand),
    #[command(subcommand)]
    Tenant(TenantCommand),
    #[command(subcommand)]
    Token(TokenCommand),
    #[command(subcommand)]
    Source(SourceCommand),
    SetupLink(SetupLink),
    #[command(subcommand)]
    Operator(OperatorCommand),
    #[command(subcommand)]
    Block(BlockCommand),
    #[command(subcommand)]
    Events(EventsCommand),
    Send(Send),
    #[command(subcommand)]
    Tls(TlsCommand),
    Clock(ClockCommand),
    #[command(subcommand)]
    Ledger(LedgerCommand),
    #[command(subcommand)]
    Schema(SchemaCommand),
    Doctor(Doctor),
    Probe(Probe),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(64) } else { ExitCode::SUCCESS };
        }
    };
    let wants_json = cli.context.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(problems) = failure.problems_json().filter(|_| wants_json) {
                // Whether anybody reads it or not, the exit code tells.
                let _ = output::try_line(&problems.to_string());
            }
            output::note(&format!("error: {failure}"));
            failure.code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { context, command } = cli;
    if matches!(command, Command::Serve(_) | Command::Demo(_)) && context.remote.url.is_some() {
        context.expect_this_machine()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match command {
            Command::Serve(serve) => Box::pin(serve.run(&context)).await,
            Command::Demo(demo) => Box::pin(demo.run(&context)).await,
            Command::Init(init) => Box::pin(init.run(&context)).await,
            Command::Keys(keys) => keys.run(&context),
            Command::Config(config) => config.run(&context).await,
            Command::Settings(settings) => settings.run(&context).await,
            Command::Tenant(tenant) => tenant.run(&context).await,
            Command::Token(token) => token.run(&context).await,
            Command::Source(source) => source.run(&context).await,
            Command::SetupLink(link) => link.run(&context).await,
            Command::Operator(operator) => operator.run(&context).await,
            Command::Block(block) => block.run(&context).await,
            Command::Events(events) => events.run(&context).await,
            Command::Send(send) => send.run(&context).await,
            Command::Tls(tls) => tls.run(&context).await,
            Command::Clock(clock) => clock.run(&context).await,
            Command::Ledger(ledger) => ledger.run(&context).await,
            Command::Schema(schema) => schema.run(&context).await,
            Command::Doctor(doctor) => Box::pin(doctor.run(&context)).await,
            Command::Probe(probe) => probe.run(&context).await,
        }
    });
    runtime.shutdown_timeout(LEFTOVERS_TIME_MAX);
    done
}
