//! Blocks and limits of the real program.

use super::program::{Program, Server, read};
use crate::answer::Answer;
use reqwest::Method;

/// A token's text that is none.
const BAD: &str = "mst_aaaaaaaaaaaaaaaa_bbbb";

async fn knock(server: &Server, token: &str, client: &str) -> Answer {
    let ask = server.client("").ask(Method::GET, "/v1/events").header("x-forwarded-for", client);
    read(ask.bearer_auth(token)).await.unwrap()
}

#[tokio::test]
async fn a_guesser_behind_a_proxy_is_blocked_seen_and_let_in_again() {
    let program = Program::with_acme();
    let server = program.serve(&["limits.trusted_proxies=127.0.0.1,::1"]);
    for _ in 0..10 {
        knock(&server, BAD, "203.0.113.1").await.refused(401, "token_unknown");
    }
    knock(&server, BAD, "203.0.113.1").await.refused(429, "address_blocked");
    knock(&server, BAD, "203.0.113.2").await.refused(401, "token_unknown");
    let listed = program.run(&["block", "list"]).json();
    assert_eq!((&listed[0]["network"], &listed[0]["by"]), (&"203.0.113.1".into(), &"appliance".into()));
    assert_eq!(program.run(&["block", "lift", "203.0.113.1"]).json()["lifted"], 1);
    knock(&server, BAD, "203.0.113.1").await.refused(401, "token_unknown");
    server.stop();
}

#[tokio::test]
async fn the_operators_blocks_outlive_a_restart_running_and_stopped() {
    let program = Program::with_acme();
    let added = program.run(&["block", "add", "203.0.113.0/24", "--reason", "scanner", "--for", "7d"]).json();
    assert_eq!((&added["by"], &added["reason"]), (&"operator".into(), &"scanner".into()));
    assert_eq!(program.run(&["block", "add", "127.0.0.1"]).code, 2);
    assert_eq!(program.run(&["block", "add", "somewhere"]).code, 2);
    assert_eq!(program.run(&["block", "add", "192.0.2.1", "--for", "soon"]).code, 64);
    let server = program.serve(&["limits.trusted_proxies=127.0.0.1,::1"]);
    let blocked = knock(&server, BAD, "203.0.113.77").await;
    blocked.refused(429, "address_blocked");
    assert!(blocked.header("retry-after").unwrap().parse::<u32>().unwrap() > 600_000);
    assert_eq!(program.run(&["block", "lift", "203.0.113.0/24"]).json()["lifted"], 1);
    knock(&server, BAD, "203.0.113.77").await.refused(401, "token_unknown");
    server.stop();
    assert_eq!(program.run(&["block", "list"]).json().as_array().unwrap().len(), 0);
    assert_eq!(program.run(&["block", "lift", "203.0.113.0/24"]).code, 2);
}
