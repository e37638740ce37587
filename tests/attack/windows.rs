//! Answers on HTTP/2 that the client leaves no window for: a client that reads nothing must not keep its answers open,
//! however often it shows that it is alive.

use crate::appliance::{Appliance, Edge};
use crate::frames::{Http2, INITIAL_WINDOW_SIZE, WINDOW_UPDATE, frame, get};
use crate::holder::Plan;
use crate::rival::{LARGE_PAGE, SMALL_PAGE, token_of_rival};
use crate::siege::{Siege, duration};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Few places, and little patience with answers that do not move.
const SETTINGS: [&str; 2] = ["limits.in_flight_max=64", "limits.request_timeout_ms=2000"];

/// Longest time that an answer without a window may stay: the request timeout and time for a busy machine.
const STALL_MAX: Duration = Duration::from_secs(2 + 5);

/// Streams of each attacker.
const STREAMS: usize = 100;

/// Most mebibytes that the answers may take: what answers to reads may hold together, twice and more, for copies on the
/// way.
const GROWTH_MIB_MAX: u64 = 160;

/// What strangers ask for: a refusal, an unknown path, a page, a file, a document.
const TARGETS: [&str; 5] = ["/v1/events", "/nothing/here", "/login", "/ca.pem", "/v1"];

/// Lets a dozen attackers ask and leave windows of so many bytes.
async fn stall(window: u32, targets: Vec<&'static str>, rival: bool) {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let token = if rival { Some(token_of_rival(&appliance).await) } else { None };
    let mut siege = Siege::begin(&appliance).await;
    let bearer = token.map(|token| format!("Bearer {token}"));
    let open = move |stream: u32| {
        let target = targets[stream as usize / 2 % targets.len()];
        let credential = bearer.iter().map(|bearer| ("authorization", bearer.as_str()));
        get(stream, target, &credential.collect::<Vec<_>>())
    };
    let plan = Plan {
        address: appliance.address,
        connections: 1,
        settings: vec![(INITIAL_WINDOW_SIZE, window)],
        streams: STREAMS,
        open: Arc::new(open),
        beat: Arc::new(|_stream| Vec::new()),
        time: duration(),
        patience: STALL_MAX,
    };
    let outcome = plan.carry_out().await;
    siege.check(outcome.overdue == 0, || {
        format!("{} streams without a window were open {STALL_MAX:?} and longer", outcome.overdue)
    });
    siege.end(GROWTH_MIB_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_that_leave_no_window_keep_no_places() {
    stall(0, TARGETS.to_vec(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_that_leave_a_window_of_a_byte_keep_no_places() {
    stall(1, TARGETS.to_vec(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_leaves_no_window_keeps_no_places_from_another() {
    stall(0, vec![SMALL_PAGE, SMALL_PAGE, SMALL_PAGE, LARGE_PAGE], true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_stream_is_reset_and_others_of_its_connection_go_on() {
    let appliance = Appliance::start(Edge::Plain, &SETTINGS).await;
    let windows = [(INITIAL_WINDOW_SIZE, 0)];
    let mut client = Http2::connect(0, appliance.address, &windows).await.unwrap();
    let stalled = client.get("/v1", &[]).await.unwrap();
    let (began, mut reset) = (Instant::now(), false);
    while began.elapsed() < STALL_MAX && !reset {
        // This one leaves a window for its answer, beside the one that is stalled.
        let stream = client.new_stream();
        let mut request = get(stream, "/v1", &[]);
        frame(&mut request, WINDOW_UPDATE, 0, stream, &(1_u32 << 20).to_be_bytes());
        assert!(client.send(&request).await && client.ping().await, "the connection was cut");
        loop {
            let next = timeout(STALL_MAX, client.next()).await.expect("the stream is answered");
            let next = next.expect("the connection goes on");
            reset |= next.stream == stalled && next.ends_stream();
            if next.stream == stream && next.ends_stream() {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(reset, "the stalled stream is still open after {STALL_MAX:?}");
}
