//! What the log of the real program never holds: payloads, keys, tokens, passwords.

use super::program::{PASSWORD, Program, read};
use reqwest::Method;

/// Words planted everywhere a client can write.
const PLANTED: &str = "planted-7f3a";

#[tokio::test]
async fn nothing_a_client_sends_in_confidence_reaches_the_log() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write", "events:read"]);
    program.run_with(&["source", "create", "--tenant", "acme", "pos", "--secret-stdin"], PLANTED).json();
    let server = program.serve(&["logging.level=trace"]);
    let client = server.client(&token);
    let payload = format!("{{\"card\":\"{PLANTED}\"}}");
    let ask = |method: Method, path: &str| client.ask(method, path).bearer_auth(&token);
    let post = |path: &str| ask(Method::POST, path).body(payload.clone());
    let json = "application/json";
    let unknown = format!("mst_{}_{PLANTED}", "a".repeat(16));
    let requests = [
        (post("/v1/events").header("idempotency-key", PLANTED), 201),
        (post("/v1/events").header("idempotency-key", PLANTED).header("content-type", json), 204),
        (post("/v1/events").header("idempotency-key", PLANTED).body(PLANTED), 204),
        (post("/v1/events").header("content-type", json).body(format!("{{{PLANTED}")), 400),
        (post(&format!("/v1/events?subject={PLANTED}")), 201),
        (post(&format!("/v1/events?{PLANTED}=1")), 400),
        (post(&format!("/{PLANTED}")), 404),
        (post("/v1/events").header("x-tenant-id", PLANTED), 403),
        (post("/v1/events").header("content-type", PLANTED), 400),
        (ask(Method::GET, &format!("/v1/events?key={PLANTED}")), 200),
        (ask(Method::GET, &format!("/v1/events?after={PLANTED}")), 400),
        (ask(Method::GET, &format!("/v1/events/{PLANTED}")), 404),
        (ask(Method::GET, "/v1/events/export"), 200),
        (ask(Method::from_bytes(b"PLANTED7F3A").unwrap(), "/v1/events"), 405),
        (client.ask(Method::GET, "/v1/events").header("authorization", format!("Bearer {unknown}")), 401),
        (client.ask(Method::GET, "/v1/events").header("x-api-key", PLANTED), 401),
        (client.ask(Method::POST, "/in/acme/pos").header("x-signature", PLANTED).body(PLANTED), 403),
        (client.ask(Method::POST, &format!("/in/acme/{PLANTED}")).body(PLANTED), 404),
        (client.ask(Method::POST, &format!("/in/{PLANTED}/pos")).body(PLANTED), 404),
        (client.ask(Method::POST, "/pos/pos/ingest").header("x-tenant-id", PLANTED), 404),
        (client.ask(Method::GET, "/v1/events").header("authorization", format!("Basic {PLANTED}")), 401),
    ];
    for (at, (request, status)) in requests.into_iter().enumerate() {
        let answer = read(request).await.unwrap();
        assert_eq!(answer.status, status, "request {at}: {answer:?}");
    }
    program.token("acme", &["events:read"]);
    server.stop();
    let log = program.log();
    assert!(log.lines().count() > 20, "{log}");
    let secret = token.splitn(3, '_').nth(2).unwrap();
    for word in [PLANTED, "PLANTED7F3A", secret, "mst_", PASSWORD] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "the log holds `{word}`");
    }
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}");
    }
}

#[tokio::test]
async fn credentials_in_a_clients_own_words_are_masked_and_other_headers_are_never_written() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write", "events:read"]);
    let server = program.serve(&["logging.level=trace", "logging.redact_fields=till_code"]);
    let client = server.client(&token);
    let agents = [
        format!("till/1 Bearer {PLANTED}"),
        format!("till/2 mst_aaaaaaaaaaaaaaaa_{PLANTED}"),
        format!("till/3 sha256={PLANTED}"),
        format!("till/4 whsec_{PLANTED}"),
        format!("till/5 (till_code={PLANTED})"),
        format!("till/6 {{\"tillCode\":\"{PLANTED}\"}}"),
        format!("till/7 cookie: session={PLANTED}"),
    ];
    let headers = [
        "cookie",
        "x-signature",
        "x-hub-signature-256",
        "stripe-signature",
        "webhook-signature",
        "referer",
        "origin",
        "x-anything",
        "accept-language",
        "tracestate",
        "if-none-match",
        "ce-id",
    ];
    for agent in &agents {
        let mut request = client.ask(Method::POST, &format!("/v1/events?subject={PLANTED}&token={PLANTED}"));
        for name in headers {
            request = request.header(name, PLANTED);
        }
        let body = format!("{{\"password\":\"{PLANTED}\",\"n\":{{\"till_code\":\"{PLANTED}\"");
        let request = request.header("user-agent", agent).header("content-type", "application/json");
        read(request.bearer_auth(&token).body(body)).await.unwrap();
    }
    server.stop();
    let log = program.log();
    assert_eq!(log.lines().find(|line| line.contains(PLANTED)), None);
    for number in 1..=agents.len() {
        let line = log.lines().find(|line| line.contains(&format!("till/{number} ")));
        let line: serde_json::Value = serde_json::from_str(line.unwrap_or_else(|| panic!("{log}"))).unwrap();
        assert!(line["user_agent"].as_str().unwrap().contains("[redacted]"), "{line}");
        assert_eq!(line["path"], "/v1/events");
    }
}

#[tokio::test]
async fn of_many_successes_only_as_many_lines_are_written_as_set() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write"]);
    let server = program.serve(&["logging.success_lines_per_second_max=1"]);
    let client = server.client(&token);
    let sent = 40;
    for number in 0..sent {
        client.post(&format!("k{number}"), vec![]).await.unwrap();
    }
    server.stop();
    let (mut written, mut left_out) = (0, 0);
    for line in program.log().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["path"] == "/v1/events" {
            written += u64::from(line["rid"].is_string());
            left_out += line["more"].as_u64().unwrap_or_default();
        }
    }
    assert_eq!(written + left_out, sent, "{}", program.log());
    assert!(written < sent / 2, "{written} lines were written");
}

#[test]
fn results_go_to_stdout_and_remarks_to_stderr() {
    let program = Program::with_acme();
    let made = program.run(&["token", "create", "--tenant", "acme", "--name", "t", "--scope", "agents"]);
    assert_eq!(made.stdout.lines().count(), 1);
    assert!(made.stdout.contains("mst_") && !made.stderr.contains("mst_"), "{made:?}");
    assert!(made.stderr.contains("data directory "));
    let listed = program.run(&["token", "list"]);
    assert!(!listed.stdout.contains("mst_") && listed.stdout.contains("\"agents\""));
    for file in ["mainstay.redb", "journal.0", "lock"] {
        let bytes = std::fs::read(program.data(file)).unwrap();
        let secret = made.json()["token"].as_str().unwrap().splitn(3, '_').nth(2).unwrap().to_owned();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file}");
    }
}
