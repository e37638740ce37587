//! What the program's own examination finds, running and stopped.

use super::program::{Program, end};
use serde_json::Value;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

const OFFLINE: [&str; 3] = ["--set", "listen.https=127.0.0.1:0", "doctor"];

/// Returns a check of an examination with `--json`.
fn check(stdout: &str, name: &str) -> Value {
    let checks: Vec<Value> = serde_json::from_str(stdout).unwrap();
    checks.into_iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name} in {stdout}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_appliance_has_no_fault_running_or_stopped_and_untrusted_forwarders_are_told() {
    let program = Program::with_acme();
    let stopped = program.run(&OFFLINE);
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert!(check(&stopped.stdout, "appliance")["seen"].as_str().unwrap().contains("does not run"));
    let server = program.serve(&["listen.http=127.0.0.1:0", "listen.ops=127.0.0.1:0"]);
    let running = program.run(&["doctor"]);
    assert_eq!(running.code, 0, "{running:?}");
    for name in ["files", "appliance", "certificate", "disk", "sync", "proxies", "listeners"] {
        let found = check(&running.stdout, name);
        assert!(found["verdict"] != "fault" && !found["seen"].as_str().unwrap().is_empty(), "{found}");
    }
    let listeners = check(&running.stdout, "listeners");
    assert_eq!(listeners["seen"].as_str().unwrap().matches(" answers").count(), 3, "{listeners}");
    for _ in 0..3 {
        let asked =
            server.client("").ask(reqwest::Method::GET, "/livez").header("forwarded", "for=192.0.2.9");
        assert_eq!(asked.send().await.unwrap().status(), 200);
    }
    let proxies = check(&program.run(&["doctor"]).stdout, "proxies");
    assert_eq!(proxies["verdict"], "warning");
    assert!(proxies["seen"].as_str().unwrap().starts_with("3 requests "), "{proxies}");
    assert_eq!(program.log().matches("is no trusted proxy").count(), 1, "{}", program.log());
    server.stop();
}

#[test]
fn a_fault_ends_with_1_and_says_what_to_do() {
    let program = Program::with_acme();
    let key = program.data("keys/sealing.key");
    set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let found = end(&mut program.command(&OFFLINE), "");
    assert_eq!(found.code, 1, "{found:?}");
    let line = found.stdout.lines().find(|line| line.starts_with("fault    files")).unwrap();
    assert!(line.contains("mode 0644") && line.contains("; hint: chmod 600 "), "{line}");
    assert!(found.stderr.contains("fault"), "{found:?}");
    set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("listen.https={}", taken.local_addr().unwrap());
    let found = program.run(&["--set", &address, "doctor"]);
    assert_eq!(found.code, 1, "{found:?}");
    assert_eq!(check(&found.stdout, "listeners")["verdict"], "fault");
    std::fs::write(program.data("mainstay.redb"), "no database").unwrap();
    let found = program.run(&OFFLINE);
    assert_eq!((found.code, &check(&found.stdout, "appliance")["verdict"]), (1, &"fault".into()));
    assert_eq!(check(&found.stdout, "disk")["check"], "disk", "the other checks go on");
}

#[test]
fn a_directory_that_is_not_there_is_a_finding_too() {
    let program = Program::new();
    let found = program.run(&["doctor"]);
    assert_eq!(found.code, 1, "{found:?}");
    let finding = check(&found.stdout, "directory");
    assert_eq!(finding["verdict"], "fault");
    assert!(finding["seen"].as_str().unwrap().starts_with("there is no data directory "), "{finding}");
    assert!(finding["hint"].as_str().unwrap().starts_with("name the right one with --data-dir"), "{finding}");
    let found = end(&mut program.command(&["doctor"]), "");
    assert!(found.stdout.starts_with("fault    directory    there is no data directory "), "{found:?}");
    assert!(!program.data("").exists());
}
