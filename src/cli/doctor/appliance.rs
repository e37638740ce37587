//! What the appliance tells of itself, running or opened for it.

use crate::app::directory::DataDirectory;
use crate::app::doctor::{Asked, Findings};
use crate::app::offline::OfflineError;
use crate::cli::ask::Ask;
use crate::cli::client::Client;
use crate::cli::exit::Failure;
use crate::config::Loaded;
use crate::platform::machine::Machine;
use crate::services::facts::Facts;
use crate::store::error::ErrorChain;
use std::time::Duration;

/// Longest wait for the running appliance's answer.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Asks the appliance for its facts.
pub(super) async fn ask(directory: &DataDirectory, loaded: &Loaded, machine: &Machine) -> Asked {
    let mut findings = Findings::of("appliance");
    let client = match Client::of_directory(directory, loaded, machine).await {
        Ok(client) => client,
        Err(error) => {
            let seen = ErrorChain(&error).to_string();
            match seen.split_once("; hint: ") {
                Some((seen, hint)) => findings.fault(seen, hint),
                None => findings.fault(seen, hint_for(&error)),
            }
            return Asked { finding: findings.end(), facts: None, is_running: false };
        }
    };
    let is_running = matches!(client, Client::Socket(_));
    let facts = match tokio::time::timeout(WAIT_MAX, facts(&client)).await {
        Ok(facts) => facts.map_err(|failure| failure.to_string()),
        Err(_elapsed) => Err(format!("it did not answer within {} s", WAIT_MAX.as_secs())),
    };
    match (&facts, client.close().await) {
        (Err(problem), _) => findings.fault(problem.clone(), "see the appliance's log, then restart it"),
        (Ok(_), Err(failure)) => {
            findings.fault(failure.to_string(), "check the disk and the directory's owner");
        }
        (Ok(_), Ok(())) if is_running => findings.well("it runs and answers on its admin socket"),
        (Ok(_), Ok(())) => findings.well("it does not run, and its files can be opened"),
    }
    Asked { finding: findings.end(), facts: facts.ok(), is_running }
}

fn hint_for(error: &OfflineError) -> &'static str {
    match error {
        OfflineError::Tls(_) => "mend the certificates, or set tls.mode",
        _ => "what is said tells what to do; the log of the last start may tell more",
    }
}

async fn facts(client: &Client) -> Result<Facts, Failure> {
    let body = client.read(&Ask::get("/local/facts")).await?;
    serde_json::from_slice(&body).map_err(|error| Failure::from_error(&error))
}
