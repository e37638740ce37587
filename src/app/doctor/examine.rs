//! All checks in turn.

use super::finding::{Finding, Findings};
use super::{certificate, clock, disk, modes, names, proxies};
use crate::app::admin::client::{Appliance, ReachError};
use crate::app::admin::protocol::{Answer, Request};
use crate::app::directory::DataDirectory;
use crate::app::facts::{Facts, Ground};
use crate::app::run_file::RunFile;
use crate::config::Loaded;
use crate::platform::machine::Machine;
use crate::platform::time_service::TimeService;
use crate::platform::volume;
use crate::store::error::ErrorChain;
use crate::tls::keeper::TlsKeeper;
use crate::tls::status::TlsStatus;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for the running appliance's answer.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// What an examination came to.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What each check found.
    pub findings: Vec<Finding>,
    /// What the appliance tells of itself; none if it could not be reached or opened.
    pub facts: Option<Facts>,
    /// Where the running appliance listens; none if none runs.
    pub run: Option<RunFile>,
}

/// Looks at files and machine, and asks the appliance, or opens its files if it does not run.
pub async fn examine(
    directory: &DataDirectory,
    loaded: &Loaded,
    machine: &Machine,
    config_file: Option<&Path>,
) -> Examined {
    let ground = Ground::of(&loaded.config);
    let files =
        modes::Files { directory: directory.path(), config: config_file, key: ground.key_file.as_deref() };
    // Before anything is opened: opening may itself write.
    let mut findings = vec![modes::judge(&files)];
    let (appliance, facts, is_running) = reach(directory, loaded, machine).await;
    findings.push(appliance);
    let ground = facts.as_ref().map_or(ground, |facts| facts.ground.clone());
    let now = machine.clock.now();
    let newest = facts.as_ref().and_then(|facts| facts.newest_event);
    findings.push(clock::judge(now, newest, TimeService::look(Path::new("/"))));
    findings.push(names::judge(&names::resolve(&ground.names).await));
    if let Some(facts) = &facts {
        let files = operator_files(&ground, directory, machine).await;
        findings.push(certificate::judge(&facts.tls, &ground.names, files.as_ref(), now));
    }
    findings.extend(look_at_disk(directory, ground.reserve_bytes).await);
    let forwarded = facts.as_ref().filter(|_| is_running).map(|facts| &facts.forwarded);
    findings.push(proxies::judge(&ground.trusted_proxies, forwarded));
    let run = RunFile::read(&directory.run_file()).ok().filter(|_| is_running);
    Examined { findings, facts, run }
}

/// Asks the appliance for its facts; tells whether it runs.
async fn reach(
    directory: &DataDirectory,
    loaded: &Loaded,
    machine: &Machine,
) -> (Finding, Option<Facts>, bool) {
    let mut findings = Findings::of("appliance");
    let appliance = match Appliance::reach(directory, loaded, machine).await {
        Ok(appliance) => appliance,
        Err(error) => {
            let said = ErrorChain(&error).to_string();
            match said.split_once("; hint: ") {
                Some((seen, hint)) => findings.fault(seen, hint),
                None => findings.fault(said, hint_for(&error)),
            }
            return (findings.end(), None, false);
        }
    };
    let is_running = appliance.is_running();
    let facts = match tokio::time::timeout(WAIT_MAX, facts(&appliance)).await {
        Ok(facts) => facts,
        Err(_elapsed) => Err(format!("it did not answer within {} s", WAIT_MAX.as_secs())),
    };
    let closed = appliance.close().await;
    match (&facts, closed) {
        (Err(problem), _) => findings.fault(problem.clone(), "see the appliance's log, then restart it"),
        (Ok(_), Err(error)) => {
            findings.fault(ErrorChain(&error).to_string(), "check the disk and the directory's owner");
        }
        (Ok(_), Ok(())) if is_running => findings.well("it runs and answers on its admin socket"),
        (Ok(_), Ok(())) => findings.well("it does not run, and its files can be opened"),
    }
    (findings.end(), facts.ok(), is_running)
}

fn hint_for(error: &ReachError) -> &'static str {
    match error {
        ReachError::Tls(_) => "mend the certificates, or set tls.mode",
        ReachError::Socket(_) => "restart the appliance",
        _ => "what is said tells what to do; the log of the last start may tell more",
    }
}

async fn facts(appliance: &Appliance) -> Result<Facts, String> {
    let answer = appliance.ask(Request::Facts).await.map_err(|error| ErrorChain(&error).to_string())?;
    match answer {
        Answer::Done(text) => serde_json::from_str(text.get()).map_err(|error| error.to_string()),
        Answer::Refused(message) | Answer::Failed(message) => Err(message),
    }
}

/// Reads the operator's certificate as a reload would; none where the appliance has its own.
async fn operator_files(
    ground: &Ground,
    directory: &DataDirectory,
    machine: &Machine,
) -> Option<Result<TlsStatus, String>> {
    let (config, directory, clock) = (ground.operator_files()?, directory.tls(), Arc::clone(&machine.clock));
    let read = move || TlsKeeper::open(&config, &directory, clock).map(|keeper| keeper.status());
    let read = tokio::task::spawn_blocking(read).await;
    Some(match read {
        Ok(read) => read.map_err(|error| ErrorChain(&error).to_string()),
        Err(error) => Err(error.to_string()),
    })
}

async fn look_at_disk(directory: &DataDirectory, reserve_bytes: u64) -> [Finding; 2] {
    let path = directory.path().to_owned();
    let look = move || (volume::space(&path), volume::median_sync(&path));
    let told = |error: std::io::Error| error.to_string();
    match tokio::task::spawn_blocking(look).await {
        Ok((space, median)) => {
            [disk::space(space.map_err(told), reserve_bytes), disk::sync(median.map_err(told))]
        }
        Err(error) => {
            [disk::space(Err(error.to_string()), reserve_bytes), disk::sync(Err(error.to_string()))]
        }
    }
}
