//! Streams of the real program: over TLS and both versions of HTTP, killed, stopped, and on the command line.

use super::load::{Senders, payload_of, random_below};
use super::program::{Client, Program, Server, end, wait_for};
use crate::sse::{Message, Parser};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// Both ways of a reader and a sender.
const BOTH: &[&str] = &["events:write", "events:read"];

/// A stream over a connection.
struct Following {
    response: reqwest::Response,
    parser: Parser,
}

impl Following {
    /// Opens a stream; whatever is stored from now on comes.
    async fn open(client: &Client, token: &str, last_id: Option<&str>) -> Self {
        let mut request = client.ask(Method::GET, "/v1/events/stream").bearer_auth(token);
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut following = Self { response, parser: Parser::default() };
        while following.parser.retry_ms.is_none() {
            assert!(following.take().await);
        }
        following
    }

    async fn take(&mut self) -> bool {
        match self.response.chunk().await {
            Ok(Some(bytes)) => self.parser.push(&bytes),
            Ok(None) | Err(_) => return false,
        }
        true
    }

    /// Returns the next message; none when the stream is over, however that came.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.parser.messages.pop_front() {
                return Some(message);
            }
            if !self.take().await {
                return None;
            }
        }
    }
}

async fn send(client: &Client, prefix: &str, count: usize) {
    for number in 0..count {
        let key = format!("{prefix}{number}");
        assert_eq!(client.post(&key, payload_of(&key)).await.unwrap().status, 201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_under_load_a_reader_gets_every_event_once() {
    let program = Program::with_acme();
    let token = program.token("acme", BOTH);
    let settings = &["store.journal_segment_bytes=256KiB", "limits.body_bytes_max=64KiB"];
    let (mut got, mut last) = (Vec::new(), None::<String>);
    for run in 0..5 {
        let mut server = program.serve(settings);
        let client = server.client(&token);
        let mut following = Following::open(&client, &token, last.as_deref()).await;
        last.get_or_insert_with(|| following.parser.last_id.clone());
        let senders = Senders::begin(&server, &token, 4, &format!("run{run}"));
        for _ in 0..20 + random_below(100) {
            let message = following.next().await.unwrap();
            got.push(message.json()["seq"].as_u64().unwrap());
            last = Some(message.id);
        }
        server.kill();
        drop(following);
        senders.promised().await;
    }
    let server = program.serve(settings);
    let client = server.client(&token);
    let export = client.get("/v1/events/export", None).await.unwrap();
    let seq = |line: &str| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap();
    let all: Vec<u64> = std::str::from_utf8(&export.body).unwrap().lines().map(seq).collect();
    let mut following = Following::open(&client, &token, last.as_deref()).await;
    while got.len() < all.len() {
        got.push(following.next().await.unwrap().json()["seq"].as_u64().unwrap());
    }
    assert_eq!(got, all);
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_both_versions_of_http_events_come_at_once_and_a_stop_is_told() {
    let program = Program::with_acme();
    let token = program.token("acme", BOTH);
    let mut server = program.serve(&[]);
    let clients = [server.client(&token), server.client_2(&token)];
    let mut streams = Vec::new();
    for client in &clients {
        for _ in 0..3 {
            streams.push(Following::open(client, &token, None).await);
        }
    }
    let versions: Vec<_> = streams.iter().map(|stream| stream.response.version()).collect();
    assert_eq!((versions[0], versions[3]), (reqwest::Version::HTTP_11, reqwest::Version::HTTP_2));
    for number in 0..3 {
        send(&clients[number % 2], &format!("k{number}-"), 1).await;
        for stream in &mut streams {
            assert_eq!(stream.next().await.unwrap().key(), format!("k{number}-0"));
        }
    }
    server.signal(Signal::TERM);
    for stream in &mut streams {
        let last = stream.next().await.unwrap();
        assert_eq!((last.kind.as_str(), &last.json()["code"]), ("problem", &"draining".into()));
        assert_eq!(stream.next().await, None);
    }
    assert_eq!(server.ended().code(), Some(0), "{}", program.log());
    assert!(program.log().contains("every request was answered"), "{}", program.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_takes_nothing_does_not_hold_a_stop_up() {
    let program = Program::with_acme();
    let token = program.token("acme", BOTH);
    // Connections are looked at a few times within the shortest limit.
    let mut server = program.serve(&["limits.connection_timeout_ms=400"]);
    let client = server.client(&token);
    let mut stuck = Following::open(&client, &token, None).await;
    // More than sockets hold, in pieces that are given out whole, so that the stream could end politely.
    for number in 0..800 {
        let sent = client.post(&format!("k{number}"), vec![b'x'; 20_000]).await.unwrap();
        assert_eq!(sent.status, 201);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code(), Some(0), "{}", program.log());
    stuck.next().await;
}

/// `events tail` under way.
struct Tail {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Tail {
    /// Begins, and waits until it has asked for the first time.
    fn begin(program: &Program, server: &Server, arguments: &[&str]) -> Self {
        let mut command = program.command(&["events", "tail", "--tenant", "acme"]);
        let said = std::fs::File::create(program.beside("tail.err")).unwrap();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(said);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        assert!(server.run["pid"].is_u64());
        Self { child, lines }
    }

    fn key(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        event["idempotency_key"].as_str().unwrap().to_owned()
    }

    fn ended(&mut self) -> Option<i32> {
        wait_for("the tail's end", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_goes_on_over_a_crash_and_ends_cleanly() {
    let program = Program::with_acme();
    let token = program.token("acme", BOTH);
    let mut server = program.serve(&[]);
    send(&server.client(&token), "a", 3).await;
    let mut tail = Tail::begin(&program, &server, &["--after", "0"]);
    for number in 0..3 {
        assert_eq!(tail.key(), format!("a{number}"));
    }
    send(&server.client(&token), "b", 2).await;
    assert_eq!((tail.key(), tail.key()), ("b0".to_owned(), "b1".to_owned()));
    server.kill();
    let said = || std::fs::read_to_string(program.beside("tail.err")).unwrap();
    wait_for("the remark", || said().contains("the appliance went away").then_some(()));
    let server = program.serve(&[]);
    send(&server.client(&token), "c", 2).await;
    assert_eq!((tail.key(), tail.key()), ("c0".to_owned(), "c1".to_owned()));
    assert!(said().contains("the appliance is back"), "{}", said());
    kill_process(Pid::from_child(&tail.child), Signal::INT).unwrap();
    assert_eq!(tail.ended(), Some(0));
    assert!(said().contains("hint: --after 1."), "{}", said());

    let mut unread = Tail::begin(&program, &server, &["--after", "0"]);
    unread.key();
    drop(std::mem::replace(&mut unread.lines, BufReader::new(stdout_of_nothing(&program))));
    send(&server.client(&token), "d", 2).await;
    assert_eq!(unread.ended(), Some(0), "a reader that went away is no error");
    server.stop();
}

/// A stdout from which nothing comes.
fn stdout_of_nothing(program: &Program) -> std::process::ChildStdout {
    let mut child = program.command(&["--version"]).stdout(Stdio::piped()).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    child.wait().unwrap();
    stdout
}

#[test]
fn a_tail_without_an_appliance_or_tenant_says_so() {
    let program = Program::with_acme();
    let ended = end(&mut program.command(&["events", "tail"]), "");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("no appliance runs in ") && ended.stderr.contains("hint: "), "{ended:?}");
    let server = program.serve(&[]);
    for (arguments, word) in [
        (["--tenant", "nobody"], "there is no tenant `nobody`"),
        (["--after", "7.1"], "earlier epoch"),
        (["--after", "1.99999"], "beyond"),
        (["--after", "x"], "not a cursor"),
    ] {
        let mut command = program.command(&["events", "tail"]);
        let ended = end(command.args(arguments), "");
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.stderr.contains(word), "{ended:?}");
    }
    server.stop();
}
