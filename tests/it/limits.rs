//! How often strangers may come, and who is kept out.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::documented::is_page;
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::config::RateLimitApplies;
use mainstay::domain::scope::Scope;
use mainstay::services::audit::Actor as By;
use mainstay::services::limits::NewBlock;
use std::time::Duration;

/// A proxy that some of the tests trust.
const PROXY: &str = "10.0.0.1";

/// A token's text that is none.
const BAD: &str = "mst_aaaaaaaaaaaaaaaa_bbbb";

async fn behind_proxy() -> TestApp {
    TestApp::start_with(|config| config.limits.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]).await
}

fn block(network: &str) -> NewBlock {
    NewBlock { network: network.to_owned(), ..NewBlock::default() }
}

/// Asks for something that needs a token; returns the last answer.
async fn knock(actor: &Actor, times: u32) -> Answer {
    let mut last = actor.get("/v1/events").await;
    for _ in 1..times {
        last = actor.get("/v1/events").await;
    }
    last
}

async fn forwarded(actor: &Actor, client: &str) -> Answer {
    actor.ask(Method::GET, "/v1/events").header("x-forwarded-for", client).send().await
}

fn standing(answer: &Answer) -> Option<&str> {
    answer.header("ratelimit")
}

#[tokio::test]
async fn a_hundred_requests_a_minute_are_answered_without_a_token() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let first = stranger.get("/v1/events").await;
    first.refused(401, "token_missing");
    assert_eq!(first.header("ratelimit-policy"), Some("\"default\";q=100;w=60"));
    assert_eq!(standing(&first), Some("\"default\";r=99;t=60"));
    app.clock.advance(Duration::from_secs(18));
    assert_eq!(standing(&stranger.get("/v1").await), Some("\"default\";r=98;t=42"));
    knock(&stranger, 98).await.refused(401, "token_missing");

    let over = stranger.get("/v1").await;
    over.refused(429, "rate_limited");
    assert_eq!(over.header("retry-after"), Some("42"));
    assert_eq!(standing(&over), Some("\"default\";r=0;t=42"));
    let body = over.json();
    assert_eq!((&body["error"], &body["retryAfter"]), (&"RATE_LIMITED".into(), &42.into()));
    assert_eq!(body["message"], body["detail"]);
    assert_eq!(stranger.at("192.0.2.11").get("/v1").await.status, 200, "another address notices nothing");

    app.clock.advance(Duration::from_secs(42));
    assert_eq!(stranger.get("/v1").await.status, 200);
}

#[tokio::test]
async fn senders_with_a_token_notice_nothing_of_strangers_at_their_address() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    knock(&app.anonymous(), 150).await.refused(429, "rate_limited");
    for number in 0..150 {
        let answer = acme.send(&format!("k{number}"), "{}").await;
        assert_eq!((answer.status, standing(&answer)), (201, None));
    }
    let missing = acme.get("/v1/events/99999").await;
    missing.refused(404, "event_not_found");
    assert_eq!(standing(&missing), None, "other mistakes of a known sender do not count");
    assert_eq!(acme.get("/v1").await.status, 200);
    assert_eq!(acme.ask(Method::DELETE, "/v1/events").send().await.status, 405);
    acme.in_tenant("")
        .ask(Method::GET, "/v1/events")
        .header("x-tenant-id", "b")
        .send()
        .await
        .refused(400, "repeated_header");
    app.token("acme", &[Scope::EventsRead]).await.send("k", "{}").await.refused(429, "rate_limited");
}

#[tokio::test]
async fn unknown_paths_wrong_methods_and_refused_tokens_count() {
    let app = TestApp::start().await;
    let reader = app.tenant("acme").await.in_tenant("globex");
    assert_eq!(standing(&app.anonymous().get("/nowhere").await), Some("\"default\";r=99;t=60"));
    let wrong = app.anonymous().ask(Method::DELETE, "/v1/events").send().await;
    assert_eq!(standing(&wrong), Some("\"default\";r=98;t=60"));
    let refused = reader.get("/v1/events").await;
    refused.refused(403, "tenant_mismatch");
    assert_eq!(standing(&refused), Some("\"default\";r=97;t=60"));
}

#[tokio::test]
async fn health_and_metrics_and_exempt_networks_are_not_counted() {
    let app = TestApp::start_with(|config| {
        config.limits.exempt_networks = vec!["198.51.100.0/24".parse().unwrap()];
    })
    .await;
    let stranger = app.anonymous();
    knock(&stranger, 101).await.refused(429, "rate_limited");
    let health =
        ROUTES.iter().filter(|route| !is_page(route)).map(|route| route.pattern.replace("{check}", "disk"));
    let health: Vec<_> = health
        .filter(|path| ["health", "live", "ready", "startupz"].iter().any(|word| path.contains(word)))
        .filter(|path| !path.starts_with("/api/v1/"))
        .collect();
    assert_eq!(health.len(), 12, "{health:?}");
    for path in &health {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status, standing(&answer)), (200, None), "{path}");
    }
    for path in ["/metrics", "/api/metrics"] {
        let answer = stranger.get(path).await;
        assert_eq!(standing(&answer), None, "{path}");
        answer.refused(401, "token_missing");
    }
    // Five of them look at tokens.
    for path in health.iter().chain(&health) {
        assert_eq!(stranger.with_token(BAD).get(path).await.status, 200, "{path}");
    }
    stranger.get("/v1").await.refused(429, "address_blocked");
    assert_eq!(stranger.get("/api/health").await.status, 200, "health is told to whoever is blocked too");
    let office = stranger.at("198.51.100.7").with_token(BAD);
    knock(&office, 150).await.refused(401, "token_unknown");
    let claims = office.ask(Method::GET, "/v1/events").header("x-forwarded-for", "198.51.100.8").send().await;
    assert_eq!(standing(&claims), Some("\"default\";r=99;t=60"), "nobody vouches for the address");
}

#[tokio::test]
async fn where_everything_is_limited_senders_with_a_token_are_too() {
    let app = TestApp::start_with(|config| {
        config.limits.rate_limit_applies = RateLimitApplies::All;
        config.limits.rate_limit_max = 3;
        config.limits.rate_limit_window = Duration::from_secs(10);
    })
    .await;
    let acme = app.tenant("acme").await;
    for left in [2, 1, 0] {
        let answer = acme.send(&format!("k{left}"), "{}").await;
        assert_eq!(standing(&answer), Some(format!("\"default\";r={left};t=10").as_str()));
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=3;w=10"));
    }
    acme.send("k", "{}").await.refused(429, "rate_limited");
    assert_eq!(acme.get("/livez").await.status, 200);
}

#[tokio::test]
async fn ten_bad_tokens_block_an_address_and_no_other() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let guesser = app.anonymous().with_token(BAD);
    knock(&guesser, 10).await.refused(401, "token_unknown");

    for path in ["/v1/events", "/v1", "/nowhere", "/metrics"] {
        let blocked = guesser.get(path).await;
        blocked.refused(429, "address_blocked");
        assert_eq!(blocked.header("retry-after"), Some("60"), "{path}");
    }
    acme.get("/v1/events").await.refused(429, "address_blocked");
    assert_eq!(acme.at("192.0.2.11").get("/v1/events").await.status, 200);
    assert_eq!(guesser.get("/livez").await.status, 200, "health is told to everybody");

    app.clock.advance(Duration::from_mins(1));
    assert_eq!(acme.get("/v1/events").await.status, 200);
    knock(&guesser, 10).await.refused(401, "token_unknown");
    assert_eq!(guesser.get("/v1").await.header("retry-after"), Some("120"), "the second block is longer");
}

#[tokio::test]
async fn tokens_that_were_real_block_nobody() {
    let app = TestApp::start().await;
    let (acme, revoked) = (app.tenant("acme").await, app.tenant("globex").await);
    app.revoke(&revoked).await;
    knock(&revoked, 30).await.refused(401, "token_revoked");
    assert_eq!(acme.get("/v1/events").await.status, 200);
}

#[tokio::test]
async fn loopback_is_limited_but_never_blocked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for near in ["127.0.0.1", "::1"] {
        knock(&app.anonymous().at(near).with_token(BAD), 100).await.refused(401, "token_unknown");
        app.anonymous().at(near).with_token(BAD).get("/v1/events").await.refused(429, "rate_limited");
        assert_eq!(acme.at(near).get("/v1/events").await.status, 200, "{near}");
        let refusal = app.parts().blocks.ban(By::CommandLine, block(near)).await.unwrap_err();
        assert!(refusal.to_string().contains("never"), "{refusal}");
    }
}

#[tokio::test]
async fn spoofed_addresses_from_a_stranger_count_as_one() {
    let app = behind_proxy().await;
    let stranger = app.anonymous().with_token(BAD);
    for number in 0..10 {
        forwarded(&stranger, &format!("203.0.113.{number}")).await.refused(401, "token_unknown");
    }
    forwarded(&stranger, "203.0.113.99").await.refused(429, "address_blocked");

    let other = app.anonymous().at("192.0.2.20");
    for number in 0..100 {
        forwarded(&other, &format!("203.0.113.{number}")).await.refused(401, "token_missing");
    }
    forwarded(&other, "203.0.113.200").await.refused(429, "rate_limited");
}

#[tokio::test]
async fn clients_of_a_trusted_proxy_count_apart() {
    let app = behind_proxy().await;
    let acme = app.tenant("acme").await.at(PROXY);
    let guesser = app.anonymous().at(PROXY).with_token(BAD);
    for _ in 0..10 {
        forwarded(&guesser, "1.1.1.1, 203.0.113.1").await.refused(401, "token_unknown");
    }
    forwarded(&guesser, "8.8.8.8, 203.0.113.1").await.refused(429, "address_blocked");
    forwarded(&guesser, "203.0.113.1, 203.0.113.2").await.refused(401, "token_unknown");
    assert_eq!(forwarded(&acme, "203.0.113.3").await.status, 200);
    assert_eq!(acme.get("/v1/events").await.status, 200);
    for number in 0..150 {
        let answer = forwarded(&app.anonymous().at(PROXY), &format!("198.51.100.{number}")).await;
        answer.refused(401, "token_missing");
    }
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_count_as_one() {
    let app = TestApp::start().await;
    for number in 1..=10 {
        let guesser = app.anonymous().at(&format!("2001:db8::{number:x}")).with_token(BAD);
        guesser.get("/v1/events").await.refused(401, "token_unknown");
    }
    app.anonymous().at("2001:db8::ffff").get("/v1").await.refused(429, "address_blocked");
    assert_eq!(app.anonymous().at("2001:db8:0:1::1").get("/v1").await.status, 200);
}

#[tokio::test]
async fn bad_signatures_keep_an_address_from_that_source_alone() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let pos = app.source("acme", "pos", "hmac-sha256", "the secret").await;
    let other = app.source("acme", "other", "hmac-sha256", "other secret").await;
    for _ in 0..10 {
        let forged = app.anonymous().post_to("/in/acme/pos", "{}").header("x-signature", "0".repeat(64));
        forged.send().await.refused(403, "signature_wrong");
    }
    let blocked = pos.send("{}").await;
    blocked.refused(429, "address_blocked");
    assert_eq!(blocked.header("retry-after"), Some("60"));
    assert_eq!(other.send("{}").await.status, 201);
    assert_eq!(app.parts().blocks.list()[0].source, Some(("acme".into(), "pos".into())));
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(pos.send("{}").await.status, 201);
}

#[tokio::test]
async fn signed_deliveries_are_not_counted_and_unsigned_ones_are() {
    let app = TestApp::start_with(|config| config.limits.rate_limit_max = 5).await;
    app.tenant("acme").await;
    let signed = app.source("acme", "pos", "hmac-sha256", "the secret").await;
    let open = app.source("acme", "open", "none", "").await;
    for number in 0..10 {
        let answer = signed.send(&format!("{{\"n\":{number}}}")).await;
        assert_eq!((answer.status, standing(&answer)), (201, None));
    }
    for left in (0..5).rev() {
        let path = "/in/acme/open";
        let answer = app.anonymous().post_to(path, format!("{{\"n\":{left}}}")).send().await;
        assert_eq!(answer.status, 201);
        assert_eq!(standing(&answer), Some(format!("\"default\";r={left};t=60").as_str()));
    }
    drop(open);
    let before = app.ledger_len();
    app.anonymous().post_to("/in/acme/open", "{}").send().await.refused(429, "rate_limited");
    app.anonymous().post_to("/in/acme/pos", "{}").send().await.refused(429, "rate_limited");
    assert_eq!(app.ledger_len(), before);
    assert_eq!(signed.send("{\"n\":99}").await.status, 201);
}

#[tokio::test]
async fn the_operator_keeps_networks_out_for_good_and_lets_them_in_again() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let blocks = &app.parts().blocks;
    let reason = Some("scanner".to_owned());
    blocks.ban(By::CommandLine, NewBlock { reason, ..block("192.0.2.0/24") }).await.unwrap();
    let hour = NewBlock { time: Some("1h".to_owned()), ..block("2001:db8::1") };
    blocks.ban(By::CommandLine, hour).await.unwrap();
    acme.get("/v1/events").await.refused(429, "address_blocked");
    assert_eq!(acme.at("198.51.100.1").get("/v1/events").await.status, 200);

    let app = app.restart().await;
    let (stranger, blocks) = (app.anonymous(), app.parts().blocks.clone());
    assert_eq!(stranger.get("/v1").await.header("retry-after"), Some("86400"));
    assert_eq!(stranger.at("2001:db8::2").get("/v1").await.header("retry-after"), Some("3600"));
    let listed: Vec<_> = blocks.list().into_iter().map(|one| (one.network, one.reason)).collect();
    assert_eq!(listed, [("192.0.2.0/24".into(), Some("scanner".into())), ("2001:db8::/64".into(), None)]);

    app.clock.advance(Duration::from_hours(1));
    assert_eq!(stranger.at("2001:db8::2").get("/v1").await.status, 200);
    assert_eq!(blocks.lift(By::CommandLine, "192.0.2.0/24").await, Ok(1));
    assert_eq!(stranger.get("/v1").await.status, 200);
    let refusal = blocks.lift(By::CommandLine, "192.0.2.0/24").await.unwrap_err();
    assert!(refusal.to_string().contains("192.0.2.0/24"), "{refusal}");
}

#[tokio::test]
async fn the_operator_lifts_blocks_of_the_appliance() {
    let app = TestApp::start().await;
    let guesser = app.anonymous().with_token(BAD);
    knock(&guesser, 11).await.refused(429, "address_blocked");
    assert_eq!(app.parts().blocks.list().len(), 1);
    assert_eq!(app.parts().blocks.lift(By::CommandLine, "192.0.2.10").await, Ok(1));
    knock(&guesser, 10).await.refused(401, "token_unknown");
    assert_eq!(guesser.get("/v1").await.header("retry-after"), Some("60"), "it starts from the beginning");
}

#[tokio::test]
async fn what_limits_refuse_is_counted_by_what_refused_it() {
    let app = TestApp::start().await;
    knock(&app.anonymous().with_token(BAD), 13).await.refused(429, "address_blocked");
    knock(&app.anonymous().at("192.0.2.11"), 102).await.refused(429, "rate_limited");
    let metrics = app.anonymous().at("127.0.0.1").get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    for line in [
        "rate_limited_total{scope=\"address\"} 2",
        "rate_limited_total{scope=\"blocked_address\"} 3",
        "rate_limited_total{scope=\"blocked_source\"} 0",
        "rate_limited_total{scope=\"tenant\"} 0",
        "rate_limited_total{scope=\"token\"} 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
}
