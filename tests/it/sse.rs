//! The client's side of an event stream, as the standard has it (WHATWG HTML, section 9.2.6).

use crate::actor::Actor;
use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::VecDeque;
use tower::ServiceExt;

/// What an event stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its type, `message` where none is said.
    pub(crate) kind: String,
    /// Its data.
    pub(crate) data: String,
    /// The last id when it came.
    pub(crate) id: String,
}

impl Message {
    /// Returns the data as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the key of an event.
    pub(crate) fn key(&self) -> String {
        assert_eq!(self.kind, "message", "{self:?}");
        self.json()["idempotency_key"].as_str().unwrap().to_owned()
    }
}

/// Reads a stream's bytes as a browser does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parser {
    bytes: Vec<u8>,
    kind: String,
    data: String,
    id: String,
    /// The id to come again with.
    pub(crate) last_id: String,
    /// How long to wait before that, in milliseconds.
    pub(crate) retry_ms: Option<u64>,
    /// Empty lines so far: pieces of the stream, whether they dispatch anything or not.
    pub(crate) pieces: usize,
    /// Messages that nobody took yet.
    pub(crate) messages: VecDeque<Message>,
}

impl Parser {
    /// Takes bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            self.line(std::str::from_utf8(&line[..end]).expect("a stream is UTF-8"));
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => {}
            "id" => self.id = value.to_owned(),
            "event" => self.kind = value.to_owned(),
            "data" => self.data.extend([value, "\n"]),
            "retry" => self.retry_ms = Some(value.parse().unwrap()),
            _ => panic!("no field of a stream: {line}"),
        }
    }

    fn dispatch(&mut self) {
        self.pieces += 1;
        self.last_id.clone_from(&self.id);
        let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
        if let Some(data) = data.strip_suffix('\n') {
            let kind = if kind.is_empty() { "message".to_owned() } else { kind };
            self.messages.push_back(Message { kind, data: data.to_owned(), id: self.id.clone() });
        }
    }
}

/// A stream through the router.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Its body, for who takes it himself.
    pub(crate) body: Body,
    /// What came so far.
    pub(crate) parser: Parser,
}

impl Stream {
    /// Asks for a stream and returns the answer, whatever it is.
    pub(crate) async fn ask(actor: &Actor, path: &str, last_id: Option<&str>) -> Response {
        let mut request = Request::get(path)
            .header("host", "mainstay.example")
            .header("authorization", format!("Bearer {}", actor.token()));
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        actor.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// Opens a stream and takes its first piece; whatever is stored from now on comes.
    pub(crate) async fn open(actor: &Actor, query: &str, last_id: Option<&str>) -> Self {
        let answer = Self::ask(actor, &format!("/v1/events/stream{query}"), last_id).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        let mut stream = Self { body: answer.into_body(), parser: Parser::default() };
        while stream.parser.retry_ms.is_none() {
            assert!(stream.take().await, "the first piece comes at once");
        }
        stream
    }

    /// Takes what comes next; false at the end.
    pub(crate) async fn take(&mut self) -> bool {
        match self.body.frame().await {
            Some(frame) => {
                self.parser.push(&frame.expect("the stream is not cut off").into_data().unwrap());
                true
            }
            None => false,
        }
    }

    /// Returns the next message.
    pub(crate) async fn next(&mut self) -> Message {
        loop {
            if let Some(message) = self.parser.messages.pop_front() {
                return message;
            }
            assert!(self.take().await, "the stream has ended");
        }
    }

    /// Returns the keys of the next events.
    pub(crate) async fn keys(&mut self, count: usize) -> Vec<String> {
        let mut keys = Vec::new();
        while keys.len() < count {
            keys.push(self.next().await.key());
        }
        keys
    }

    /// Returns the code of the problem with which the stream ends.
    pub(crate) async fn end(&mut self) -> String {
        let last = self.next().await;
        assert_eq!(last.kind, "problem", "{last:?}");
        assert!(!self.take().await, "nothing comes behind the problem");
        last.json()["code"].as_str().unwrap().to_owned()
    }
}
