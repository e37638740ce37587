//! Sockets of attackers, and HTTP clients on addresses of their own.

use crate::siege::ATTACKERS;
use mainstay::tls::client::{client_config, system_client_config};
use reqwest::{Client, ClientBuilder};
use socket2::SockRef;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Bytes that a narrow socket takes from the network before the test reads; the system may double it.
const NARROW: u32 = 4 * 1024;

/// Longest wait for a connection in a flood.
const CONNECT_MAX: Duration = Duration::from_secs(20);

/// Bytes of a segment on a bad line: the system reserves room for unread answers by the segment.
const SEGMENT: u32 = 536;

/// How wide a socket is.
#[derive(Clone, Copy)]
pub(crate) enum Width {
    Usual,
    /// It takes few bytes that nobody reads.
    Narrow,
}

/// Returns the address of the attacker of that number, one of a dozen.
pub(crate) fn attacker(number: usize) -> IpAddr {
    let last = u8::try_from(100 + number % ATTACKERS).expect("there are few");
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// Begins an HTTP client on an address, which trusts an authority or what the system trusts.
pub(crate) fn http_client(from: IpAddr, authority: Option<&Path>) -> ClientBuilder {
    let config = authority.map_or_else(system_client_config, client_config).unwrap();
    Client::builder().tls_backend_preconfigured(config).local_address(from).no_proxy()
}

/// Connects from an attacker's address.
pub(crate) async fn connect(number: usize, to: SocketAddr, width: Width) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(attacker(number), 0))?;
    if let Width::Narrow = width {
        socket.set_recv_buffer_size(NARROW)?;
        SockRef::from(&socket).set_tcp_mss(SEGMENT)?;
    }
    timeout(CONNECT_MAX, socket.connect(to)).await?
}

/// Sends what it may; a server that has ended the connection takes no more.
pub(crate) async fn offer(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).await.is_ok()
}

/// Sends bytes one by one, one at every interval, until the server answers or ends the connection; returns what it
/// answered first. None when it did neither within the time.
pub(crate) async fn trickle(
    stream: &mut TcpStream,
    bytes: &[u8],
    every: Duration,
    within: Duration,
) -> Option<Vec<u8>> {
    let (mut reader, mut writer) = stream.split();
    let answer = async {
        let mut answer = vec![0; 4096];
        // A reset connection has ended too.
        let len = reader.read(&mut answer).await.unwrap_or(0);
        answer.truncate(len);
        answer
    };
    let writing = async {
        for byte in bytes {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(every).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = timeout(within, answer) => answer.ok(),
        () = writing => None,
    }
}

/// Returns the status code that an HTTP/1.1 answer begins with.
pub(crate) fn status(answer: &[u8]) -> Option<u16> {
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}
