//! The real server, as shipped: from an empty directory to its address.

use crate::Failure;
use crate::plan::Target;
use crate::process::{LOOK_EVERY, Running};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A start on an empty directory takes well under a second.
const START_WAIT: Duration = Duration::from_secs(30);

/// What the server's edge speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// HTTP in the clear.
    Plain,
    /// HTTPS.
    Tls,
}

/// The part of `run.json` that is needed.
#[derive(Deserialize)]
struct RunFile {
    https: String,
    ca: Option<PathBuf>,
}

/// The part of the new token that is needed.
#[derive(Deserialize)]
struct NewToken {
    token: String,
}

/// Makes a data directory inside `directory`, with an operator and a token, and serves it.
pub(crate) fn start(directory: &Path, edge: Edge) -> Result<(Running, Target), Failure> {
    let data = directory.join("data");
    run_command(&data, &["init", "--operator", "owner", "--password-stdin"])?;
    let token = run_command(
        &data,
        &["token", "create", "--tenant", "default", "--name", "bench", "--scope", "events:write", "--json"],
    )?;
    let token: NewToken = serde_json::from_slice(&token)
        .map_err(|error| format!("`mainstay token create --json` printed no token: {error}"))?;

    let mut serve = command(&data, &["serve", "--set", "environment=development"]);
    serve.args(["--set", "listen.https=127.0.0.1:0"]);
    if edge == Edge::Plain {
        serve.args(["--set", "tls.mode=off"]);
    }
    let log = File::create(directory.join("server.log"))?;
    serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut running = Running::new("the mainstay server", serve.spawn()?);
    let run_file = wait_for_run_file(&mut running, &data.join("run.json"))?;
    let ca = match edge {
        Edge::Plain => None,
        Edge::Tls => Some(data.join(run_file.ca.ok_or("run.json names no authority")?)),
    };
    Ok((running, Target { address: run_file.https.parse()?, ca, token: token.token }))
}

fn command(data: &Path, arguments: &[&str]) -> Command {
    let binary = std::env::var_os("MAINSTAY_BENCH_BINARY");
    let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_mainstay").into());
    let mut command = Command::new(binary);
    // Settings of the person who measures must not reach the server.
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.args(arguments).arg("--data-dir").arg(data);
    command
}

/// Runs a command that ends, with a password on its standard input, and returns its standard output.
fn run_command(data: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let mut command = command(data, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that reads nothing may have closed it.
        let _ = stdin.write_all(b"correct horse battery staple\n");
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`mainstay {}` ended with {}: {errors}", arguments.join(" "), output.status).into())
}

fn wait_for_run_file(running: &mut Running, path: &Path) -> Result<RunFile, Failure> {
    let started = Instant::now();
    while started.elapsed() < START_WAIT {
        running.check_alive()?;
        if path.try_exists()? {
            return Ok(serde_json::from_slice(&fs::read(path)?)?);
        }
        sleep(LOOK_EVERY);
    }
    Err(format!("the server wrote no run.json within {START_WAIT:?}").into())
}
