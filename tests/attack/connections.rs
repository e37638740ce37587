//! Floods of connections: silent, in the middle of a handshake, or idle behind one.

use crate::appliance::{Appliance, Edge};
use crate::siege::{ATTACKERS, Siege, duration};
use crate::wire::{Width, connect, offer};
use mainstay::tls::client::client_config;
use rustix::process::{Resource, getrlimit};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Connections of the flood, where the system lets a process have so many files.
const CONNECTIONS: usize = 4_000;

/// Connections of which one shakes hands: each costs both sides a millisecond and more.
const HANDSHAKES_EVERY: usize = 4;

/// Connections begun at once.
const AT_ONCE: usize = 64;

/// Time until a connection that was refused is tried again.
const REST: Duration = Duration::from_millis(500);

/// Longest time for a handshake, and longer than a connection may be idle here; and time for a busy machine.
const SILENCE_MAX: Duration = Duration::from_secs(10 + 6);

/// Most kibibytes that one connection may take.
const CONNECTION_KIB_MAX: u64 = 48;

/// The beginning of a TLS record that holds a hello of 512 bytes, and the first of them.
const HALF_HELLO: [u8; 11] = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];

/// What an attacker does with a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Silent,
    HalfHello,
    ShakenHands,
}

/// Connects, leaves the connection alone, and tells whether the appliance ended it in time.
async fn leave_alone(mut stream: TcpStream, kind: Kind, tls: TlsConnector) -> bool {
    let ended = async {
        match kind {
            Kind::Silent => stream.read_u8().await.is_err(),
            Kind::HalfHello => {
                offer(&mut stream, &HALF_HELLO).await;
                stream.read_u8().await.is_err()
            }
            Kind::ShakenHands => match tls.connect("localhost".try_into().unwrap(), stream).await {
                Ok(mut stream) => stream.read_u8().await.is_err(),
                Err(_refused) => true,
            },
        }
    };
    timeout(SILENCE_MAX, ended).await.unwrap_or(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_carry_nothing_keep_nobody_out() {
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    let count = files.map_or(CONNECTIONS, |files| CONNECTIONS.min(files / 3));
    let appliance = Appliance::start(Edge::Tls, &["limits.connection_timeout_ms=5000"]).await;
    let mut siege = Siege::begin(&appliance).await;
    let tls = TlsConnector::from(Arc::new(client_config(&appliance.authority()).unwrap()));
    let (turns, address) = (Arc::new(Semaphore::new(AT_ONCE)), appliance.address);
    let until = Instant::now() + duration();
    let mut connections = JoinSet::new();
    for number in 0..count {
        let kind = match number / ATTACKERS % HANDSHAKES_EVERY {
            0 => Kind::ShakenHands,
            1 => Kind::HalfHello,
            _ => Kind::Silent,
        };
        let (turns, tls) = (Arc::clone(&turns), tls.clone());
        connections.spawn(async move {
            let mut kept = 0;
            while Instant::now() < until {
                let turn = turns.acquire().await.unwrap();
                let stream = connect(number, address, Width::Usual).await;
                drop(turn);
                match stream {
                    Ok(stream) => kept += usize::from(!leave_alone(stream, kind, tls.clone()).await),
                    Err(_refused) => tokio::time::sleep(REST).await,
                }
            }
            kept
        });
    }
    let kept: usize = connections.join_all().await.into_iter().sum();
    siege
        .check(kept == 0, || format!("{kept} of {count} silent connections were open after {SILENCE_MAX:?}"));
    siege.end(32 + count as u64 * CONNECTION_KIB_MAX / 1024).await;
}
