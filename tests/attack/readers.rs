//! Large answers that nobody reads, over HTTP/1.1: each is cut off, none keeps a place or memory from others.

use crate::appliance::{Appliance, Edge};
use crate::rival::{LARGE_PAGE, token_of_rival};
use crate::siege::{ATTACKERS, Siege, duration};
use crate::wire::{Width, connect, offer, status};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{timeout, timeout_at};

/// Little patience with answers that do not move.
const SETTINGS: [&str; 1] = ["limits.request_timeout_ms=2000"];

/// Longest time that an answer may not move: three times the request timeout and time for a busy machine.
const STALL_MAX: Duration = Duration::from_secs(3 * 2 + 3);

/// Connections of each attacker that ask for documents: the rate limit lets each have a hundred a minute.
const STRANGERS: usize = 40;

/// Connections of each attacker that ask for pages of events: together more than answers may hold.
const READERS: usize = 6;

/// Time in which all connections begin: a burst of large answers is work for a debug build, and not what is tried here.
const BEGIN_WITHIN: Duration = Duration::from_secs(3);

/// Longest wait for the first byte of an answer.
const BEGIN_MAX: Duration = Duration::from_secs(10);

/// Longest time for what the system still holds of a connection that was cut.
const END_MAX: Duration = Duration::from_secs(5);

/// Most mebibytes that documents may take, which are the same for all.
const DOCUMENTS_MIB_MAX: u64 = 128;

/// Most mebibytes that pages may take: four times what answers may hold together, for copies on the way and memory
/// that the allocator keeps.
const PAGES_MIB_MAX: u64 = 256;

/// A large document without a credential.
const DOCUMENT: &str = "/api/openapi.json";

/// Asks and does not read the answer; half of the attackers send the next request's head a byte at a time. Returns the
/// status of an answer that was not cut off.
async fn ask_and_sleep(number: usize, address: SocketAddr, request: String, time: Duration) -> Option<u16> {
    let mut stream = connect(number, address, Width::Narrow).await.ok()?;
    offer(&mut stream, request.as_bytes()).await;
    let _ = timeout(BEGIN_MAX, stream.readable()).await;
    let until = Instant::now() + time;
    for byte in request.bytes().cycle() {
        let is_busy = (number / ATTACKERS).is_multiple_of(2);
        if Instant::now() >= until || (is_busy && !offer(&mut stream, &[byte]).await) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    take_late(&mut stream).await
}

/// Reads at last; returns the answer's status unless the connection ends before the answer does.
async fn take_late(stream: &mut TcpStream) -> Option<u16> {
    let (mut answer, until) = (Vec::new(), tokio::time::Instant::now() + END_MAX);
    loop {
        if let Some(at) = answer.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..at]).to_ascii_lowercase();
            let len =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if answer.len() >= at + 4 + len? {
                return status(&answer);
            }
        }
        match timeout_at(until, stream.read_buf(&mut answer)).await {
            Ok(Ok(len)) if len > 0 => {}
            // A connection that was cut may be reset, which takes back what had arrived.
            Ok(_) => return None,
            Err(_elapsed) => return status(&answer),
        }
    }
}

async fn attack(
    connections: usize,
    request: impl Fn(usize) -> String,
    growth_mib_max: u64,
    appliance: &Appliance,
) {
    let mut siege = Siege::begin(appliance).await;
    let mut readers = JoinSet::new();
    let (time, count) = (duration().max(STALL_MAX), ATTACKERS * connections);
    for number in 0..count {
        readers.spawn(ask_and_sleep(number, appliance.address, request(number), time));
        tokio::time::sleep(BEGIN_WITHIN / u32::try_from(count).unwrap()).await;
    }
    let answers = readers.join_all().await;
    let kept = answers.iter().filter(|answer| **answer == Some(200)).count();
    siege.check(kept == 0, || format!("{kept} answers were kept for {time:?}"));
    siege.end(growth_mib_max).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_nobody_reads_keep_nobody_out() {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let request = |_number| {
        format!(
            "GET {DOCUMENT} HTTP/1.1
Host: appliance

"
        )
    };
    attack(STRANGERS, request, DOCUMENTS_MIB_MAX, &appliance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_events_that_nobody_reads_keep_nobody_out() {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let token = token_of_rival(&appliance).await;
    let request = |_number| {
        format!("GET {LARGE_PAGE} HTTP/1.1\r\nHost: appliance\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    attack(READERS, request, PAGES_MIB_MAX, &appliance).await;
}
