//! HTTP/2 frame by frame: what a client that keeps no rules can do, and how it is cut off.

use super::Drained;
use super::tests::{Listening, listen};
use crate::http::options::EdgeOptions;
use crate::http::shares::Members;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Frame types and error codes of RFC 9113, sections 6 and 7.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
/// A setting of section 6.5.2.
const INITIAL_WINDOW_SIZE: u8 = 4;
const NO_ERROR: u32 = 0;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

#[derive(Debug)]
struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    /// Returns the four bytes at a place as a number.
    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

fn frame(to: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    to.extend(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
    to.extend([kind, flags]);
    to.extend(stream.to_be_bytes());
    to.extend(payload);
}

/// Appends a whole GET of a path of authority `a`: indexed fields of HPACK, then two literals.
fn get(to: &mut Vec<u8>, stream: u32, path: &str) {
    let mut block = vec![0x82, 0x86, 0x41, 1, b'a', 0x44, u8::try_from(path.len()).unwrap()];
    block.extend(path.as_bytes());
    // The stream and its headers end with this frame.
    frame(to, HEADERS, 0x5, stream, &block);
}

/// The numbers a client gives its streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| 2 * number + 1)
}

/// A client that sends what it likes.
struct Client(TcpStream);

impl Client {
    async fn connect(listening: &Listening) -> Self {
        let mut client = Self(listening.connect().await);
        let mut begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        frame(&mut begin, SETTINGS, 0, 0, &[]);
        client.send(&begin).await;
        client
    }

    async fn send(&mut self, bytes: &[u8]) {
        // A server that has cut the client off takes no more; what it said before is read all the same.
        let _ = self.0.write_all(bytes).await;
    }

    async fn get(&mut self, stream: u32) {
        let mut request = Vec::new();
        get(&mut request, stream, "/");
        self.send(&request).await;
    }

    /// Returns the next frame; none when the connection has ended.
    async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; len as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        Some(Frame { kind: head[3], stream, payload })
    }

    /// Returns the first frame of a kind that comes.
    async fn first(&mut self, kind: u8) -> Frame {
        loop {
            let next = self.next().await.expect("the connection goes on");
            if next.kind == kind {
                return next;
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_resets_streams_fast_is_cut_off_and_others_go_on() {
    let listening = listen(EdgeOptions::default());
    let mut good = Client::connect(&listening).await;
    let mut bad = Client::connect(&listening).await;
    let mut flood = Vec::new();
    for stream in streams(1_000) {
        get(&mut flood, stream, "/wait");
        frame(&mut flood, RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
    }
    bad.send(&flood).await;
    assert_eq!(bad.first(GOAWAY).await.number(4), ENHANCE_YOUR_CALM);
    while bad.next().await.is_some() {}
    good.get(1).await;
    assert_eq!(good.first(HEADERS).await.stream, 1);
}

#[tokio::test]
async fn a_client_that_makes_the_server_reset_streams_is_cut_off() {
    let listening = listen(EdgeOptions::default());
    let mut client = Client::connect(&listening).await;
    let mut flood = Vec::new();
    for stream in streams(1_000) {
        get(&mut flood, stream, "/");
        // Data on a stream that the client has ended itself is an error that the server resets it for.
        frame(&mut flood, DATA, 0, stream, b"x");
    }
    client.send(&flood).await;
    let last = client.first(GOAWAY).await;
    assert_ne!(last.number(4), NO_ERROR, "{last:?}");
    while client.next().await.is_some() {}
}

#[tokio::test]
async fn a_connection_carries_so_many_requests_at_once_and_says_so() {
    let listening = listen(EdgeOptions::default());
    let mut client = Client::connect(&listening).await;
    let settings = client.first(SETTINGS).await;
    let told = settings.payload.chunks(6).find(|setting| setting[..2] == [0, 3]).unwrap();
    assert_eq!(u32::from_be_bytes(told[2..].try_into().unwrap()), 256);
    let mut many = Vec::new();
    for stream in streams(260) {
        get(&mut many, stream, "/wait");
    }
    client.send(&many).await;
    let mut refused = Vec::new();
    while refused.len() < 4 {
        let reset = client.first(RST_STREAM).await;
        assert_eq!(reset.number(0), REFUSED_STREAM);
        refused.push(reset.stream);
    }
    assert_eq!(refused, streams(260).skip(256).collect::<Vec<_>>());
    listening.gate.add_permits(256);
    let mut answered = Vec::new();
    while answered.len() < 256 {
        answered.push(client.first(HEADERS).await.stream);
    }
    answered.sort_unstable();
    assert_eq!(answered, streams(256).collect::<Vec<_>>());
}

#[tokio::test]
async fn streams_beyond_those_that_may_be_open_are_refused_until_others_end() {
    let listening = listen(EdgeOptions::default());
    listening.edge.open_streams.resize(1);
    let mut client = Client::connect(&listening).await;
    let mut two = Vec::new();
    for stream in streams(2) {
        get(&mut two, stream, "/wait");
    }
    client.send(&two).await;
    let reset = client.first(RST_STREAM).await;
    assert_eq!((reset.stream, reset.number(0)), (3, REFUSED_STREAM));
    listening.gate.add_permits(1);
    assert_eq!(client.first(DATA).await.stream, 1);
    client.get(5).await;
    assert_eq!(client.first(HEADERS).await.stream, 5);
}

#[tokio::test]
async fn a_connection_on_which_nobody_proves_who_sends_finds_a_place_or_is_cut() {
    let listening = listen(EdgeOptions::default());
    listening.edge.multiplexed.resize(1);
    let mut first = Client::connect(&listening).await;
    first.get(1).await;
    assert_eq!(first.first(HEADERS).await.stream, 1);
    let mut second = Client::connect(&listening).await;
    while second.next().await.is_some() {}
    drop(first);
    while listening.edge.multiplexed.used().0 > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut third = Client::connect(&listening).await;
    third.get(1).await;
    assert_eq!(third.first(HEADERS).await.stream, 1);
}

#[tokio::test]
async fn an_answer_that_finds_no_memory_is_taken_back() {
    let listening = listen(EdgeOptions::default());
    let all = listening.edge.untaken.take(&Members::default(), usize::MAX);
    assert_eq!(reset_of(&listening, 65_535).await, ENHANCE_YOUR_CALM);
    drop(all);
}

/// Asks for an answer with a body in a window of so many bytes, and returns why its stream was reset.
async fn reset_of(listening: &Listening, window: u32) -> u32 {
    let mut client = Client::connect(listening).await;
    let mut ask = Vec::new();
    let setting = [&[0, INITIAL_WINDOW_SIZE][..], &window.to_be_bytes()].concat();
    frame(&mut ask, SETTINGS, 0, 0, &setting);
    get(&mut ask, 1, "/wait");
    client.send(&ask).await;
    listening.gate.add_permits(1);
    let reset = client.first(RST_STREAM).await;
    assert_eq!(reset.stream, 1);
    reset.number(0)
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_reset_whatever_else_the_client_sends() {
    let options = EdgeOptions { request_timeout: Duration::from_millis(300), ..EdgeOptions::default() };
    let listening = listen(options);
    assert_eq!(reset_of(&listening, 0).await, CANCEL);
    assert_eq!(listening.edge.open_streams.used().0, 0);
    // What the protocol has taken over as a whole cannot be taken back: the connection ends.
    let mut client = Client::connect(&listening).await;
    let mut ask = Vec::new();
    frame(&mut ask, SETTINGS, 0, 0, &[0, INITIAL_WINDOW_SIZE, 0, 0, 0, 1]);
    get(&mut ask, 1, "/wait");
    listening.gate.add_permits(1);
    client.send(&ask).await;
    let mut ping = Vec::new();
    frame(&mut ping, PING, 0, 0, &[0; 8]);
    let ended = async {
        loop {
            client.send(&ping).await;
            while let Ok(next) = tokio::time::timeout(Duration::from_millis(50), client.next()).await {
                if next.is_none() {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the connection is cut");
}

#[tokio::test]
async fn the_last_request_of_a_connection_is_told_with_goaway() {
    let options = EdgeOptions { requests_per_socket_max: 2, ..EdgeOptions::default() };
    let listening = listen(options);
    let mut client = Client::connect(&listening).await;
    let mut answered = Vec::new();
    for stream in streams(2) {
        client.get(stream).await;
    }
    let mut goaway = None;
    while let Some(next) = client.next().await {
        match next.kind {
            HEADERS => answered.push(next.stream),
            GOAWAY => goaway = Some(next.number(4)),
            PING => {
                let mut pong = Vec::new();
                frame(&mut pong, PING, ACK, 0, &next.payload);
                client.send(&pong).await;
            }
            _ => {}
        }
    }
    assert_eq!((answered, goaway), (vec![1, 3], Some(NO_ERROR)));
}

#[tokio::test]
async fn a_client_that_sleeps_does_not_hold_a_stop_up() {
    let listening = listen(EdgeOptions::default());
    let mut asleep = Client::connect(&listening).await;
    asleep.get(1).await;
    assert_eq!(asleep.first(HEADERS).await.stream, 1);
    // From here on it answers nothing, not even the ping by which HTTP/2 ends a connection.
    let mut halfway = listening.connect().await;
    halfway.write_all(b"GET / HTTP/1.1\r\nhos").await.unwrap();
    listening.stop.trigger();
    let ended = tokio::time::timeout(Duration::from_secs(15), listening.ended)
        .await
        .expect("it ends long before the deadline");
    assert_eq!(ended.unwrap(), Drained::Finished);
    drop((asleep, halfway));
}
