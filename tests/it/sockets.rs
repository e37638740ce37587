//! What only a socket can show: heads and bodies as bytes, and how slowly they come.

use crate::actor::Actor;
use crate::app::TestApp;
use mainstay::http::listener::{self, Drained, heartbeat};
use mainstay::platform::shutdown::{ShutdownTrigger, channel};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// An appliance behind a plain socket.
struct Listening {
    app: TestApp,
    sender: Actor,
    address: SocketAddr,
    stop: ShutdownTrigger,
    ended: JoinHandle<Drained>,
}

async fn listen(request_timeout: Duration) -> Listening {
    let app = TestApp::start_with(|config| {
        config.limits.request_timeout = request_timeout;
        config.shutdown.drain_timeout = Duration::from_secs(20);
    })
    .await;
    let sender = app.tenant("acme").await;
    let listener = listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, shutdown) = channel();
    let (router, edge) = (app.router(), Arc::clone(app.edge()));
    let ended = tokio::spawn(listener::run(listener, None, router, edge, shutdown, heartbeat().1));
    Listening { app, sender, address, stop, ended }
}

impl Listening {
    async fn begin(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        stream
    }

    /// Sends bytes and returns what comes until the end.
    async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        rest(self.begin(bytes).await).await
    }

    fn head(&self, headers: &str) -> String {
        let token = self.sender.token();
        format!("POST /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n{headers}\r\n")
    }

    async fn stop(self) {
        self.stop.trigger();
        assert_eq!(self.ended.await.unwrap(), Drained::Finished);
        drop(self.app);
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn assert_problem(answer: &str, status: u16, code: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-type: application/problem+json"), "{head}");
    assert!(head.contains("\r\nx-content-type-options: nosniff"), "{head}");
    assert!(!head.contains("\r\nserver:"), "{head}");
    for standing in
        ["content-security-policy: default-src 'none'", "x-frame-options: deny", "referrer-policy: "]
    {
        assert!(head.contains(&format!("\r\n{standing}")), "{standing}: {head}");
    }
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["status"], &body["code"]), (&status.into(), &code.into()));
    let id = body["request_id"].as_str().unwrap();
    assert!(head.contains(&format!("\r\nx-request-id: {id}")), "{head}");
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let listening = listen(LONG).await;
    let before = listening.app.ledger_len();
    let many = listening.head(&"a: b\r\n".repeat(99));
    assert_problem(&listening.exchange(many).await, 431, "headers_too_large");
    let large = listening.head(&format!("a: {}\r\n", "b".repeat(64 * 1024)));
    assert_problem(&listening.exchange(large).await, 431, "headers_too_large");
    for broken in
        ["hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\na b: c\r\n\r\n", "\0\0\0\r\n\r\n"]
    {
        assert_problem(&listening.exchange(broken).await, 400, "invalid_request");
    }
    let shown = listening.app.edge().metrics.render();
    let counted = r#"http_requests_total{method="OTHER",route="unparsable",status_code="400"} 4"#;
    assert!(shown.contains(counted), "{shown}");
    let smuggled = listening.head("content-length: 2\r\ncontent-length: 40\r\n");
    assert_problem(&listening.exchange(smuggled + "{}").await, 400, "invalid_request");
    let smuggled = listening.head("content-length: 2\r\ntransfer-encoding: gzip\r\n");
    assert!(listening.exchange(smuggled + "{}").await.starts_with("HTTP/1.1 4"));
    assert_eq!(listening.app.ledger_len(), before);
    listening.stop().await;
}

#[tokio::test]
async fn a_request_that_does_not_say_to_whom_it_is_sent_is_refused() {
    let listening = listen(LONG).await;
    let token = listening.sender.token().to_owned();
    let ask = |version: &str, hosts: &str| {
        format!(
            "GET /v1/events HTTP/{version}\r\n{hosts}authorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        )
    };
    for hosts in [
        "",
        "host: a\r\nhost: a\r\n",
        "host: a\r\nHost: b\r\n",
        "host: a b\r\n",
        "host:\r\n",
        "host: x@a\r\n",
    ] {
        assert_problem(&listening.exchange(ask("1.1", hosts)).await, 400, "invalid_host");
    }
    for path in ["/livez", "/health", "/nowhere", "/console"] {
        let answer = listening.exchange(format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("\r\nx-request-id: "),
            "{path}: {answer}"
        );
    }
    for (version, hosts) in [("1.1", "host: a\r\n"), ("1.1", "host: [::1]:8443\r\n"), ("1.0", "")] {
        let answer = listening.exchange(ask(version, hosts)).await;
        assert!(answer.starts_with(&format!("HTTP/{version} 200 ")), "{version} {hosts}: {answer}");
    }
    let shown = listening.app.edge().metrics.render();
    let counted = r#"http_requests_total{method="GET",route="/v1/events",status_code="400"} 6"#;
    assert!(shown.contains(counted), "{shown}");
    listening.stop().await;
}

#[tokio::test]
async fn a_body_slower_than_its_time_is_408_and_stores_nothing() {
    let listening = listen(Duration::from_millis(100)).await;
    let before = listening.app.ledger_len();
    let slow = listening.head("content-type: application/json\r\ncontent-length: 10\r\n") + "{";
    assert_problem(&listening.exchange(slow).await, 408, "body_timeout");
    let chunked = listening.head("transfer-encoding: chunked\r\n") + "2\r\n{}\r\n";
    assert_problem(&listening.exchange(chunked).await, 408, "body_timeout");
    assert_eq!(listening.app.ledger_len(), before);
    listening.stop().await;
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_refused_before_it_comes() {
    let listening = listen(LONG).await;
    let large = listening.head("content-length: 99999999999\r\n");
    assert_problem(&listening.exchange(large).await, 413, "body_too_large");
    let waiting = listening.head("content-length: 70000\r\nexpect: 100-continue\r\n");
    assert_problem(&listening.exchange(waiting).await, 413, "body_too_large");
    listening.stop().await;
}

#[tokio::test]
async fn a_connection_that_breaks_within_a_body_stores_nothing() {
    let listening = listen(LONG).await;
    let before = listening.app.ledger_len();
    for head in [
        "content-length: 10\r\nidempotency-key: k\r\n",
        "transfer-encoding: chunked\r\nidempotency-key: k\r\n",
    ] {
        for body in ["", "2\r\n{}\r\n", "{}"] {
            let mut stream = listening.begin(listening.head(head) + body).await;
            stream.shutdown().await.unwrap();
            let answer = rest(stream).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        }
    }
    assert_eq!(listening.app.ledger_len(), before);
    assert_eq!(listening.sender.send("k", "{}").await.status, 201);
    listening.stop().await;
}

#[tokio::test]
async fn head_has_no_body_and_a_connection_carries_many_requests() {
    let listening = listen(LONG).await;
    let token = listening.sender.token();
    let ask = |method: &str, more: &str| {
        format!("{method} /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n{more}\r\n")
    };
    let answers =
        listening.exchange(ask("HEAD", "") + &ask("GET", "") + &ask("HEAD", "connection: close\r\n")).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{answers}");
    assert_eq!(answers.matches(r#"{"events":[],"next":null,"prev":null}"#).count(), 1, "{answers}");
    listening.stop().await;
}

#[tokio::test]
async fn a_request_under_way_is_answered_while_the_listener_stops() {
    let listening = listen(LONG).await;
    let head = listening.head("content-length: 2\r\nexpect: 100-continue\r\n");
    let mut stream = listening.begin(head).await;
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    listening.stop.trigger();
    stream.write_all(b"{}").await.unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(listening.ended.await.unwrap(), Drained::Finished);
}
