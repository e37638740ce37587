//! The command.

use super::listeners;
use crate::app::directory::DataDirectory;
use crate::app::doctor::{Asked, Finding, Findings, Verdict, examine};
use crate::app::offline::OfflineError;
use crate::cli::ask::Ask;
use crate::cli::client::Client;
use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::config::Loaded;
use crate::platform::machine::Machine;
use crate::services::facts::Facts;
use crate::store::error::ErrorChain;
use serde_json::json;
use std::time::Duration;

/// Longest wait for the running appliance's answer.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Looks for what is wrong with the appliance and the machine under it
///
/// One line for each check: files and their modes, the appliance itself, clock, DNS, certificate, disk space, the time
/// a synced write takes, proxy headers and listeners. Each is ok, a warning or a fault, with what was seen and what to
/// do. Works with the appliance running or stopped; ends with 1 if there is a fault.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "Example: mainstay doctor --data-dir /var/lib/mainstay")]
pub struct Doctor {}

impl Doctor {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        context.expect_this_machine()?;
        let directory = match context.directory() {
            Ok(directory) => directory,
            Err(failure) => {
                let mut directory = Findings::of("directory");
                let (seen, hint) = failure.told();
                directory.fault(seen, hint.unwrap_or_else(|| "check its owner and mode".to_owned()));
                return tell(context, &[directory.end()]);
            }
        };
        let loaded = context.load()?;
        let config_file = context.config_path();
        let machine = machine();
        let asking = ask(&directory, &loaded, &machine);
        let mut examined = examine(&directory, &loaded, &machine, config_file.as_deref(), asking).await;
        let listeners = listeners::check(&examined, &loaded.config).await;
        examined.findings.push(listeners);
        tell(context, &examined.findings)
    }
}

/// Asks the appliance for its facts.
async fn ask(directory: &DataDirectory, loaded: &Loaded, machine: &Machine) -> Asked {
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

/// Shows what was found; a fault is a failure.
fn tell(context: &Context, findings: &[Finding]) -> Result<(), Failure> {
    if context.json {
        output::json(&json!(findings))?;
    } else {
        for finding in findings {
            output::line(&shown(finding))?;
        }
    }
    let faults = findings.iter().filter(|finding| finding.verdict == Verdict::Fault).count();
    match faults {
        0 => Ok(()),
        1 => Err(Failure::Failed("one check found a fault".to_owned())),
        more => Err(Failure::Failed(format!("{more} checks found faults"))),
    }
}

/// Returns a finding as one line, whatever the causes in it look like.
fn shown(finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"));
    let text = output::plain(&json!(format!("{}{hint}", finding.seen)));
    format!("{:7}  {:11}  {text}", finding.verdict.as_str(), finding.check)
}
