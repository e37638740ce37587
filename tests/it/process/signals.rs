//! Stopping, reloading, and who else wants the directory.

use super::load::{Gathered, Senders, assert_refused_again};
use super::program::{Program, end, wait_for};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polite_stop_under_load_keeps_what_was_answered_and_a_start_goes_on() {
    let program = Program::with_acme();
    let writer = program.token("acme", &["events:write"]);
    let auditor = program.token("system", &["admin"]);
    let mut gathered = Gathered::default();
    for (run, signal) in [("first", Signal::TERM), ("second", Signal::INT)] {
        let mut server = program.serve(&[]);
        let senders = Senders::begin(&server, &writer, 8, run);
        let begun = server.client(&auditor);
        while begun.get("/v1/events?limit=1&order=desc", Some("acme")).await.unwrap().body.len() < 60 {
            tokio::task::yield_now().await;
        }
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0), "{}", program.log());
        let promised = senders.promised().await;
        assert!(!promised.is_empty());
        assert!(!program.data("run.json").exists() && !program.data("admin.sock").exists());
        let again = program.serve(&[]);
        gathered.read_on(&again.client(&auditor)).await;
        gathered.keeps(&promised);
        assert_refused_again(&again.client(&writer), &promised, 50).await;
        again.stop();
    }
    let log = program.log();
    assert!(log.contains("Stopping after SIGTERM") && log.contains("Stopping after SIGINT"), "{log}");
    assert!(log.contains("every request was answered"), "{log}");
    assert_eq!(program.run(&["ledger", "verify"]).json()["whole"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_goes_on_serving_and_takes_the_new_level() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let file = program.beside("mainstay.toml");
    let write = |level: &str| std::fs::write(&file, format!("[logging]\nlevel = \"{level}\"\n")).unwrap();
    write("info");
    let server = program.serve_with(&["--config", file.to_str().unwrap()]);
    let client = server.client(&token);
    assert_eq!(client.post("before", vec![1]).await.unwrap().status, 201);
    write("warn");
    server.signal(Signal::HUP);
    wait_for("the reload", || program.log().contains("Setting logging.level is warn now").then_some(()));
    assert_eq!(client.post("after", vec![1]).await.unwrap().status, 201);
    assert_eq!(server.client(&token).post("after", vec![1]).await.unwrap().status, 204);
    write("loud");
    server.signal(Signal::HUP);
    wait_for("the refusal", || program.log().contains("The settings stay as they are").then_some(()));
    assert_eq!(client.post("third", vec![1]).await.unwrap().status, 201);
    server.stop();
}

#[test]
fn a_second_process_on_the_same_directory_is_refused() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let mut second = program.command(&["serve", "--set", "listen.https=127.0.0.1:0"]);
    let ended = end(&mut second, "");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("another mainstay process uses this data directory; hint: "), "{ended:?}");
    assert!(program.data("run.json").exists() && program.data("admin.sock").exists());
    assert_eq!(program.run(&["probe", "--ready"]).json()["ready"], true);
    let init = program.run(&["init"]);
    assert_eq!(init.code, 1, "{init:?}");
    server.stop();
}

#[test]
fn a_taken_port_is_told_with_its_address() {
    let program = Program::with_acme();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("listen.https={}", taken.local_addr().unwrap());
    let ended = end(&mut program.command(&["serve", "--set", &address]), "");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains(&taken.local_addr().unwrap().to_string()), "{ended:?}");
    assert!(!program.data("run.json").exists());
}

#[test]
fn a_stop_waits_for_a_request_only_so_long() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let mut server = program.serve(&["shutdown.drain_timeout_ms=100", "tls.mode=off"]);
    let mut stream = TcpStream::connect(server.run["https"].as_str().unwrap()).unwrap();
    let head = format!("authorization: Bearer {token}\r\ncontent-length: 9\r\nexpect: 100-continue");
    write!(stream, "POST /v1/events HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n").unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    server.signal(Signal::TERM);
    let code = server.ended().code();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert_eq!((code, rest), (Some(1), Vec::new()), "{}", program.log());
    assert!(program.log().contains("Stopped at the deadline"), "{}", program.log());
    program.serve(&[]).stop();
}

#[test]
fn while_a_request_is_under_way_a_stop_is_told_to_who_comes() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let mut server = program.serve(&["tls.mode=off", "listen.ops=127.0.0.1:0"]);
    let connect = |listener: &str| TcpStream::connect(server.run[listener].as_str().unwrap()).unwrap();
    let mut busy = connect("https");
    let head = format!("authorization: Bearer {token}\r\ncontent-length: 2\r\nexpect: 100-continue");
    write!(busy, "POST /v1/events HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n").unwrap();
    busy.read_exact(&mut [0; 25]).unwrap();
    server.signal(Signal::TERM);
    wait_for("the stop", || (!program.data("run.json").exists()).then_some(()));
    for (listener, path, expected) in
        [("https", "/v1/events", "\"draining\""), ("ops", "/readyz", "HTTP/1.1 503 ")]
    {
        let mut late = connect(listener);
        write!(late, "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n").unwrap();
        let mut answer = String::new();
        late.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(expected) && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
    busy.write_all(b"{}").unwrap();
    let mut rest = String::new();
    busy.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 201 "), "{rest}");
    assert_eq!(server.ended().code(), Some(0), "{}", program.log());
}

#[test]
fn a_start_after_a_crash_leads_nobody_to_where_nobody_listens() {
    let program = Program::with_acme();
    program.serve(&[]).kill();
    assert!(program.data("run.json").exists(), "a crash leaves it");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("listen.https={}", taken.local_addr().unwrap());
    assert_eq!(end(&mut program.command(&["serve", "--set", &address]), "").code, 1);
    assert!(!program.data("run.json").exists());
    program.serve(&[]).stop();
}
