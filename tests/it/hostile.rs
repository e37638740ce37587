//! Requests that mean no good: a 4xx as a problem, and nothing stored.

use crate::app::TestApp;
use axum::body::Body;
use bytes::Bytes;
use http::Method;
use http_body_util::channel::Channel;
use mainstay::app::routes::ROUTES;
use mainstay::http::route::Found;
use std::io;

/// A body in pieces, whose length nobody announces; `end` says whether it ends properly.
fn streamed(pieces: Vec<Bytes>, end: Result<(), io::Error>) -> Body {
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(async move {
        for piece in pieces {
            if sender.send_data(piece).await.is_err() {
                return;
            }
        }
        if let Err(error) = end {
            sender.abort(error);
        }
    });
    Body::new(body)
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_declared_or_streamed() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let most = 64 * 1024;
    let piece = Bytes::from(vec![b'x'; 8 * 1024]);
    let binary = "application/octet-stream";
    let declared = sender.post_as(binary, vec![b'x'; most + 1]).key("k").send().await;
    declared.refused(413, "body_too_large");
    let pieces = streamed(vec![piece.clone(); 9], Ok(()));
    sender.post_as(binary, pieces).key("k").send().await.refused(413, "body_too_large");
    let endless = streamed(vec![piece.clone(); 100_000], Ok(()));
    sender.post_as(binary, endless).key("k").send().await.refused(413, "body_too_large");
    assert_eq!(app.ledger_len(), before);
    assert_eq!(sender.post_as(binary, vec![b'x'; most]).key("k").send().await.status, 201);
    let streamed = streamed(vec![piece; 8], Ok(()));
    assert_eq!(sender.post_as(binary, streamed).key("k").send().await.status, 204);
}

#[tokio::test]
async fn a_body_that_is_cut_off_stores_nothing() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    for pieces in [vec![], vec![Bytes::from_static(b"{}")], vec![Bytes::from_static(b"{"); 3]] {
        let cut = streamed(pieces, Err(io::ErrorKind::ConnectionReset.into()));
        sender.post(cut).key("k").send().await.refused(400, "body_incomplete");
    }
    assert_eq!(app.ledger_len(), before);
    assert_eq!(sender.send("k", "{}").await.status, 201);
}

#[tokio::test]
async fn what_claims_to_be_json_must_be_json() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    for (body, code) in [
        (b"".to_vec(), "invalid_json"),
        (b" \n".to_vec(), "invalid_json"),
        (b"{".to_vec(), "invalid_json"),
        (b"{} {}".to_vec(), "invalid_json"),
        (b"{'a':1}".to_vec(), "invalid_json"),
        (b"NaN".to_vec(), "invalid_json"),
        (b"\xef\xbb\xbf{}".to_vec(), "invalid_json"),
        (b"\"\xff\"".to_vec(), "invalid_json"),
        (b"\"\xed\xa0\x80\"".to_vec(), "invalid_json"),
        (b"\xff\xfe{\0}\0".to_vec(), "invalid_json"),
        (nested(65), "json_too_deep"),
        (nested(30_000), "json_too_deep"),
        (vec![b'['; 60_000], "json_too_deep"),
    ] {
        for kind in ["application/json", "Application/JSON; charset=latin1", "text/json", "a/b+json"] {
            sender.post_as(kind, body.clone()).send().await.refused(400, code);
        }
    }
    assert_eq!(app.ledger_len(), before);
    assert_eq!(sender.post(nested(64)).send().await.status, 201);
    let brackets = format!("\"{}\"", "[".repeat(1_000));
    assert_eq!(sender.post(brackets).send().await.status, 201);
    assert_eq!(sender.post_as("text/plain", b"\xff".to_vec()).send().await.status, 201);
}

#[tokio::test]
async fn formats_and_encodings_that_are_not_read_are_refused() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for kind in ["application/cloudevents+avro", "application/cloudevents-batch+xml"] {
        sender.post_as(kind, "{}").send().await.refused(415, "unsupported_format");
    }
    for coding in ["gzip", "br", "identity, gzip"] {
        let ask = sender.post("{}").header("content-encoding", coding);
        ask.send().await.refused(415, "unsupported_encoding");
    }
    for kind in ["json", "a/", "/b", "a b/c", "text/plain\u{e9}", &format!("a/{}", "b".repeat(254))] {
        sender.post_as(kind, "{}").send().await.refused(400, "invalid_content_type");
    }
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_work() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for route in ROUTES.iter().filter(|route| route.found != Found::Socket) {
        let of_path = |method| ROUTES.iter().any(|r| r.pattern == route.pattern && r.method == method);
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let found =
            |method: &Method| of_path(method.clone()) || (*method == Method::HEAD && of_path(Method::GET));
        let allow =
            methods.iter().filter(|method| found(method)).map(Method::as_str).collect::<Vec<_>>().join(", ");
        let path = route.pattern.replace("{seq}", "1");
        for name in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "POST", "GET", "get", "BREW"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            if of_path(method.clone()) {
                continue;
            }
            let answer = acme.ask(method, &path).send().await;
            answer.refused(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some(allow.as_str()), "{name} {path}");
        }
    }
}

#[tokio::test]
async fn path_tricks_lead_nowhere() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    acme.send("k", "{}").await;
    for path in [
        "//v1/events",
        "/v1//events",
        "/v1/../v1/events",
        "/v1/events/../../metrics",
        "/v1/%2e%2e/metrics",
        "/v1%2fevents",
        "/./metrics",
        "/metrics/.",
        "/metrics%00",
        "/v1/events\\..",
        "/v1/events/1%2fpayload/x",
        "/%ff",
        "/%",
    ] {
        acme.get(path).await.refused(400, "invalid_path");
    }
    for path in ["/v1/", "/v1/events/", "/V1/events", "/v1/events/1/", "/v1/events/1/payload/x", "/admin"] {
        acme.get(path).await.refused(404, "not_found");
    }
    for path in ["/v1/events/%31", "/v1/events/1%2f", "/v1/events/..%2f1", "/v1/events/%00/payload"] {
        let answer = acme.get(path).await;
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_browsers_and_echoes_nothing() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let ask = nobody.ask(Method::GET, "/<script>alert(1)</script>".replace(['<', '>'], "%3C").as_str());
    let page = ask.header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").is_some());
    assert!(!String::from_utf8(page.body.to_vec()).unwrap().contains("script"));
    nobody.ask(Method::POST, "/nowhere").send().await.refused(404, "not_found");
}

#[tokio::test]
async fn headers_sent_twice_are_refused_where_it_matters() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    for (name, value) in [
        ("idempotency-key", "k2"),
        ("content-type", "text/plain"),
        ("authorization", "Bearer mst_other"),
        ("x-tenant-id", "acme"),
    ] {
        let twice = sender.in_tenant("acme").post("{}").key("k1").header(name, value).send().await;
        twice.refused(400, "repeated_header");
    }
    assert_eq!(app.ledger_len(), before);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let twice = sender.post("{}").key("k1").header("traceparent", trace).header("traceparent", trace);
    assert_eq!(twice.send().await.status, 201);
    assert!(sender.get("/v1/events?key=k1").await.json()["events"][0].get("traceid").is_none());
}

#[tokio::test]
async fn weird_tenants_are_refused_without_a_trace() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let admin = app.system_token(&[mainstay::domain::scope::Scope::Admin]).await;
    let before = app.ledger_len();
    let long = "a".repeat(10_000);
    for weird in ["", " ", "ACME", "../acme", "acme/../globex", "äcme", "*", "null", long.as_str()] {
        let answer = sender.in_tenant(weird).send("k", "{}").await;
        answer.refused(403, "tenant_mismatch");
        assert!(answer.body.len() < 1_000, "the answer repeats all that was sent");
        admin.in_tenant(weird).send("k", "{}").await.refused(404, "tenant_unknown");
    }
    let ask = sender.post("{}").header("x-tenant-id", b"\xff");
    ask.send().await.refused(400, "invalid_header");
    assert_eq!(app.ledger_len(), before);
}

#[tokio::test]
async fn names_have_bounds_and_print() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (longest, too_long) = ("%C3%A4".repeat(255), "a".repeat(256));
    for name in ["source", "type"] {
        for wrong in ["", "a%0Ab", "a%00", "%ff", "%zz", too_long.as_str()] {
            let answer = sender.post_to(&format!("/v1/events?{name}={wrong}"), "{}").send().await;
            answer.refused(400, "invalid_query");
            assert_eq!(answer.bad_fields(), [name], "{wrong}");
        }
        let answer = sender.post_to(&format!("/v1/events?{name}={longest}"), "{}").send().await;
        assert_eq!(answer.status, 201);
    }
}

#[tokio::test]
async fn a_subject_may_be_long_but_not_all_attributes_together() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let subject = |len: usize| format!("/v1/events?subject={}", "s".repeat(len));
    assert_eq!(sender.post_to(&subject(10_000), "1").send().await.status, 201);
    let too_much = sender.post_to(&subject(17_000), "2").key("k").send().await;
    too_much.refused(422, "attributes_too_large");
    assert_eq!(sender.send("k", "2").await.status, 201);
}

#[tokio::test]
async fn a_client_may_name_its_request_only_plainly() {
    let app = TestApp::start().await;
    for (sent, kept) in [("Ab-1._", true), ("a b", false), ("", false), ("a\"}", false)] {
        let answer = app.anonymous().ask(Method::GET, "/nowhere").header("x-request-id", sent).send().await;
        assert_eq!(answer.header("x-request-id") == Some(sent), kept, "{sent}");
    }
}

#[tokio::test]
async fn a_crowd_of_names_and_keys_is_taken_with_bounded_labels() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for number in 0..300 {
        let path = format!("/v1/events?source=s{number}&type=t{number}");
        assert_eq!(sender.post_to(&path, "{}").key(&format!("k{number}")).send().await.status, 201);
    }
    let metrics = app.anonymous().at("127.0.0.1").get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    let sources =
        text.lines().filter(|line| line.starts_with("ingest_events_total{") && line.contains("acme"));
    let (mut count, mut sum) = (0, 0.0);
    for line in sources {
        count += 1;
        sum += line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
    }
    assert!(count <= 101, "{count} labels");
    assert!((sum - 300.0).abs() < 0.5, "{sum} events counted");
}
