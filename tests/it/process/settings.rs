//! Settings of the real program: from the console, the file and the environment, while it runs and while it does not.

use super::program::{Program, end, wait_for};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::Value;

const KEY: &str = "limits.rate_limit_max";

fn show(program: &Program, key: &str) -> (String, String) {
    let shown = program.run(&["settings", "show", key]).json();
    let text = |name: &str| shown[name].as_str().unwrap().to_owned();
    (text("value"), text("origin"))
}

fn of_config_show(program: &Program, key: &str) -> (String, String) {
    let rows = program.run(&["config", "show"]).json();
    let row = rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    (row["value"].as_str().unwrap().to_owned(), row["origin"].as_str().unwrap().to_owned())
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_console_sets_holds_whether_the_appliance_runs_or_not() {
    let program = Program::with_acme();
    assert_eq!(program.run(&["settings", "set", KEY, "7"]).json()["origin"], "console");
    assert_eq!(of_config_show(&program, KEY), pair("7", "console"));

    let server = program.serve(&["limits.in_flight_max=99"]);
    assert!(program.log().contains("Setting limits.rate_limit_max is 7"), "{}", program.log());
    assert_eq!(show(&program, KEY), pair("7", "console"));
    assert_eq!(show(&program, "limits.in_flight_max"), pair("99", "--set"));
    let refused = program.run(&["settings", "set", "limits.in_flight_max", "5"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("limits.in_flight_max is set by --set; hint: "), "{refused:?}");
    let refused = program.run(&["settings", "set", KEY, "0"]);
    assert!(refused.code == 2 && refused.stderr.contains("too small; hint: "), "{refused:?}");
    program.run(&["settings", "set", "limits.rate_limit_window", "2m"]).json();
    let policy = async || {
        let client = server.client("mst_none");
        let answer = client.ask(Method::GET, "/v1").send().await.unwrap();
        answer.headers()["ratelimit-policy"].to_str().unwrap().to_owned()
    };
    assert_eq!(policy().await, "\"default\";q=7;w=120");
    assert_eq!(of_config_show(&program, KEY), pair("7", "console"), "through the socket");
    program.run(&["settings", "reset", KEY]).json();
    assert_eq!(policy().await, "\"default\";q=100;w=120");
    server.stop();
    assert_eq!(show(&program, KEY), pair("100", "default"));
}

#[test]
fn a_configuration_is_shown_without_a_database_and_says_so() {
    let program = Program::new();
    let shown = program.run(&["config", "show"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stderr.contains("without the console's settings"), "{shown:?}");
    assert!(!program.data("").exists(), "nothing is made by looking");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_takes_a_changed_limit_and_a_broken_file_changes_nothing() {
    let program = Program::with_acme();
    let file = program.beside("mainstay.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("[limits]\nrate_limit_max = 50\n");
    let server = program.serve_with(&["--config", file.to_str().unwrap()]);
    let policy = async || {
        let answer = server.client("mst_none").ask(Method::GET, "/v1").send().await.unwrap();
        answer.headers()["ratelimit-policy"].to_str().unwrap().to_owned()
    };
    assert_eq!(policy().await, "\"default\";q=50;w=60");

    write("[limits]\nrate_limit_max = 60\n[listen]\nconnections_max = 9\n");
    server.signal(Signal::HUP);
    wait_for("the reload", || {
        program.log().contains("Setting listen.connections_max takes effect at the next start").then_some(())
    });
    assert_eq!(policy().await, "\"default\";q=60;w=60");
    assert!(program.log().contains("Setting limits.rate_limit_max is 60 now"), "{}", program.log());

    write("[limits]\nrate_limit_max = 0\n");
    server.signal(Signal::HUP);
    wait_for("the refusal", || program.log().contains("The settings stay as they are").then_some(()));
    assert!(program.log().contains("limits.rate_limit_max = `0`: too small; hint: "), "{}", program.log());
    assert_eq!(policy().await, "\"default\";q=60;w=60");
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_key_comes_from_a_file_and_weak_secrets_are_told_all_at_once() {
    let program = Program::with_acme();
    let key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let file = program.beside("key");
    std::fs::write(&file, format!("{key}\n")).unwrap();
    let server = program.serve_with_variable("API_KEY_FILE", &file);
    let listed =
        server.client(key).ask(Method::GET, "/api/v1/settings").bearer_auth(key).send().await.unwrap();
    assert_eq!(listed.status(), 200);
    server.stop();
    assert!(!program.log().contains(key));

    let mut check = program.command(&["config", "check", "--set", "limits.in_flight_max=0"]);
    check.envs([("NODE_ENV", "production"), ("API_KEY", "short"), ("WEBHOOK_SECRET", "changeme")]);
    let ended = end(&mut check, "");
    assert_eq!(ended.code, 78, "{ended:?}");
    for part in
        ["3 problems", "limits.in_flight_max = `0`", "API_KEY: too easy", "WEBHOOK_SECRET: a well-known"]
    {
        assert!(ended.stderr.contains(part), "{part}: {ended:?}");
    }
    let mut serve = program.command(&["serve", "--set", "environment=production"]);
    let ended = end(serve.env("WEBHOOK_SECRET", "changeme"), "");
    assert_eq!(ended.code, 78, "{ended:?}");
}

#[test]
fn secrets_from_outside_are_shown_as_given_and_never_themselves() {
    let program = Program::with_acme();
    let key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let show = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.envs([("API_KEY", key), ("WEBHOOK_SECRET_FILE", "/nowhere/secret")]);
        let ended = end(&mut command, "");
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!ended.stdout.contains(key) && !ended.stderr.contains(key), "{ended:?}");
        ended.stdout
    };
    let rows: Value = serde_json::from_str(&show(&["config", "show", "--json"])).unwrap();
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == name).unwrap().clone();
    let told = |name: &str| (row(name)["value"].clone(), row(name)["origin"].clone());
    assert_eq!(told("API_KEY"), ("(hidden)".into(), "environment API_KEY".into()));
    assert_eq!(told("WEBHOOK_SECRET"), ("(hidden)".into(), "environment WEBHOOK_SECRET_FILE".into()));
    assert_eq!(told("MAINSTAY_OPERATOR_PASSWORD"), (Value::Null, "default".into()));
    let text = show(&["config", "show"]);
    for line in [
        "# API_KEY = (hidden)  # environment API_KEY",
        "# WEBHOOK_SECRET = (hidden)  # environment WEBHOOK_SECRET_FILE",
        "# MAINSTAY_OPERATOR_PASSWORD is not set",
        "# MAINSTAY_KEYS_PASSPHRASE is not set",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
    let file = program.beside("shown.toml");
    std::fs::write(&file, text).unwrap();
    let again = program.run(&["config", "check", "--config", file.to_str().unwrap()]);
    assert_eq!(again.json()["valid"], true, "what is shown is a file of settings");
}
