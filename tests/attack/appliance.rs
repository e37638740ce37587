//! The real program with a data directory of its own, without TLS unless a test asks for it.

use crate::command::{command, output};
use crate::place::Place;
use serde_json::Value;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Password of every operator.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Secret of the source `pos` of tenant `acme`.
pub(crate) const SECRET: &str = "a-secret-of-some-length";

/// A signature of the right shape that nobody made: the body has to be read before it is found wrong.
pub(crate) const BAD_SIGNATURE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Longest wait for the start; a busy machine is slow.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Attacks at a time: more would starve each other's good clients on a small machine.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Whether connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Plain,
    Tls,
}

/// A running appliance with an owner, a tenant `acme` and its source `pos`; killed when dropped.
pub(crate) struct Appliance {
    child: Child,
    place: Place,
    pub(crate) edge: Edge,
    pub(crate) address: SocketAddr,
    _turn: SemaphorePermit<'static>,
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Appliance {
    /// Starts one on a free port with more settings and waits until it takes traffic.
    pub(crate) async fn start(edge: Edge, settings: &[&str]) -> Self {
        let turn = TURNS.acquire().await.expect("the turns are never closed");
        let place = Place::new();
        run(&place, &["init", "--operator", "owner", "--password-stdin"], PASSWORD);
        let log = File::create(place.join("log")).unwrap();
        let mut serve = command(&place, &["serve", "--set", "listen.https=127.0.0.1:0"]);
        if edge == Edge::Plain {
            serve.args(["--set", "tls.mode=off"]);
        }
        serve.args(settings.iter().flat_map(|setting| ["--set", setting]));
        serve.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = serve.spawn().unwrap();
        let began = Instant::now();
        let address = loop {
            let run = fs::read(place.join("data/run.json")).unwrap_or_default();
            let run: Value = serde_json::from_slice(&run).unwrap_or_default();
            if let Some(https) = run["https"].as_str() {
                break https.parse().unwrap();
            }
            let log = || fs::read_to_string(place.join("log")).unwrap_or_default();
            assert!(began.elapsed() < WAIT_MAX && child.try_wait().unwrap().is_none(), "{}", log());
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let appliance = Self { child, place, edge, address, _turn: turn };
        appliance.run(&["tenant", "create", "acme"], "");
        appliance.run(&["source", "create", "--tenant", "acme", "pos", "--secret-stdin"], SECRET);
        appliance
    }

    /// Runs a command on the appliance, with a line on its stdin; returns what it says as JSON.
    pub(crate) fn run(&self, arguments: &[&str], line: &str) -> Value {
        let told = run(&self.place, &[arguments, &["--json"]].concat(), line);
        serde_json::from_str(&told).unwrap_or_default()
    }

    /// Creates a token that sends and reads, and returns its text.
    pub(crate) fn token(&self, tenant: &str) -> String {
        let scopes = ["--scope", "events:write", "--scope", "events:read"];
        let create = ["token", "create", "--tenant", tenant, "--name", "till"];
        self.run(&[&create[..], &scopes].concat(), "")["token"].as_str().unwrap().to_owned()
    }

    /// Returns where the authority's certificate is.
    pub(crate) fn authority(&self) -> PathBuf {
        self.place.join("data/tls/ca.pem")
    }

    /// Returns the resident memory in bytes, and makes it the peak.
    pub(crate) fn reset_memory_peak(&self) -> u64 {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
        self.memory("VmRSS:")
    }

    /// Returns the most resident memory in bytes since the peak was reset.
    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the process runs");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

/// Runs a command to its end, which must be a success.
fn run(place: &Place, arguments: &[&str], line: &str) -> String {
    let ended = output(&mut command(place, arguments), line);
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}
