//! Floods of HTTP/2 frames that ask for nothing: the connection is cut off.

use crate::appliance::{Appliance, BAD_SIGNATURE, Edge};
use crate::frames::{
    DATA, END_HEADERS, HEADERS, Http2, PING, PRIORITY, SETTINGS, WINDOW_UPDATE, frame, head,
};
use crate::siege::{Siege, duration};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Frames in one write, and time between two: a hundred times what a client of good will sends.
const FRAMES_AT_ONCE: usize = 100;
const WRITE_EVERY: Duration = Duration::from_millis(10);

/// A type of frames that no standard knows.
const UNKNOWN: u8 = 0xfa;

/// What floods are made of: a name, and one frame for an open stream.
type Flood = (&'static str, fn(&mut Vec<u8>, u32));

const FLOODS: [Flood; 7] = [
    ("PRIORITY", |to, stream| frame(to, PRIORITY, 0, stream, &[0, 0, 0, 0, 1])),
    ("WINDOW_UPDATE", |to, _stream| frame(to, WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
    ("WINDOW_UPDATE of a stream", |to, stream| frame(to, WINDOW_UPDATE, 0, stream, &[0, 0, 0, 1])),
    ("unknown", |to, stream| frame(to, UNKNOWN, 0, stream, &[0; 8])),
    ("empty DATA", |to, stream| frame(to, DATA, 0, stream, &[])),
    ("SETTINGS", |to, _stream| frame(to, SETTINGS, 0, 0, &[])),
    ("PING", |to, _stream| frame(to, PING, 0, 0, &[0; 8])),
];

/// Sends frames of one kind as long as the attack lasts; returns the name of a flood that was not cut off.
async fn flood(number: usize, address: SocketAddr, flood: Flood, until: Instant) -> Option<String> {
    let (name, append) = flood;
    let mut client = Http2::connect(number, address, &[]).await.unwrap();
    let stream = client.new_stream();
    let mut bytes = Vec::new();
    frame(
        &mut bytes,
        HEADERS,
        END_HEADERS,
        stream,
        &head("POST", "/in/acme/pos", &[("x-signature", BAD_SIGNATURE)]),
    );
    client.send(&bytes).await;
    bytes.clear();
    (0..FRAMES_AT_ONCE).for_each(|_| append(&mut bytes, stream));
    let mut sent = 0;
    while Instant::now() < until && !client.has_ended() && client.send(&bytes).await {
        sent += FRAMES_AT_ONCE;
        tokio::time::sleep(WRITE_EVERY).await;
    }
    let cut = client.ends_within(Duration::from_secs(1)).await;
    eprintln!("  {name}: {sent} frames, {}", if cut { "cut off" } else { "taken" });
    (!cut).then(|| format!("{sent} frames {name}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_frames_are_cut_off() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let until = Instant::now() + duration();
    let numbered = FLOODS.into_iter().enumerate();
    let floods: JoinSet<_> =
        numbered.map(|(number, one)| flood(number, appliance.address, one, until)).collect();
    let taken: Vec<_> = floods.join_all().await.into_iter().flatten().collect();
    siege.check(taken.is_empty(), || format!("floods were not cut off: {}", taken.join(", ")));
    siege.end(64).await;
}
