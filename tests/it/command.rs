//! Commands of the real program.

use crate::place::Place;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program on the data directory of a place, apart from the settings of the person who tests.
pub(crate) fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.current_dir(place.join("")).arg("--data-dir").arg(place.join("data")).args(arguments);
    command
}

/// Runs a command to its end, with a line on stdin.
pub(crate) fn output(command: &mut Command, line: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may have closed it.
    let _ = writeln!(child.stdin.take().unwrap(), "{line}");
    child.wait_with_output().unwrap()
}
