//! The listeners of the real program: HTTP/2 over TLS, who is trusted, the plain ones.

use super::program::{Program, Server, read};
use crate::answer::Answer;
use mainstay::tls::client::client_config;
use reqwest::{Client, Method};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn ca(server: &Server) -> PathBuf {
    PathBuf::from(server.run["ca"].as_str().unwrap())
}

fn http_2(server: &Server) -> Client {
    let mut config = client_config(&ca(server)).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

fn plain() -> Client {
    let none = reqwest::redirect::Policy::none();
    Client::builder().tls_backend_preconfigured(nobody()).redirect(none).no_proxy().build().unwrap()
}

/// Trust in nobody this appliance knows.
fn nobody() -> impl std::any::Any {
    let stranger = Program::new();
    stranger.run(&["init"]).json();
    client_config(&stranger.data("tls/ca.pem")).unwrap()
}

async fn ask(client: &Client, url: &str) -> Answer {
    read(client.get(url)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_carries_many_requests_on_one_connection() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let server = program.serve(&[]);
    let (client, base) = (http_2(&server), format!("https://{}", server.run["https"].as_str().unwrap()));
    let version = client.get(format!("{base}/livez")).send().await.unwrap().version();
    assert_eq!(version, reqwest::Version::HTTP_2);
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..200 {
        let post = client.post(format!("{base}/v1/events")).bearer_auth(&token);
        let post = post.header("idempotency-key", format!("k{}", number % 50)).body("x");
        sent.spawn(async move { read(post).await.unwrap().status });
    }
    let statuses = sent.join_all().await;
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(201), count(204)), (50, 150));
    let mut many = client.get(format!("{base}/v1"));
    for number in 0..101 {
        many = many.header(format!("x-{number}"), "v");
    }
    read(many).await.unwrap().refused(431, "headers_too_large");
    let large = client.post(format!("{base}/v1/events")).bearer_auth(&token).body(vec![0; (1 << 20) + 1]);
    read(large).await.unwrap().refused(413, "body_too_large");
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_right_behind_a_handshake_is_answered() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let url = format!("https://{}/v1/events", server.run["https"].as_str().unwrap());
    for _ in 0..10 {
        let client = trusting(&ca(&server));
        let large = client.get(&url).header("x-large", "v".repeat(60_000));
        read(large).await.unwrap().refused(401, "token_missing");
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_own_authority_is_behind_the_certificate() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let https = server.run["https"].as_str().unwrap().to_owned();
    assert!(plain().get(format!("https://{https}/livez")).send().await.is_err());
    let served = ask(&http_2(&server), &format!("https://{https}/ca.pem")).await;
    assert_eq!(served.body, std::fs::read(ca(&server)).unwrap());
    assert!(plain().get(format!("http://{https}/livez")).send().await.is_err());
    let name = https.replace("127.0.0.1", "localhost");
    assert_eq!(ask(&http_2(&server), &format!("https://{name}/livez")).await.status, 200);
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plain_listeners_lead_to_https_and_tell_health() {
    let program = Program::with_acme();
    let server = program.serve(&["listen.http=127.0.0.1:0", "listen.ops=127.0.0.1:0"]);
    let address = |name: &str| server.run[name].as_str().unwrap().to_owned();
    let client = plain();
    let moved = ask(&client, &format!("http://{}/v1/events?limit=1", address("http"))).await;
    let expected = format!("https://{}/v1/events?limit=1", address("https"));
    assert_eq!((moved.status, moved.header("location")), (308, Some(expected.as_str())));
    let post = client.request(Method::POST, format!("http://{}/v1/events", address("http")));
    read(post.body("x")).await.unwrap().refused(403, "tls_required");
    for (path, status) in [("/metrics", 200), ("/readyz", 200), ("/health", 200), ("/v1/events", 404)] {
        assert_eq!(ask(&client, &format!("http://{}{path}", address("ops"))).await.status, status, "{path}");
    }
    let metrics = ask(&client, &format!("http://{}/metrics", address("ops"))).await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    for series in ["build_info{", "events_processed_total{", "db_commit_duration_seconds", "process_resident"]
    {
        assert!(text.contains(series), "{series}");
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_and_a_new_authority_are_served_without_a_restart() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let url = format!("https://{}/livez", server.run["https"].as_str().unwrap());
    let before = std::fs::read(ca(&server)).unwrap();
    program.run(&["tls", "renew"]).json();
    assert_eq!(ask(&http_2(&server), &url).await.status, 200);
    program.run(&["tls", "rotate-ca"]).json();
    assert_ne!(std::fs::read(ca(&server)).unwrap(), before);
    assert_eq!(ask(&http_2(&server), &url).await.status, 200);
    let old = program.beside("old.pem");
    std::fs::write(&old, &before).unwrap();
    assert_eq!(ask(&trusting(&old), &url).await.status, 200);
    server.stop();
}

fn trusting(authority: &Path) -> Client {
    let config = client_config(authority).unwrap();
    let builder = Client::builder().tls_backend_preconfigured(config).no_proxy();
    builder.timeout(Duration::from_mins(1)).build().unwrap()
}
