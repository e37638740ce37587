//! Bodies of lines: each is answered for itself, as it becomes durable.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use mainstay::services::health::Phase;
use serde_json::Value;
use std::io;
use std::ops::Range;
use std::time::Duration;

const LINES: &str = "application/x-ndjson";

fn answers(text: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(text).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns line number and status of each answer.
fn told(answer: &Answer) -> Vec<(u64, String)> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(LINES)), "{answer:?}");
    let said = |line: &Value| (line["line"].as_u64().unwrap(), line["status"].as_str().unwrap().to_owned());
    answers(&answer.body).iter().map(said).collect()
}

fn expected(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(line, status)| (*line, (*status).to_owned())).collect()
}

/// Begins a body that is sent piece by piece.
fn body() -> (Sender<Bytes, io::Error>, Body) {
    let (sender, body) = Channel::new(64);
    (sender, Body::new(body))
}

async fn next(body: &mut Body) -> Vec<Value> {
    answers(&body.frame().await.unwrap().unwrap().into_data().unwrap())
}

async fn payload(actor: &Actor, seq: &Value) -> Bytes {
    actor.get(&format!("/v1/events/{seq}/payload")).await.body
}

fn numbered(numbers: Range<u64>) -> String {
    let lines: Vec<String> = numbers.map(|number| format!("{{\"n\":{number}}}\n")).collect();
    lines.concat()
}

async fn key(actor: &Actor, seq: &Value) -> Value {
    actor.get(&format!("/v1/events/{seq}")).await.json()["idempotency_key"].clone()
}

#[tokio::test]
async fn each_line_is_answered_in_order_and_a_bad_one_fails_alone() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let event = r#"{"specversion":"1.0","id":"7","source":"/b","type":"t","data":{"x": 1}}"#;
    let text = format!(
        "{{\"a\": 1}}\r\n\n{{\"a\": 1}}\nnonsense\n{event}\n{{\"specversion\":\"1.0\"}}\n\"specversion\"\n[{}]\n3",
        " ".repeat(70_000)
    );
    let ask =
        sender.post_to("/v1/events?source=pos&type=sale&subject=s", text).replacing("content-type", LINES);
    let answer = ask.key("K").send().await;
    let statuses = [
        (1, "accepted"),
        (3, "accepted"),
        (4, "refused"),
        (5, "accepted"),
        (6, "refused"),
        (7, "accepted"),
        (8, "refused"),
        (9, "accepted"),
    ];
    assert_eq!(told(&answer), expected(&statuses));
    let lines = answers(&answer.body);
    assert_eq!(key(&sender, &lines[1]["seq"]).await, "K/3");
    assert_eq!(
        [&lines[2]["code"], &lines[4]["code"], &lines[6]["code"]],
        ["invalid_json", "invalid_cloudevent", "body_too_large"]
    );
    assert_eq!(payload(&sender, &lines[0]["seq"]).await, r#"{"a": 1}"#);
    assert_eq!(payload(&sender, &lines[3]["seq"]).await, r#"{"x": 1}"#);
    let read = sender.get(&format!("/v1/events/{}", lines[5]["seq"])).await.json();
    assert_eq!([&read["source"], &read["type"], &read["subject"]], ["pos", "sale", "s"]);
    let read = sender.get(&format!("/v1/events/{}", lines[3]["seq"])).await.json();
    assert_eq!([&read["source"], &read["type"], &read["id"]], ["/b", "t", "7"]);
    assert_eq!((&read["subject"], &read["idempotency_key"]), (&Value::Null, &"K/5".into()));
}

#[tokio::test]
async fn without_a_key_lines_have_the_keys_that_single_events_have() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let event = r#"{"specversion":"1.0","id":"7","source":"/b","type":"t"}"#;
    let answer = sender.post_as(LINES, format!("1\n1\n{event}\n{event}\n2\n")).send().await;
    let statuses = [(1, "accepted"), (2, "duplicate"), (3, "accepted"), (4, "duplicate"), (5, "accepted")];
    assert_eq!(told(&answer), expected(&statuses));
    assert_eq!(key(&sender, &answers(&answer.body)[2]["seq"]).await, "/b#7");
    let ask = sender.post_as(LINES, "1\n").header("prefer", "return=representation");
    let full = answers(&ask.send().await.body).remove(0);
    assert_eq!([&full["status"], &full["source"], &full["type"]], ["duplicate", "till", "event"]);
    let single = sender.post("2").send().await;
    assert_eq!(single.status, 204);
}

#[tokio::test]
async fn an_empty_body_has_no_answers() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for body in ["", "\n", "\n \r\n\n"] {
        assert!(told(&sender.post_as(LINES, body).send().await).is_empty());
    }
}

#[tokio::test]
async fn a_line_is_answered_while_the_next_is_not_sent_yet() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (mut lines, body) = body();
    lines.send_data("1\n2".into()).await.unwrap();
    let (status, mut answer) = sender.post_as(LINES, body).key("K").open().await;
    assert_eq!(status, 200);
    assert_eq!(next(&mut answer).await[0]["line"], 1);
    let before = app.ledger_len();
    // The second line has no ending yet.
    lines.send_data("2\n".into()).await.unwrap();
    let second = next(&mut answer).await;
    assert_eq!((second[0]["line"].as_u64(), second[0]["seq"].as_u64()), (Some(2), Some(before + 1)));
    assert_eq!(payload(&sender, &second[0]["seq"]).await, "22");
    drop(lines);
    assert!(answer.frame().await.is_none());
}

#[tokio::test]
async fn a_sender_that_hangs_up_keeps_what_was_stored_and_a_cut_line_is_not() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let (mut lines, body) = body();
    lines.send_data("1\n".into()).await.unwrap();
    let (_status, mut answer) = sender.post_as(LINES, body).open().await;
    assert_eq!(next(&mut answer).await.len(), 1);
    lines.send_data("2".into()).await.unwrap();
    lines.abort(io::Error::other("cut"));
    let rest = answer.collect().await.unwrap().to_bytes();
    let last = answers(&rest);
    assert_eq!((&last[0]["line"], &last[0]["code"]), (&2.into(), &"body_incomplete".into()));
    assert_eq!(app.ledger_len(), before + 1);
}

#[tokio::test]
async fn answers_that_nobody_reads_stop_the_reading() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(200)).await;
    let sender = app.tenant("acme").await;
    let (mut lines, body) = body();
    lines.send_data("0\n".into()).await.unwrap();
    let (_status, answer) = sender.post_as(LINES, body).open().await;
    let mut sent = 0_u64;
    // Refusals cannot be told in short.
    while lines.send_data(format!("{sent}\nnonsense\n").repeat(100).into()).await.is_ok() {
        sent += 100;
    }
    // What still came was passed over.
    assert!(app.ledger_len() < 2_000, "{} events are stored", app.ledger_len());
    assert!(answer.collect().await.is_err(), "the answer is cut off");
}

#[tokio::test]
async fn a_sender_may_write_all_its_lines_before_it_reads_an_answer() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (mut lines, body) = body();
    lines.send_data("0\n".into()).await.unwrap();
    let (_status, answer) = sender.post_as(LINES, body).key("K").open().await;
    for first in (1..100_000).step_by(1_000) {
        lines.send_data(numbered(first..first + 1_000).into()).await.unwrap();
    }
    drop(lines);
    let told = answers(&answer.collect().await.unwrap().to_bytes());
    assert_eq!(told.len(), 100_001);
    assert!((1..).zip(&told).all(|(number, line)| line["line"] == number && line["status"] == "accepted"));
}

#[tokio::test]
async fn a_pausing_body_ends_with_a_line_that_says_so() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(50)).await;
    let sender = app.tenant("acme").await;
    let (mut lines, body) = body();
    lines.send_data("1\n".into()).await.unwrap();
    let (_status, answer) = sender.post_as(LINES, body).open().await;
    let told = answers(&answer.collect().await.unwrap().to_bytes());
    assert_eq!((&told[1]["line"], &told[1]["status"]), (&2.into(), &"unavailable".into()));
    assert_eq!(told[1]["code"], "body_timeout");
    drop(lines);
}

#[tokio::test]
async fn a_stop_ends_the_reading_with_a_line_that_says_so() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (mut lines, body) = body();
    lines.send_data("1\n".into()).await.unwrap();
    let (_status, mut answer) = sender.post_as(LINES, body).open().await;
    assert_eq!(next(&mut answer).await[0]["status"], "accepted");
    app.parts().health.enter(Phase::Draining);
    let last = next(&mut answer).await;
    assert_eq!([&last[0]["status"], &last[0]["code"]], ["unavailable", "draining"]);
    assert_eq!((&last[0]["line"], last[0]["retry_after"].is_u64()), (&2.into(), true));
    drop(lines);
    assert!(answer.frame().await.is_none());
}

#[tokio::test]
async fn many_lines_come_back_one_by_one() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let text = numbered(0..20_000);
    let answer = sender.post_as(LINES, text.clone()).key("K").send().await;
    let lines = told(&answer);
    assert_eq!(lines.len(), 20_000);
    assert!((1..).zip(&lines).all(|(number, line)| *line == (number, "accepted".to_owned())));
    assert_eq!(app.ledger_len(), before + 20_000);
    let again = sender.post_as(LINES, text).key("K").send().await;
    assert!(told(&again).iter().all(|(_, status)| status == "duplicate"));
    assert_eq!(app.ledger_len(), before + 20_000);
}

#[tokio::test]
async fn atomic_lines_are_stored_all_or_none() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let post = |text: &str| {
        sender.post_to("/v1/events?atomic=true", text.to_owned()).replacing("content-type", LINES)
    };
    let refused = post("1\nnonsense\n3").send().await;
    refused.refused(422, "batch_refused");
    assert_eq!((refused.bad_fields(), app.ledger_len()), (vec!["line 2".to_owned()], before));
    assert_eq!(told(&post("1\n\n3").send().await), expected(&[(1, "accepted"), (3, "accepted")]));
    assert_eq!(app.ledger_len(), before + 2);
    post(&"1\n".repeat(40_000)).send().await.refused(413, "body_too_large");
}

#[tokio::test]
async fn a_wrong_request_is_refused_before_a_line_is_read() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    app.anonymous().post_as(LINES, "1\n").send().await.refused(401, "token_missing");
    let ask = sender.post_to("/v1/events?sauce=a", "1\n").replacing("content-type", LINES);
    ask.send().await.refused(400, "invalid_query");
    sender.post_as(LINES, "1\n").key("").send().await.refused(400, "invalid_idempotency_key");
    let ask = sender.post_as(LINES, "1\n").header("content-encoding", "gzip");
    ask.send().await.refused(415, "unsupported_encoding");
    assert_eq!(app.ledger_len(), before);
}
