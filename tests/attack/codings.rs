//! Transfer codings: a body whose end two readers may see at different places is read by none.

use crate::appliance::{Appliance, Edge};
use crate::wire::{Width, connect, offer, status};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

/// Everything but `chunked` alone.
const CODINGS: [&str; 9] = [
    "gzip",
    "identity",
    "gzip, chunked",
    "chunked, gzip",
    "chunked, identity",
    "chunked, chunked",
    "xchunked",
    "\"chunked\"",
    "chunked;a=b",
];

/// Sends the event `{"n":"x"}` with that header and another request behind it; returns all that is answered.
async fn send(appliance: &Appliance, token: &str, version: &str, lines: &str) -> Vec<u8> {
    let mut stream = connect(0, appliance.address, Width::Usual).await.unwrap();
    let request = format!(
        "POST /v1/events HTTP/{version}\r\nHost: appliance\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\n{lines}\r\n\r\n9\r\n{{\"n\":\"x\"}}\r\n0\r\n\r\n\
         GET /livez HTTP/1.1\r\nHost: appliance\r\n\r\n"
    );
    offer(&mut stream, request.as_bytes()).await;
    let mut answer = Vec::new();
    // A connection that goes on is left after a moment.
    let _ = timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfer_codings_other_than_chunked_alone_are_refused() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let token = appliance.token("acme");
    let taken = send(&appliance, &token, "1.1", "Transfer-Encoding: chunked").await;
    assert_eq!(status(&taken), Some(201), "{}", String::from_utf8_lossy(&taken));
    let one_line = CODINGS.map(|coding| ("1.1", format!("Transfer-Encoding: {coding}")));
    let two_lines = ["chunked", "gzip"]
        .map(|first| ("1.1", format!("Transfer-Encoding: {first}\r\nTransfer-Encoding: chunked")));
    let of_old = [("1.0", "Transfer-Encoding: chunked".to_owned())];
    let mut faults = Vec::new();
    for (version, lines) in one_line.into_iter().chain(two_lines).chain(of_old) {
        let answer = send(&appliance, &token, version, &lines).await;
        let answers = answer.windows(9).filter(|bytes| bytes.starts_with(b"HTTP/1.")).count();
        if !matches!(status(&answer), Some(400 | 501)) || answers != 1 {
            faults.push(format!("{lines:?} in HTTP/{version}: {answers} answers, {:?}", status(&answer)));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
