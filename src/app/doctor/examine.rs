//! All checks in turn.

use super::finding::Finding;
use super::{certificate, clock, disk, modes, names, proxies};
use crate::app::directory::DataDirectory;
use crate::app::run_file::RunFile;
use crate::config::Loaded;
use crate::platform::machine::Machine;
use crate::platform::time_service::TimeService;
use crate::platform::volume;
use crate::services::facts::{Facts, Ground};
use crate::store::error::ErrorChain;
use crate::tls::keeper::TlsKeeper;
use crate::tls::status::TlsStatus;
use std::path::Path;
use std::sync::Arc;

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

/// What became of asking the appliance.
#[derive(Debug)]
pub struct Asked {
    /// What is found of the appliance itself.
    pub finding: Finding,
    /// What it tells.
    pub facts: Option<Facts>,
    /// Whether it runs.
    pub is_running: bool,
}

/// Looks at files and machine, and in between at what the appliance tells, which `asking` leads to.
pub async fn examine(
    directory: &DataDirectory,
    loaded: &Loaded,
    machine: &Machine,
    config_file: Option<&Path>,
    asking: impl Future<Output = Asked>,
) -> Examined {
    let ground = Ground::of(&loaded.config);
    let files =
        modes::Files { directory: directory.path(), config: config_file, key: ground.key_file.as_deref() };
    // Before anything is opened: opening may itself write.
    let mut findings = vec![modes::judge(&files)];
    let Asked { finding, facts, is_running } = asking.await;
    findings.push(finding);
    let ground = facts.as_ref().map_or(ground, |facts| facts.ground.clone());
    let now = machine.clock.now();
    let newest = facts.as_ref().and_then(|facts| facts.newest_event);
    let problem = facts.as_ref().and_then(|facts| facts.clock.as_ref());
    findings.push(clock::judge(now, newest, problem, TimeService::look(Path::new("/"))));
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
