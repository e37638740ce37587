//! The listener over loopback, with a router that does next to nothing.

use super::{Drained, bind, run};
use crate::http::edge::Edge;
use crate::http::options::EdgeOptions;
use crate::http::places::Class;
use crate::http::request::body::{self, BodyLimits};
use crate::http::request::peer::Peer;
use crate::http::shares::{Members, Shares};
use crate::http::testing::edge;
use crate::platform::shutdown::{ShutdownTrigger, channel};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::any;
use http_body_util::BodyExt;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

/// A listener being tested.
pub(super) struct Listening {
    pub(super) address: SocketAddr,
    pub(super) edge: Arc<Edge>,
    pub(super) stop: ShutdownTrigger,
    pub(super) ended: JoinHandle<Drained>,
    /// Given back by the test for every request to `/wait`.
    pub(super) gate: Arc<Semaphore>,
    /// Told when a request to `/wait` has begun.
    waiting: Arc<Notify>,
}

/// Serves a router that echoes a body within the edge's limits; `/wait` waits for the gate.
pub(super) fn listen(options: EdgeOptions) -> Listening {
    let timeout = options.request_timeout;
    let (gate, waiting) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let echo = move |request: Request| async move {
        let polled = request.extensions().get::<Peer>().unwrap().polled;
        let (memory, members) = (Shares::new(1 << 20), Members::default());
        let limits = BodyLimits {
            bytes_max: 1024,
            timeout,
            paced: false,
            polled,
            memory: &memory,
            members: &members,
            way_out: "",
        };
        match body::read(&mut request.into_body(), limits).await {
            Ok(received) => received.bytes.clone().into_response(),
            Err(problem) => problem.into_response("r"),
        }
    };
    let (opened, begun) = (Arc::clone(&gate), Arc::clone(&waiting));
    let wait = move || async move {
        begun.notify_one();
        opened.acquire().await.unwrap().forget();
        "waited"
    };
    let router = Router::new().route("/", any(echo)).route("/wait", any(wait));
    let edge = edge(options);
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, shutdown) = channel();
    let ended = tokio::spawn(run(listener, None, router, Arc::clone(&edge), shutdown, super::heartbeat().1));
    Listening { address, edge, stop, ended, gate, waiting }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

impl Listening {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and returns everything until the server ends the connection.
    async fn exchange(&self, sent: impl AsRef<[u8]>) -> String {
        exchange(self.connect().await, sent).await
    }

    /// Sends a request to `/wait` and returns what leads to its answer, once it is under way.
    async fn wait(&self) -> JoinHandle<String> {
        let busy = tokio::spawn(exchange(self.connect().await, "GET /wait HTTP/1.1\r\nhost: a\r\n\r\n"));
        self.waiting.notified().await;
        busy
    }

    /// Connects with HTTP/2 and returns the connection's task too.
    async fn http_2(&self) -> (SendRequest<Body>, JoinHandle<hyper::Result<()>>) {
        let io = TokioIo::new(self.connect().await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        (sender, tokio::spawn(connection))
    }
}

async fn exchange(mut stream: TcpStream, sent: impl AsRef<[u8]>) -> String {
    stream.write_all(sent.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn post(body: impl Into<Body>) -> http::Request<Body> {
    http::Request::post("http://a/").body(body.into()).unwrap()
}

#[tokio::test]
async fn what_cannot_be_parsed_is_answered_with_a_problem() {
    let listening = listen(EdgeOptions::default());
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    let large = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(70_000));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(65_530));
    let longer = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(200_000));
    let behind = format!("GET /{}", "a".repeat(65_536));
    for (sent, status) in [
        ("\0\r\n\r\n", 400),
        ("GET / HTTP/7.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (many.as_str(), 431),
        (large.as_str(), 431),
        (long.as_str(), 414),
        (longer.as_str(), 414),
        (behind.as_str(), 414),
    ] {
        let answer = listening.exchange(sent).await;
        let start: String = sent.chars().take(40).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{start}: {answer}");
        assert!(answer.contains("\r\ncontent-type: application/problem+json\r\n"), "{start}: {answer}");
        assert!(answer.contains("\r\nx-request-id: "), "{answer}");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["status"], status);
    }
}

#[tokio::test]
async fn a_hundred_headers_and_almost_64_kib_are_taken() {
    let listening = listen(EdgeOptions::default());
    let many = format!("GET / HTTP/1.1\r\n{}connection: close\r\n\r\n", "a: b\r\n".repeat(99));
    assert!(listening.exchange(many).await.starts_with("HTTP/1.1 200 "));
    let large = format!("GET / HTTP/1.1\r\nconnection: close\r\na: {}\r\n\r\n", "b".repeat(65_000));
    assert!(listening.exchange(large).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_connection_ends_with_its_last_request() {
    let options = EdgeOptions { requests_per_socket_max: 2, ..EdgeOptions::default() };
    let listening = listen(options);
    let answers = listening.exchange(GET.repeat(3)).await;
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 2, "{answers}");
    assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
}

#[tokio::test]
async fn on_http_2_a_connection_ends_with_its_last_request() {
    let options = EdgeOptions { requests_per_socket_max: 2, ..EdgeOptions::default() };
    let listening = listen(options);
    let (mut sender, driven) = listening.http_2().await;
    for _ in 0..2 {
        let answer = sender.send_request(post("x")).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "x");
    }
    driven.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_waits_for_what_is_being_answered() {
    let listening = listen(EdgeOptions::default());
    let mut idle = listening.connect().await;
    let busy = listening.wait().await;
    listening.stop.trigger();
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0);
    listening.gate.add_permits(1);
    assert!(busy.await.unwrap().ends_with("waited"));
    assert_eq!(listening.ended.await.unwrap(), Drained::Finished);
    assert!(TcpStream::connect(listening.address).await.is_err());
}

#[tokio::test]
async fn while_requests_are_under_way_a_stopping_listener_answers_who_comes_once() {
    let listening = listen(EdgeOptions::default());
    let place = listening.edge.places.take(Class::Sender, &Members::default());
    let mut before = listening.connect().await;
    before.write_all(GET.as_bytes()).await.unwrap();
    assert!(before.read(&mut [0; 1024]).await.unwrap() > 0);
    listening.stop.trigger();
    assert_eq!(before.read(&mut [0; 8]).await.unwrap(), 0);
    let answers = listening.exchange(GET.repeat(2)).await;
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 1, "{answers}");
    assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
    let (mut sender, _driven) = listening.http_2().await;
    assert_eq!(sender.send_request(post("x")).await.unwrap().status(), 200);
    let mut silent = listening.connect().await;
    drop(place);
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or(0), 0);
    assert_eq!(listening.ended.await.unwrap(), Drained::Finished);
    assert!(TcpStream::connect(listening.address).await.is_err());
}

#[tokio::test]
async fn a_stop_cuts_what_is_not_answered_in_time() {
    let options = EdgeOptions { drain_timeout: Duration::from_millis(1), ..EdgeOptions::default() };
    let listening = listen(options);
    let busy = listening.wait().await;
    listening.stop.trigger();
    assert_eq!(listening.ended.await.unwrap(), Drained::Cut { connections: 1 });
    assert_eq!(busy.await.unwrap(), "");
}

#[tokio::test]
async fn a_connection_too_many_is_closed_and_one_that_ends_makes_room() {
    let options = EdgeOptions { connections_max: 1, ..EdgeOptions::default() };
    let listening = listen(options);
    let mut first = listening.connect().await;
    first.write_all(GET.as_bytes()).await.unwrap();
    assert!(first.read(&mut [0; 64]).await.unwrap() > 0);
    let mut second = listening.connect().await;
    assert!(matches!(second.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    first.shutdown().await.unwrap();
    loop {
        // The server notices the end of the first on a task of its own.
        let mut third = listening.connect().await;
        let _ = third.write_all(GET.as_bytes()).await;
        if matches!(third.read(&mut [0; 64]).await, Ok(count) if count > 0) {
            break;
        }
    }
}

#[tokio::test]
async fn an_idle_connection_and_a_slow_head_are_ended() {
    let options = EdgeOptions { connection_timeout: Duration::from_millis(80), ..EdgeOptions::default() };
    let listening = listen(options);
    for sent in ["", "GET / HTT", GET] {
        let answer = listening.exchange(sent).await;
        assert_eq!(answer.contains("200 OK"), sent.ends_with("\r\n\r\n"));
    }
}

#[tokio::test]
async fn a_slow_body_is_answered_408_on_both_versions() {
    let options = EdgeOptions { request_timeout: Duration::from_millis(80), ..EdgeOptions::default() };
    let listening = listen(options);
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc";
    assert!(listening.exchange(head).await.starts_with("HTTP/1.1 408 "));
    let (mut sender, _driven) = listening.http_2().await;
    let (_held, body) = http_body_util::channel::Channel::<bytes::Bytes, std::io::Error>::new(1);
    assert_eq!(sender.send_request(post(Body::new(body))).await.unwrap().status(), 408);
}

#[tokio::test]
async fn a_body_too_large_is_answered_before_it_was_sent() {
    let listening = listen(EdgeOptions::default());
    let mut sent = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2000000\r\n\r\n".to_vec();
    sent.resize(sent.len() + 2_000_000, b'x');
    let answer = listening.exchange(&sent).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("body_too_large"));
}

#[tokio::test]
async fn on_http_2_refusals_arrive_although_the_request_was_not_read() {
    let listening = listen(EdgeOptions::default());
    let (mut sender, _driven) = listening.http_2().await;
    let answer = sender.send_request(post(vec![b'x'; 2_000_000])).await.unwrap();
    assert_eq!(answer.status(), 413);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(b"{\"type\""));
    for (len, expected) in [(60_000, 200), (140_000, 431)] {
        let request =
            http::Request::get("http://a/").header("a", "b".repeat(len)).body(Body::empty()).unwrap();
        let status = sender.send_request(request).await.unwrap().status().as_u16();
        assert_eq!(status, expected, "{len}");
    }
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open() {
    let listening = listen(EdgeOptions::default());
    let busy = listening.wait().await;
    assert!(listening.edge.metrics.render().contains("\nactive_connections 1\n"));
    listening.gate.add_permits(1);
    listening.stop.trigger();
    listening.ended.await.unwrap();
    assert!(listening.edge.metrics.render().contains("\nactive_connections 0\n"));
    assert!(busy.await.unwrap().contains("waited"));
}
