//! What the real program tells the service manager, and whether its unit file says what it does.

use super::program::{Program, wait_for};
use crate::tools;
use rustix::process::Signal;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// A service manager that listens.
struct Manager(UnixDatagram);

impl Manager {
    fn new(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self(socket)
    }

    /// Returns the messages up to one that holds this line, each as its lines.
    fn until(&self, line: &str) -> Vec<Vec<String>> {
        let mut messages = Vec::new();
        loop {
            let mut buffer = [0; 4096];
            let len =
                self.0.recv(&mut buffer).unwrap_or_else(|error| panic!("{error}: {line}: {messages:?}"));
            let text = std::str::from_utf8(&buffer[..len]).unwrap();
            messages.push(text.lines().map(str::to_owned).collect::<Vec<_>>());
            if text.lines().any(|found| found == line) {
                return messages;
            }
        }
    }
}

fn has(messages: &[Vec<String>], begin: &str) -> bool {
    messages.iter().flatten().any(|line| line.starts_with(begin))
}

#[test]
fn the_service_manager_hears_of_start_life_reload_and_stop() {
    let program = Program::with_acme();
    let path = program.beside("notify");
    let manager = Manager::new(&path);
    let limit = Path::new("400000");
    let mut server =
        program.serve_with_variables(&[("NOTIFY_SOCKET", path.as_path()), ("WATCHDOG_USEC", limit)]);
    let starting = manager.until("READY=1");
    assert!(has(&starting, "STATUS=Starting: 3 of 9: "), "{starting:?}");
    assert!(has(&starting, "STATUS=Serving: events on 127.0.0.1:"), "{starting:?}");
    for _ping in 0..3 {
        manager.until("WATCHDOG=1");
    }
    server.signal(Signal::HUP);
    let reloading = manager.until("RELOADING=1");
    let since = reloading.last().unwrap().iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(since.unwrap().parse::<u64>().unwrap() > 0, "{reloading:?}");
    manager.until("READY=1");
    server.signal(Signal::TERM);
    let stopping = manager.until("STOPPING=1");
    assert!(has(&stopping, "STATUS=Stopping: "), "{stopping:?}");
    assert_eq!(server.ended().code(), Some(0), "{}", program.log());
    assert!(!program.log().contains("does not move"), "{}", program.log());
}

#[test]
fn a_start_that_fails_says_why() {
    let program = Program::with_acme();
    let path = program.beside("notify");
    let manager = Manager::new(&path);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _held = std::net::TcpListener::bind(taken).unwrap();
    let mut command = program.command(&["serve", "--set", &format!("listen.https={taken}")]);
    let ended = super::program::end(command.env("NOTIFY_SOCKET", &path), "");
    assert_eq!(ended.code, 1, "{ended:?}");
    let mut buffer = [0; 4096];
    let found = wait_for("the reason", || {
        let len = manager.0.recv(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
        text.contains("STATUS=Could not start: ").then_some(text)
    });
    assert!(found.contains(&taken.to_string()), "{found}");
}

#[test]
fn a_run_ends_with_what_it_came_to() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    assert_eq!(program.run(&["probe"]).code, 0);
    server.stop();
    let log = program.log();
    let totals = log.lines().find(|line| line.contains("\"uptime_s\"")).unwrap_or_else(|| panic!("{log}"));
    let totals: serde_json::Value = serde_json::from_str(totals).unwrap();
    for field in
        ["answered_2xx", "answered_5xx", "events_stored", "events_repeated", "events_refused", "panics"]
    {
        assert!(totals[field].is_u64(), "{field}: {totals}");
    }
}

#[test]
fn the_unit_file_bounds_memory_and_threads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let (unit, readme) = (read("systemd/mainstay.service"), read("README.md"));
    let number = |name: &str| -> u64 {
        let line = unit
            .lines()
            .find(|line| line.starts_with(&format!("{name}=")))
            .unwrap_or_else(|| panic!("{name}"));
        assert!(readme.contains(&format!("`{line}`")), "the README does not explain {line}");
        line.trim_start_matches(|one: char| !one.is_ascii_digit()).trim_end_matches('M').parse().unwrap()
    };
    let (high, max, threads) = (number("MemoryHigh"), number("MemoryMax"), number("TasksMax"));
    assert!(512 <= high && high < max, "{high} {max}");
    // What the runtime may begin for blocking work, and twice as many for processors and the rest.
    assert!(threads >= 2 * 512, "{threads}");
    // The program itself keeps far below both.
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.run["pid"])).unwrap();
    let of = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    assert!(of("VmRSS:") / 1024 < high && of("Threads:") < threads / 2, "{status}");
    server.stop();
}

#[test]
fn the_unit_file_is_clean() {
    let Some(analyze) = tools::find("systemd-analyze") else { return };
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/mainstay.service");
    let text = std::fs::read_to_string(&unit).unwrap();
    // The program stands where the package puts it; for the check it is the one just built.
    let program = Program::new();
    let copy = program.beside("mainstay.service");
    std::fs::write(&copy, text.replace("/usr/bin/mainstay", env!("CARGO_BIN_EXE_mainstay"))).unwrap();
    let checked =
        std::process::Command::new(analyze).arg("verify").arg("--man=no").arg(&copy).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    let about_it: Vec<_> = said.lines().filter(|line| line.contains("mainstay")).collect();
    assert!(checked.status.success() && about_it.is_empty(), "{said}");
    for line in ["Type=notify", "NotifyAccess=main", "WatchdogSec=60", "ExecReload="] {
        assert!(text.contains(&format!("\n{line}")), "{line}");
    }
}
