//! `probe`.

use crate::app::admin::client::{Appliance, ReachError};
use crate::app::admin::protocol::Request;
use crate::app::directory::DataDirectory;
use crate::cli::context::{Context, unwrap_answer};
use crate::cli::exit::Failure;
use serde_json::Value;
use std::time::Duration;

/// Longest wait for an answer: container health checks give up sooner or later themselves.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Asks the running appliance for its health.
///
/// Ends with 0 when it answers, with --ready when it may take traffic, else with 1. Made for container health checks.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "Example: mainstay probe --ready --data-dir /var/lib/mainstay")]
pub struct Probe {
    /// Asks whether it may take traffic, not only whether it answers
    #[arg(long)]
    pub ready: bool,
}

impl Probe {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let directory = DataDirectory::existing(&context.data_path())?;
        let running = Appliance::Running(directory.socket());
        let answer = match tokio::time::timeout(WAIT_MAX, running.ask(Request::Health)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(ReachError::Socket(error))) => {
                return Err(Failure::Failed(format!(
                    "no appliance answers in {}: {error}",
                    directory.path().display()
                )));
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_elapsed) => return Err(Failure::Failed("the appliance did not answer within 10 s".into())),
        };
        let text = unwrap_answer(answer)?;
        let value: Value = serde_json::from_str(text.get()).map_err(|error| Failure::from_error(&error))?;
        context.show(&value)?;
        if self.ready && value.get("ready").and_then(Value::as_bool) != Some(true) {
            return Err(Failure::Failed("the appliance is not ready".into()));
        }
        Ok(())
    }
}
