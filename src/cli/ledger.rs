//! `schema` and `ledger`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use serde_json::Value;

/// Checks the ledger.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum LedgerCommand {
    /// Recomputes the whole tree from the records and compares it with the head; ends with 1 if anything differs
    #[command(after_help = "Example: mainstay ledger verify --data-dir /var/lib/mainstay")]
    Verify,
}

impl LedgerCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = context.ask(Ask::get("/local/ledger")).await?;
        if let Some(error) = value.get("error").and_then(Value::as_str) {
            return Err(Failure::Failed(error.to_owned()));
        }
        context.show(&value)?;
        match value.get("whole").and_then(Value::as_bool) {
            Some(true) => Ok(()),
            _ => Err(Failure::Failed(
                "the ledger is not whole; hint: keep a copy of the data directory and restore a snapshot"
                    .into(),
            )),
        }
    }
}

/// Shows the database's schema.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum SchemaCommand {
    /// Lists migrations done and due
    #[command(after_help = "Example: mainstay schema status")]
    Status,
}

impl SchemaCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = context.ask(Ask::get("/local/schema")).await?;
        context.show_list(&value, &["version", "name", "done_at", "program"], "there are no migrations")
    }
}
