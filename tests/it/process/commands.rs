//! The commands of the real program, with the server running and stopped.

use super::program::{PASSWORD, Program, end};
use serde_json::Value;

/// Commands that only read, and whose answers do not depend on whether the appliance runs.
const READS: &[&[&str]] = &[
    &["tenant", "list"],
    &["tenant", "show", "acme"],
    &["token", "list"],
    &["token", "list", "--tenant", "acme"],
    &["source", "list"],
    &["source", "show", "--tenant", "acme", "nothing"],
    &["events", "list", "--tenant", "acme"],
    &["events", "list", "--tenant", "acme", "--limit", "2"],
    &["events", "list", "--tenant", "acme", "--type", "sale"],
    &["events", "list", "--tenant", "acme", "--key", "k1"],
    &["events", "export", "--tenant", "acme"],
    &["events", "export", "--tenant", "acme", "--since", "2100-01-01T00:00:00Z"],
    &["events", "export"],
    &["schema", "status"],
    &["tls", "show"],
    &["config", "check"],
    &["config", "show"],
    &["config", "example"],
    &["tenant", "show", "nobody"],
    &["token", "show", "aaaaaaaaaaaaaaaa"],
    &["token", "show", "nonsense"],
    &["events", "list", "--tenant", "nobody"],
    &["events", "list", "--key", ""],
];

#[tokio::test]
async fn commands_answer_the_same_running_and_stopped() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let server = program.serve(&[]);
    let client = server.client(&token);
    for number in 0..5 {
        assert_eq!(client.post(&format!("k{number}"), vec![number]).await.unwrap().status, 201);
    }
    // The stop writes when the token was used.
    server.stop();
    let server = program.serve(&[]);
    let read = || -> Vec<_> {
        let ended = READS.iter().map(|command| program.run(command));
        ended.map(|ended| (ended.code, ended.stdout, ended.stderr)).collect()
    };
    let running = read();
    server.stop();
    for ((command, running), stopped) in READS.iter().zip(&running).zip(&read()) {
        assert_eq!(running, stopped, "{command:?}");
    }
}

#[test]
fn a_first_start_is_made_by_init_and_said_in_json() {
    let program = Program::new();
    let made = program.run_with(&["init", "--operator", "owner", "--password-stdin"], PASSWORD);
    let value = made.json();
    assert_eq!(value["operator"], "owner");
    assert!(program.data("tls/ca.pem").exists() && program.data("mainstay.redb").exists());
    assert_eq!(value["ca"], program.data("tls/ca.pem").to_str().unwrap());
    assert!(made.stderr.contains("data directory "), "{made:?}");
    let ca = std::fs::read(program.data("tls/ca.pem")).unwrap();
    let again = program.run_with(&["init", "--operator", "other", "--password-stdin"], PASSWORD);
    assert_eq!(again.code, 2, "{again:?}");
    program.run(&["init"]).json();
    assert_eq!(std::fs::read(program.data("tls/ca.pem")).unwrap(), ca);
    let slugs = program.run(&["tenant", "list"]).json();
    let slugs: Vec<_> = slugs.as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["system", "default"]);
}

/// A tenant and a token from birth to end; whether the appliance runs must not matter.
fn tenants_and_tokens(program: &Program) {
    let made = program.run(&["tenant", "create", "shop", "--name", "The shop"]).json();
    assert_eq!(
        (&made["slug"], &made["status"], &made["name"]),
        (&"shop".into(), &"active".into(), &"The shop".into())
    );
    let set = [
        "tenant",
        "set",
        "shop",
        "--strict",
        "true",
        "--key-retention",
        "7d",
        "--status",
        "suspended",
        "--rate-limit",
        "1000/60s",
        "--token-rate-limit",
        "off",
    ];
    let set = program.run(&set).json();
    assert_eq!(set["status"], "suspended");
    assert_eq!(
        set["settings"],
        serde_json::json!({
            "mismatch": "refuse",
            "key_retention": "7d",
            "rate_limit": "1000/1m",
            "token_rate_limit": null,
        })
    );
    assert_eq!(program.run(&["tenant", "show", "shop"]).json(), set);
    let create = [
        "token",
        "create",
        "--tenant",
        "shop",
        "--name",
        "till",
        "--scope",
        "events:write",
        "--expires-in",
        "90d",
    ];
    let made = program.run(&create).json();
    let id = made["id"].as_str().unwrap();
    assert!(made["token"].as_str().unwrap().starts_with(&format!("mst_{id}_")));
    assert_eq!(made["scopes"], serde_json::json!(["events:write"]));
    let shown = program.run(&["token", "show", id]).json();
    assert_eq!((&shown["token"], &shown["expires_at"]), (&Value::Null, &made["expires_at"]));
    let rotated = program.run(&["token", "rotate", id, "--overlap", "1h"]).json();
    assert_ne!(rotated["token"], made["token"]);
    let revoked = program.run(&["token", "delete", id]).json();
    assert!(revoked["revoked_at"].is_string());
    let rotated = program.run(&["token", "rotate", id]);
    assert_eq!(rotated.code, 2, "{rotated:?}");
    let admin = ["token", "create", "--tenant", "system", "--name", "backup", "--scope", "admin"];
    let with = |more: &[&str]| program.run(&[&admin[..], more].concat());
    assert!(with(&[]).json()["expires_at"].is_string(), "expires by itself");
    assert_eq!(with(&["--expires-in", "never"]).json()["expires_at"], Value::Null);
    let refused = with(&["--expires-in", "forever"]);
    assert!(refused.code == 64 && refused.stderr.contains("or `never`"), "{refused:?}");
    assert_eq!(program.run(&["tenant", "delete", "shop"]).code, 64);
    assert_eq!(program.run(&["tenant", "delete", "shop", "--yes"]).json()["status"], "deleted");
    assert_eq!(program.run(&["tenant", "show", "shop"]).json()["status"], "deleted");
    assert_eq!(program.run(&["tenant", "set", "shop", "--strict", "true"]).code, 2);
    assert_eq!(program.run(&["tenant", "create", "shop"]).code, 2);
}

#[test]
fn tenants_and_tokens_are_kept_with_the_server_stopped() {
    tenants_and_tokens(&Program::with_acme());
}

#[test]
fn tenants_and_tokens_are_kept_with_the_server_running() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    tenants_and_tokens(&program);
    server.stop();
}

#[tokio::test]
async fn a_change_by_command_counts_for_the_running_appliance_at_once() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let made = program
        .run(&["token", "create", "--tenant", "acme", "--name", "t", "--scope", "events:write"])
        .json();
    let client = server.client(made["token"].as_str().unwrap());
    assert_eq!(client.post("a", vec![]).await.unwrap().status, 201);
    program.run(&["tenant", "set", "acme", "--status", "suspended"]).json();
    client.post("a", vec![]).await.unwrap().refused(403, "tenant_suspended");
    program.run(&["tenant", "set", "acme", "--status", "active"]).json();
    assert_eq!(client.post("a", vec![]).await.unwrap().status, 204);
    program.run(&["token", "delete", made["id"].as_str().unwrap()]).json();
    client.post("a", vec![]).await.unwrap().refused(401, "token_revoked");
    server.stop();
}

#[tokio::test]
async fn events_are_listed_newest_first_and_exported_oldest_first() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let server = program.serve(&[]);
    let client = server.client(&token);
    for number in 0..30_u8 {
        client.post(&format!("k{number}"), vec![number]).await.unwrap();
    }
    let check = || {
        let listed = program.run(&["events", "list", "--tenant", "acme", "--limit", "3"]).json();
        assert_eq!(keys(listed.as_array().unwrap()), numbered((27..30).rev()));
        assert_eq!(program.run(&["events", "list", "--tenant", "acme"]).json().as_array().unwrap().len(), 20);
        let exported = program.run(&["events", "export", "--tenant", "acme"]);
        assert_eq!(exported.code, 0);
        let lines = exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(keys(&lines.collect::<Vec<_>>()), numbered(0..30));
    };
    check();
    server.stop();
    check();
}

#[tokio::test]
async fn payloads_reach_the_command_line_as_they_were_sent() {
    let odd = [r#""\ud800""#, "1e999", r#"{"b":1,"a":12345678901234567890123,"f":1.10,"b":2}"#];
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let server = program.serve(&[]);
    let client = server.client(&token);
    for (number, text) in odd.iter().enumerate() {
        let sent = client.post_as("application/json", &format!("k{number}"), text.as_bytes().to_vec()).await;
        assert_eq!(sent.unwrap().status, 201);
    }
    let check = || {
        let exported = program.run(&["events", "export", "--tenant", "acme"]);
        assert_eq!((exported.code, exported.stdout.lines().count()), (0, odd.len()));
        for (line, text) in exported.stdout.lines().zip(odd) {
            assert!(line.contains(&format!("\"data\":{text}")), "{line}");
        }
        assert_eq!(program.run(&["events", "list", "--tenant", "acme"]).code, 0);
    };
    check();
    server.stop();
    check();
}

fn keys(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["idempotency_key"].as_str().unwrap().to_owned()).collect()
}

fn numbered(numbers: impl Iterator<Item = u8>) -> Vec<String> {
    numbers.map(|number| format!("k{number}")).collect()
}

#[test]
fn a_probe_tells_whether_somebody_serves() {
    let program = Program::with_acme();
    let stopped = program.run(&["probe"]);
    assert_eq!(stopped.code, 1, "{stopped:?}");
    let server = program.serve(&[]);
    assert_eq!(program.run(&["probe"]).code, 0);
    assert_eq!(program.run(&["probe", "--ready"]).json()["checks"]["database"], true);
    server.stop();
    assert_eq!(program.run(&["probe", "--ready"]).code, 1);
}

#[test]
fn every_command_has_help_with_an_example() {
    let program = Program::new();
    for command in [
        "serve",
        "init",
        "keys export",
        "config check",
        "config show",
        "config example",
        "tenant create",
        "tenant list",
        "tenant show",
        "tenant set",
        "tenant delete",
        "token create",
        "token list",
        "token show",
        "token rotate",
        "token delete",
        "events list",
        "events export",
        "send",
        "tls show",
        "tls renew",
        "tls rotate-ca",
        "ledger verify",
        "schema status",
        "settings list",
        "settings show",
        "settings set",
        "settings reset",
        "block list",
        "block add",
        "block lift",
        "probe",
    ] {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let ended = end(&mut program.command(&words), "");
        assert_eq!(ended.code, 0, "{command}");
        assert!(
            ended.stdout.contains(&format!("Example: mainstay {command}")),
            "{command}: {}",
            ended.stdout
        );
    }
    assert_eq!(end(&mut program.command(&["--version"]), "").code, 0);
}
