//! The real program with a data directory of its own.

use crate::PASSWORD;
use crate::command::{command, output};
use crate::place::Place;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for the start; a busy machine is slow.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A running appliance; killed when dropped.
#[derive(Debug)]
pub(crate) struct Appliance {
    child: Child,
    place: Place,
    /// Such as `https://127.0.0.1:8443`.
    pub(crate) address: String,
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Appliance {
    /// Starts one on a free port and waits until it takes traffic.
    pub(crate) fn start() -> Self {
        Self::start_in(Place::new())
    }

    /// The same with an owner named `owner`.
    pub(crate) fn start_owned() -> Self {
        let place = Place::new();
        run(&place, &["init", "--operator", "owner", "--password-stdin"], PASSWORD);
        Self::start_in(place)
    }

    fn start_in(place: Place) -> Self {
        let log = File::create(place.join("log")).unwrap();
        let mut serve = command(&place, &["serve", "--set", "listen.https=127.0.0.1:0"]);
        serve.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = serve.spawn().unwrap();
        let mut appliance = Self { child, place, address: String::new() };
        let began = Instant::now();
        appliance.address = loop {
            let run = std::fs::read(appliance.place.join("data/run.json")).unwrap_or_default();
            let run: Value = serde_json::from_slice(&run).unwrap_or_default();
            if let Some(https) = run["https"].as_str() {
                break format!("https://{https}");
            }
            let log = || std::fs::read_to_string(appliance.place.join("log")).unwrap_or_default();
            assert!(began.elapsed() < WAIT_MAX && appliance.child.try_wait().unwrap().is_none(), "{}", log());
            std::thread::sleep(LOOK_EVERY);
        };
        appliance
    }

    /// Returns a fresh link that makes the first owner.
    pub(crate) fn setup_link(&self) -> String {
        self.run(&["setup-link", "--json"], "")["link"].as_str().unwrap().to_owned()
    }

    /// Runs a command on the appliance, with a line on its stdin; returns what it says as JSON.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Value {
        serde_json::from_str(&run(&self.place, arguments, input)).unwrap_or_default()
    }

    /// Registers an agent with a token, by curl as the console's pages tell it.
    pub(crate) fn register_agent(&self, token: &str, name: &str) {
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--silent", "--cacert"]).arg(self.place.join("data/tls/ca.pem"));
        curl.arg(format!("{}/api/v1/agents", self.address)).arg("-d").arg(format!("{{\"name\":\"{name}\"}}"));
        curl.arg("-H").arg(format!("Authorization: Bearer {token}"));
        let ended = curl.stdin(Stdio::null()).output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }

    /// Sends lines of JSON with a token, by the program's own sender; `more` are further arguments.
    pub(crate) fn send(&self, token: &str, more: &[&str], lines: &str) {
        let (tokens, events) = (self.place.join("token"), self.place.join("events.ndjson"));
        std::fs::write(&tokens, token).unwrap();
        std::fs::write(&events, lines).unwrap();
        let (ca, tokens, events) = (self.place.join("data/tls/ca.pem"), text(&tokens), text(&events));
        let fixed = ["send", "--url", &self.address, "--ca", &text(&ca), "--token-file", &tokens];
        run(&self.place, &[&fixed[..], more, &[&events]].concat(), "");
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Runs a command to its end, which must be a success.
fn run(place: &Place, arguments: &[&str], input: &str) -> String {
    let ended = output(&mut command(place, arguments), input);
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}
