//! The demonstration, on live input.

use super::program::Program;
use serde_json::Value;

/// New events of a run.
const EVENTS: u64 = 60;

/// Runs the demonstration to its end and returns its last line.
fn ended(program: &Program) -> Value {
    let events = EVENTS.to_string();
    let free_port = "listen.https=127.0.0.1:0";
    let run = program.run(&["demo", "--events", &events, "--rate", "200", "--set", free_port]);
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap()
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
