//! Bodies that hardly arrive: a body slower than about a kibibyte in five seconds is answered 408, and those that wait
//! keep no places from others.

use crate::appliance::{Appliance, BAD_SIGNATURE, Edge};
use crate::frames::{DATA, END_HEADERS, HEADERS, frame, head};
use crate::holder::Plan;
use crate::siege::{ATTACKERS, Siege, duration};
use crate::wire::{Width, connect, offer, status, trickle};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Longest time until a slow body is cut off: five seconds and time for a busy machine.
const SLOW_MAX: Duration = Duration::from_secs(5 + 5);

/// Time between two bytes.
const BYTE_EVERY: Duration = Duration::from_secs(1);

/// Time between two attempts of one attacker.
const PAUSE: Duration = Duration::from_millis(200);

/// HTTP/1.1 connections of each attacker.
const CONNECTIONS: usize = 30;

/// HTTP/2 streams of each attacker.
const STREAMS: usize = 100;

/// Most mebibytes that the bodies may take.
const GROWTH_MIB_MAX: u64 = 64;

/// Refusals of a body that nobody vouches for, and of one that is slow.
const REFUSALS: [u16; 6] = [401, 403, 404, 408, 429, 503];

/// Returns where an attacker's body goes: most to the source, which waits for them; some to a source that is none, and
/// to the intake for tokens.
fn target(number: usize) -> &'static str {
    match number % 10 {
        0 => "/in/acme/none",
        1 => "/v1/events",
        _ => "/in/acme/pos",
    }
}

/// Sends one slow body after the other; returns what the appliance should not have done.
async fn send_slowly(number: usize, address: SocketAddr, until: Instant) -> Vec<String> {
    let target = target(number / ATTACKERS);
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: appliance\r\nContent-Type: application/json\r\n\
         X-Signature: {BAD_SIGNATURE}\r\nContent-Length: 1000\r\n\r\n{{"
    );
    let mut faults = Vec::new();
    while Instant::now() < until {
        if let Ok(mut stream) = connect(number, address, Width::Usual).await {
            offer(&mut stream, request.as_bytes()).await;
            match trickle(&mut stream, &[b' '; 60], BYTE_EVERY, SLOW_MAX).await {
                None => faults.push(format!("{target}: no answer within {SLOW_MAX:?}")),
                Some(answer) => {
                    let refused = status(&answer).is_none_or(|status| REFUSALS.contains(&status));
                    if !refused {
                        faults.push(format!("{target}: {}", String::from_utf8_lossy(&answer)));
                    }
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_come_byte_by_byte_are_cut_off() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let until = Instant::now() + duration();
    let senders: JoinSet<_> =
        (0..ATTACKERS * CONNECTIONS).map(|number| send_slowly(number, appliance.address, until)).collect();
    let faults: Vec<_> = senders.join_all().await.concat();
    siege.check(faults.is_empty(), || {
        format!("{} slow bodies were not cut off, the first: {}", faults.len(), faults[0])
    });
    siege.end(GROWTH_MIB_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_come_byte_by_byte_on_many_streams_are_cut_off() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let plan = Plan {
        address: appliance.address,
        connections: 1,
        settings: Vec::new(),
        streams: STREAMS,
        open: Arc::new(|stream| {
            let more = [
                ("content-type", "application/json"),
                ("content-length", "1000"),
                ("x-signature", BAD_SIGNATURE),
            ];
            let mut bytes = Vec::new();
            frame(
                &mut bytes,
                HEADERS,
                END_HEADERS,
                stream,
                &head("POST", target(stream as usize / 2), &more),
            );
            frame(&mut bytes, DATA, 0, stream, b"{");
            bytes
        }),
        beat: Arc::new(|stream| {
            let mut bytes = Vec::new();
            frame(&mut bytes, DATA, 0, stream, b" ");
            bytes
        }),
        time: duration(),
        patience: SLOW_MAX,
    };
    let outcome = plan.carry_out().await;
    siege.check(outcome.overdue == 0, || {
        format!("{} slow bodies were still taken after {SLOW_MAX:?}", outcome.overdue)
    });
    siege.end(GROWTH_MIB_MAX).await;
}
