//! `probe`.

use crate::app::directory::DataDirectory;
use crate::cli::ask::Ask;
use crate::cli::client::{Client, whole};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use serde_json::{Value, json};
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
        let (client, place) = if let Some(url) = context.url() {
            (context.elsewhere(&url)?, format!("at {url}"))
        } else {
            let directory = DataDirectory::existing(&context.data_path())?;
            (Client::Socket(directory.socket()), format!("in {}", directory.path().display()))
        };
        let ask = Ask::get("/ready");
        let asked = async { whole(client.send(&ask).await?).await };
        let body = match tokio::time::timeout(WAIT_MAX, asked).await {
            Ok(Ok(body)) => body,
            Ok(Err(failure)) => {
                return Err(Failure::Failed(format!("no appliance answers {place}: {failure}")));
            }
            Err(_elapsed) => return Err(Failure::Failed("the appliance did not answer within 10 s".into())),
        };
        let told: Value = serde_json::from_slice(&body).map_err(|error| Failure::from_error(&error))?;
        let ready = told.get("status").is_some_and(|status| status == "ok");
        context.show(&json!({ "ready": ready, "checks": told.get("checks") }))?;
        if self.ready && !ready {
            return Err(Failure::Failed("the appliance is not ready".into()));
        }
        Ok(())
    }
}
