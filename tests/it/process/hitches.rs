//! `send` to a server that has bad days: what was answered counts, and the rest is sent again under the same keys.

use super::program::{Ended, Program, end};
use super::scripted::{Scripted, broken_lines, lines};
use serde_json::Value;

fn send(program: &Program, server: &Scripted, arguments: &[&str]) -> Ended {
    let mut command = program.command(&["send", "--json", "--url", &server.url]);
    end(command.env("MAINSTAY_TOKEN", "mst_a_b").args(arguments), "")
}

fn with_file(name: &str, text: &str) -> Program {
    let program = Program::new();
    std::fs::write(program.beside(name), text).unwrap();
    program
}

#[test]
fn what_was_not_answered_is_sent_again_under_the_same_numbers() {
    let program = with_file("a.ndjson", "1\n\n2\n3\n4\n");
    let server = Scripted::start(vec![
        "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".into(),
        broken_lines("{\"line\":1,\"status\":\"accepted\",\"seq\":10}\n{\"line\":3,\"sta"),
        lines(
            "{\"line\":3,\"status\":\"duplicate\",\"seq\":11}\n{\"line\":4,\"status\":\"refused\",\"code\":\"c\",\"detail\":\"d\"}\n\
             {\"line\":5,\"status\":\"unavailable\",\"code\":\"draining\",\"detail\":\"d\",\"retry_after\":0}\n",
        ),
        lines("{\"line\":5,\"status\":\"duplicate\",\"seq\":9}\n"),
    ]);

    let ended = send(&program, &server, &["a.ndjson"]);

    let came = server.came();
    let bodies: Vec<_> = came.iter().map(|came| came.body.as_str()).collect();
    assert_eq!(bodies, ["1\n\n2\n3\n4\n", "1\n\n2\n3\n4\n", "\n\n2\n3\n4\n", "\n\n\n\n4\n"]);
    assert!(came.iter().all(|one| one.header("idempotency-key") == came[0].header("idempotency-key")));
    assert_eq!(came[0].header("authorization"), "Bearer mst_a_b");
    assert_eq!(ended.code, 2, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    // Line 3 lies behind what this send stored first, and so it is its own; line 5 lies before.
    assert_eq!(
        (&summary["stored"], &summary["repeats"], &summary["refused"]),
        (&2.into(), &1.into(), &1.into())
    );
}

#[test]
fn one_event_is_sent_until_it_is_answered() {
    let program = with_file("a.json", "{\"specversion\":\"1.0\"}");
    let server = Scripted::start(vec![
        "HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".into(),
        String::new(),
        "HTTP/1.1 204 Known\r\nlocation: /v1/events/7\r\n\r\n".into(),
    ]);
    let summary = send(&program, &server, &["--source", "s", "a.json"]).json();
    assert_eq!((&summary["sent"], &summary["repeats"]), (&1.into(), &1.into()));
    let came = server.came();
    assert_eq!(came.len(), 3);
    // The query has nothing to say of a CloudEvent.
    assert_eq!(came[0].head[0], "POST /v1/events HTTP/1.1");
    assert_eq!(came[2].header("content-type"), "application/cloudevents+json");
}

#[test]
fn answers_that_no_appliance_gives_end_the_send_at_once() {
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi";
    let one = "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{\"seq\":1}";
    let moved = "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n";
    for answer in [html, one, moved] {
        let program = with_file("a.ndjson", "1\n2\n");
        let server = Scripted::start(vec![answer.into()]);
        let ended = send(&program, &server, &["a.ndjson"]);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.stderr.contains("check --url"), "{ended:?}");
        assert_eq!(server.came().len(), 1);
    }
}

#[test]
fn a_server_that_never_can_is_given_up_with_a_word_on_how_to_go_on() {
    let program = with_file("a.ndjson", "1\n");
    let problem = "{\"code\":\"insufficient_storage\",\"detail\":\"full\"}";
    let length = problem.len();
    let full = format!("HTTP/1.1 507 Full\r\nretry-after: 60\r\ncontent-length: {length}\r\n\r\n{problem}");
    let server = Scripted::start(vec![full.clone(), full]);
    let ended = send(&program, &server, &["a.ndjson", "--give-up-after", "200ms"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    for part in
        ["nothing was answered for 200ms", "507 insufficient_storage: full", "give the same command again"]
    {
        assert!(ended.stderr.contains(part), "{ended:?}");
    }
    assert_eq!(server.came().len(), 2);
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&summary["finished"], &summary["sent"]), (&false.into(), &0.into()));
}
