//! Starting, signalling and asking the real program.

use crate::answer::{Answer, BodyKind};
use crate::command::{command, output};
use crate::place::Place;
use mainstay::tls::client::client_config;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything; a busy machine is slow.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A password that is long enough.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Returns what `look` finds, once it finds something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < WAIT_MAX, "{what} did not happen within {WAIT_MAX:?}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit code.
    pub(crate) code: i32,
    /// Results.
    pub(crate) stdout: String,
    /// Remarks.
    pub(crate) stderr: String,
}

impl Ended {
    /// Returns the result as JSON, of a command that worked.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// An installation: a data directory and the program.
#[derive(Debug)]
pub(crate) struct Program {
    place: Place,
}

impl Program {
    /// Has no data directory yet.
    pub(crate) fn new() -> Self {
        Self { place: Place::new() }
    }

    /// Has a data directory with a tenant `acme`.
    pub(crate) fn with_acme() -> Self {
        let program = Self::new();
        program.run_with(&["init", "--operator", "owner", "--password-stdin"], PASSWORD).json();
        program.run(&["tenant", "create", "acme"]).json();
        program
    }

    /// Creates a token and returns its text.
    pub(crate) fn token(&self, tenant: &str, scopes: &[&str]) -> String {
        let mut arguments = vec!["token", "create", "--tenant", tenant, "--name", "till"];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        self.run(&arguments).json()["token"].as_str().unwrap().to_owned()
    }

    /// Returns a path in the data directory.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.place.join("data").join(name)
    }

    /// Returns a path beside the data directory.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// The program with arguments, apart from the settings of the person who tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(&self.place, arguments)
    }

    /// Runs a command to its end, with `--json`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// The same with a line on stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], line: &str) -> Ended {
        let mut command = self.command(arguments);
        end(command.arg("--json"), line)
    }

    /// Starts serving on free ports, with more settings, and waits until it takes traffic.
    pub(crate) fn serve(&self, settings: &[&str]) -> Server {
        let arguments: Vec<_> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        self.serve_with(&arguments)
    }

    /// The same with any arguments.
    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Server {
        self.ready(self.begin_to_serve(arguments))
    }

    /// The same with a variable in the environment.
    pub(crate) fn serve_with_variable(&self, name: &str, value: &Path) -> Server {
        self.serve_with_variables(&[(name, value)])
    }

    /// The same with several.
    pub(crate) fn serve_with_variables(&self, variables: &[(&str, &Path)]) -> Server {
        self.ready(self.begin(&[], variables))
    }

    /// Waits until a server takes traffic.
    fn ready(&self, mut server: Server) -> Server {
        server.run = wait_for("the start", || {
            assert!(server.child.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            let run: Value = serde_json::from_slice(&std::fs::read(self.data("run.json")).ok()?).ok()?;
            (run["pid"] == server.child.id()).then_some(run)
        });
        server
    }

    /// Starts serving and returns at once.
    pub(crate) fn begin_to_serve(&self, arguments: &[&str]) -> Server {
        self.begin(arguments, &[])
    }

    fn begin(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Server {
        let log = OpenOptions::new().create(true).append(true).open(self.beside("log")).unwrap();
        let mut command = self.command(&["serve", "--set", "listen.https=127.0.0.1:0"]);
        command
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::try_clone(&log).unwrap())
            .stderr(log);
        Server { child: command.spawn().unwrap(), run: Value::Null }
    }

    /// Returns all that servers of this directory have logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8(std::fs::read(self.beside("log")).unwrap_or_default()).unwrap()
    }
}

/// Runs a command to its end with a line on stdin.
pub(crate) fn end(command: &mut Command, line: &str) -> Ended {
    let output = output(command, line);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().expect("no signal ends a command"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A running appliance; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// What `run.json` says.
    pub(crate) run: Value,
}

impl Server {
    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it without warning and waits for its end.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        wait_for("the end", || self.child.try_wait().unwrap())
    }

    /// Stops it politely and checks that it ends well.
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        assert_eq!(self.ended().code(), Some(0));
    }

    /// Returns a client with connections of its own.
    pub(crate) fn client(&self, token: &str) -> Client {
        self.client_speaking(token, b"http/1.1")
    }

    /// Returns a client that speaks HTTP/2 on one connection of its own.
    pub(crate) fn client_2(&self, token: &str) -> Client {
        self.client_speaking(token, b"h2")
    }

    fn client_speaking(&self, token: &str, protocol: &[u8]) -> Client {
        let ca = PathBuf::from(self.run["ca"].as_str().unwrap());
        let mut config = client_config(&ca).unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];
        let builder = reqwest::Client::builder().tls_backend_preconfigured(config);
        let http = builder.no_proxy().timeout(WAIT_MAX).build().unwrap();
        let base = format!("https://{}", self.run["https"].as_str().unwrap());
        Client { http, base, token: token.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of a running appliance. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Posts bytes under a key; an error when no answer came.
    pub(crate) async fn post(&self, key: &str, payload: Vec<u8>) -> Result<Answer, reqwest::Error> {
        self.post_as("application/octet-stream", key, payload).await
    }

    /// Posts bytes of a media type under a key.
    pub(crate) async fn post_as(
        &self,
        content_type: &str,
        key: &str,
        payload: Vec<u8>,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.http.post(format!("{}/v1/events", self.base)).bearer_auth(&self.token);
        let request = request.header("idempotency-key", key).body(payload);
        read(request.header("content-type", content_type)).await
    }

    /// Gets a path, in a tenant if one is named.
    pub(crate) async fn get(&self, path: &str, tenant: Option<&str>) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(tenant) = tenant {
            request = request.header("x-tenant-id", tenant);
        }
        read(request).await
    }

    /// Begins a request to any address, without a credential.
    pub(crate) fn at(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Begins any request, without a credential.
    pub(crate) fn ask(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }
}

/// Sends a request and checks its answer like every other.
pub(crate) async fn read(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer::new(status, headers, response.bytes().await?, BodyKind::Usual))
}
