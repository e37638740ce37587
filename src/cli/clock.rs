//! `clock`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use serde_json::Value;

/// Shows the machine's clock and the time that is believed, or confirms the clock
///
/// A clock more than ten minutes ahead of the time that really passed is doubted for 24 hours. After a reboot, up to
/// seven days off are believed. Set a wrong clock; confirm a right one.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "Example: mainstay clock")]
pub struct ClockCommand {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Act {
    /// Shows the clock, the believed time and how they differ
    #[command(after_help = "Example: mainstay clock show --json")]
    Show,
    /// Confirms that the clock is right: it is believed at once
    #[command(after_help = "Example: mainstay clock confirm")]
    Confirm,
}

impl ClockCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let ask = match self.act {
            None | Some(Act::Show) => Ask::get("/api/v1/clock"),
            Some(Act::Confirm) => Ask::post("/api/v1/clock/confirm", Value::Null),
        };
        let value = context.ask(ask).await?;
        context.show(&value)
    }
}
