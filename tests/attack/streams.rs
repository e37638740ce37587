//! Floods of HTTP/2 streams: opened and reset at once, or opened and left.

use crate::appliance::{Appliance, BAD_SIGNATURE, Edge};
use crate::frames::{CANCEL, END_HEADERS, HEADERS, Http2, RST_STREAM, frame, get, head};
use crate::holder::Plan;
use crate::siege::{ATTACKERS, Siege, duration};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Streams that are reset on one connection; far fewer have it cut.
const RESETS: usize = 10_000;

/// Streams in one write.
const RESETS_AT_ONCE: usize = 100;

/// Longest time until a connection is cut.
const CUT_MAX: Duration = Duration::from_secs(5);

/// Connections of each attacker that leave their streams open, and how many on each: as many as it may have.
const CONNECTIONS: usize = 5;
const STREAMS: usize = 256;

/// Longest time that a stream without a body may wait for it.
const WAIT_MAX: Duration = Duration::from_secs(5 + 5);

/// Most mebibytes that open streams may take.
const GROWTH_MIB_MAX: u64 = 96;

/// Opens and resets streams, one connection after the other; returns how many connections were not cut.
async fn reset(number: usize, address: SocketAddr, until: Instant) -> usize {
    let mut kept = 0;
    while Instant::now() < until {
        if let Ok(mut client) = Http2::connect(number, address, &[]).await {
            for _ in 0..RESETS / RESETS_AT_ONCE {
                let mut bytes = Vec::new();
                for _ in 0..RESETS_AT_ONCE {
                    let stream = client.new_stream();
                    bytes.extend(get(stream, "/login", &[]));
                    frame(&mut bytes, RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
                }
                if !client.send(&bytes).await {
                    break;
                }
            }
            kept += usize::from(!client.ends_within(CUT_MAX).await);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_reset_streams_fast_are_cut_off() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let until = Instant::now() + duration();
    let resets: JoinSet<_> = (0..ATTACKERS).map(|number| reset(number, appliance.address, until)).collect();
    let kept: usize = resets.join_all().await.into_iter().sum();
    siege.check(kept == 0, || format!("{kept} connections with {RESETS} reset streams were not cut"));
    siege.end(64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_left_open_take_little_memory() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let plan = Plan {
        address: appliance.address,
        connections: CONNECTIONS,
        settings: Vec::new(),
        streams: STREAMS,
        open: Arc::new(|stream| {
            let more = [("content-length", "1000"), ("x-signature", BAD_SIGNATURE)];
            let mut bytes = Vec::new();
            frame(&mut bytes, HEADERS, END_HEADERS, stream, &head("POST", "/in/acme/pos", &more));
            bytes
        }),
        beat: Arc::new(|_stream| Vec::new()),
        time: duration(),
        patience: WAIT_MAX,
    };
    let outcome = plan.carry_out().await;
    siege.check(outcome.overdue == 0, || {
        format!("{} streams waited {WAIT_MAX:?} and longer for a body", outcome.overdue)
    });
    siege.end(GROWTH_MIB_MAX).await;
}
