//! Heads that never end. None takes a place, and each is cut off after the time for heads.

use crate::appliance::{Appliance, Edge};
use crate::frames::{CONTINUATION, HEADERS, Http2, frame, head};
use crate::siege::{ATTACKERS, Siege, duration};
use crate::wire::{Width, connect, offer, trickle};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections without a request are given up early, and with them heads that do not end.
const SETTINGS: [&str; 1] = ["limits.connection_timeout_ms=2000"];

/// Longest time for a head: that of a connection and time for a busy machine.
const HEAD_MAX: Duration = Duration::from_secs(2 + 5);

/// Connections of each attacker that send bytes one by one.
const SLOW: usize = 20;

/// Connections of each attacker that send most of a large head.
const LARGE: usize = 50;

/// Bytes of a large head: nearly as much as one may have.
const LARGE_LEN: usize = 60 * 1024;

/// HTTP/2 connections of each attacker.
const MULTIPLEXED: usize = 20;

/// Most mebibytes that large heads may take: those of all connections twice, as buffers grow by doubling, and more.
const GROWTH_MIB_MAX: u64 = 128;

/// What a head begins with.
const BEGINNING: &str = "GET /v1 HTTP/1.1\r\nHost: appliance\r\nX-Long: ";

/// Begins one head after the other and returns how many were not cut off in time.
async fn begin_heads(number: usize, address: SocketAddr, at_once: usize, until: Instant) -> usize {
    let mut kept = 0;
    while Instant::now() < until {
        if let Ok(mut stream) = connect(number, address, Width::Usual).await {
            let bytes = [BEGINNING.as_bytes(), &vec![b'x'; at_once]].concat();
            offer(&mut stream, &bytes[..at_once]).await;
            // However few come, more are left to come.
            let rest = [&bytes[at_once..], &[b'x'; 100]].concat();
            let every = Duration::from_millis(100);
            kept += usize::from(trickle(&mut stream, &rest, every, HEAD_MAX).await.is_none());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    kept
}

async fn attack_with_heads(connections: usize, at_once: usize, growth_mib_max: u64) {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let mut siege = Siege::begin(&appliance).await;
    let until = Instant::now() + duration();
    let mut heads = JoinSet::new();
    for number in 0..ATTACKERS * connections {
        heads.spawn(begin_heads(number, appliance.address, at_once, until));
    }
    let kept: usize = heads.join_all().await.into_iter().sum();
    siege.check(kept == 0, || format!("{kept} heads were not cut off within {HEAD_MAX:?}"));
    siege.end(growth_mib_max).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_come_byte_by_byte_are_cut_off() {
    attack_with_heads(SLOW, 0, 32).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_heads_that_do_not_end_are_cut_off() {
    attack_with_heads(LARGE, LARGE_LEN, GROWTH_MIB_MAX).await;
}

/// Begins a block of headers and goes on a byte at a time; tells whether it was cut off.
async fn continue_slowly(number: usize, address: SocketAddr) -> bool {
    let Ok(mut client) = Http2::connect(number, address, &[]).await else {
        // A connection that is refused is tried again a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
        return true;
    };
    let stream = client.new_stream();
    let mut bytes = Vec::new();
    frame(&mut bytes, HEADERS, 0, stream, &head("GET", "/v1", &[]));
    let began = Instant::now();
    while began.elapsed() < HEAD_MAX && client.send(&bytes).await {
        bytes.clear();
        frame(&mut bytes, CONTINUATION, 0, stream, &[0]);
        if client.ends_within(Duration::from_millis(200)).await {
            return true;
        }
    }
    client.ends_within(Duration::from_secs(1)).await
}

/// Begins one block after the other and returns how many were not cut off in time.
async fn begin_blocks(number: usize, address: SocketAddr, until: Instant) -> usize {
    let mut kept = 0;
    while Instant::now() < until {
        kept += usize::from(!continue_slowly(number, address).await);
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn header_blocks_that_never_end_are_cut_off() {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let mut siege = Siege::begin(&appliance).await;
    let until = Instant::now() + duration();
    let mut blocks = JoinSet::new();
    for number in 0..ATTACKERS * MULTIPLEXED {
        blocks.spawn(begin_blocks(number, appliance.address, until));
    }
    let kept: usize = blocks.join_all().await.into_iter().sum();
    siege.check(kept == 0, || format!("{kept} blocks of headers were not cut off within {HEAD_MAX:?}"));
    siege.end(32).await;
}
