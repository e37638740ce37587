//! The demonstration, on live input.

use super::program::Program;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

/// New events of a run.
const EVENTS: u64 = 60;

/// Runs the demonstration to its end and returns its first and last line.
fn lines(program: &Program) -> (Value, Value) {
    let events = EVENTS.to_string();
    let free_port = "listen.https=127.0.0.1:0";
    let run = program.run(&["demo", "--events", &events, "--rate", "200", "--set", free_port]);
    assert_eq!(run.code, 0, "{run:?}");
    let parse = |line: Option<&str>| serde_json::from_str(line.unwrap()).unwrap();
    (parse(run.stdout.lines().next()), parse(run.stdout.lines().last()))
}

/// The same, with the last line alone.
fn ended(program: &Program) -> Value {
    lines(program).1
}

#[test]
fn every_demonstration_shows_the_same_login_which_nobody_else_reads() {
    let program = Program::new();
    let file = program.data("demo.login");
    let logins = [(), ()].map(|()| {
        let (started, _) = lines(&program);
        assert!(started["console"].as_str().unwrap().ends_with("/console"), "{started}");
        assert!(started["login_file"].as_str().unwrap().ends_with("demo.login"), "{started}");
        std::fs::read_to_string(&file).unwrap()
    });
    assert_eq!(logins[0], logins[1]);
    assert_eq!(logins[0].lines().map(str::len).collect::<Vec<_>>(), ["owner".len(), 20]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(program.run(&["operator", "list"]).json()[0]["role"], "owner");
}

#[test]
fn without_an_operator_the_log_says_how_to_make_one_and_never_the_link() {
    let program = Program::new();
    let _server = program.serve(&[]);
    let link = program.run(&["setup-link"]).json()["link"].as_str().unwrap().to_owned();
    assert!(link.contains("/setup?link="), "{link}");
    let log = program.log();
    assert!(log.contains("mainstay setup-link") && !log.contains("/setup?link="), "{log}");
}

#[test]
fn a_second_demonstration_goes_on_where_the_first_ended() {
    let program = Program::new();
    let first = ended(&program);
    assert_eq!((&first["run"]["stored"], &first["ledger"]["whole"]), (&EVENTS.into(), &true.into()));
    let second = ended(&program);
    assert_eq!((&second["run"]["stored"], &second["ledger"]["whole"]), (&EVENTS.into(), &true.into()));
    assert_eq!(second["stored"], 2 * EVENTS, "{second}");
    assert!(second["run"]["first_seq"].as_u64() > first["run"]["last_seq"].as_u64(), "{first} {second}");
}
