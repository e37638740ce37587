//! Every problem that the OpenAPI document lists for a route is one that the route answers.

use crate::actor::{Actor, Ask};
use crate::answer::Answer;
use crate::app::{BOTH, PASSWORD, TestApp, unopened_edge};
use crate::documented::{DOCUMENT, is_documented};
use crate::provoking::{managed, of_tenants, reused};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::channel::Channel;
use mainstay::app::routes::ROUTES;
use mainstay::config::Config;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::domain::tenant::TenantStatus;
use mainstay::http::code::Code;
use mainstay::http::route::{Route, Who};
use mainstay::http::router;
use mainstay::platform::clock::{Clock, SystemClock};
use mainstay::platform::entropy::SeededEntropy;
use mainstay::platform::machine::Machine;
use mainstay::services::audit;
use mainstay::services::health::Phase;
use mainstay::services::tenants::TenantChange;
use mainstay::telemetry::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;

/// Codes that are shown on one route or below HTTP, because they need a machine in trouble, a crowd, or bytes that no
/// request type can hold.
const SHOWN_ELSEWHERE: &[Code] = &[
    Code::InvalidRequest,
    Code::UriTooLong,
    Code::HeadersTooLarge,
    Code::AnswerTimeout,
    Code::StoreStopped,
    Code::QueueFull,
    Code::ReadsBusy,
    Code::SourceUnusable,
    Code::Unavailable,
    Code::TooMany,
    Code::NoAuthority,
    Code::ReadOnly,
    Code::RequestInProgress,
];

/// Appliances in the states that problems need, and who asks them.
struct Stage {
    app: TestApp,
    /// Takes no request and no stream, has no room on its disk, and little patience.
    crowded: TestApp,
    full: TestApp,
    hasty: TestApp,
    strict: TestApp,
    draining: TestApp,
    starting: Actor,
    holders: Vec<(Code, Actor)>,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let crowd = |config: &mut Config| (config.limits.in_flight_max, config.limits.streams_max) = (0, 0);
        let crowded = TestApp::start_with(crowd).await;
        let full = TestApp::start_with(|config| config.store.reserve_bytes = 1 << 50).await;
        let hasty = TestApp::start_with(|config| {
            config.limits.request_timeout = Duration::from_millis(10);
        });
        let strict = TestApp::start_with(|config| config.limits.rate_limit_max = 1).await;
        let (hasty, draining) = (hasty.await, TestApp::start().await);
        for app in [&app, &full, &hasty] {
            app.source("default", "open", "none", "").await;
        }
        app.source("default", "signed", "hmac-sha256", "secret").await;
        draining.parts().health.enter(Phase::Draining);
        let machine = Machine { clock: Arc::new(SystemClock), entropy: Arc::new(SeededEntropy::new(1)) };
        let metrics = Arc::new(Metrics::new(SystemClock.now()));
        let starting =
            Actor::anonymous(router::build(&unopened_edge(&Config::default(), metrics, machine), &ROUTES));
        let password = Secret::new(PASSWORD.to_owned());
        app.parts().operators.create_first(audit::Actor::CommandLine, "jo", &password).await.unwrap();
        let holders = holders(&app).await;
        Self { app, crowded, full, hasty, strict, draining, starting, holders }
    }

    fn holder(&self, code: Code) -> Actor {
        self.holders.iter().find(|(known, _)| *known == code).map(|(_, actor)| actor.clone()).unwrap()
    }
}

/// Holders of tokens, each of which is refused with its code.
async fn holders(app: &TestApp) -> Vec<(Code, Actor)> {
    let every = [BOTH, &[Scope::Agents]].concat();
    app.tenant("paused").await;
    let suspended = app.token("paused", &every).await;
    let deleted = app.tenant("gone").await;
    let (revoked, admin) = (app.tenant("third").await, app.system_token(&[Scope::Admin]).await);
    app.tenant("acme").await;
    let expired = app.token_for("acme", BOTH, Some(Duration::from_secs(1))).await;
    app.clock.advance(Duration::from_secs(1));
    app.revoke(&revoked).await;
    app.source("paused", "open", "none", "").await;
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("paused", suspend).await;
    app.delete_tenant("gone").await;
    vec![
        (Code::TokenUnknown, app.anonymous().with_token("mst_none")),
        (Code::TokenExpired, expired),
        (Code::TokenRevoked, revoked),
        (Code::ScopeMissing, app.token("acme", &[Scope::FlagsRead]).await),
        (Code::TenantMismatch, app.token("acme", &every).await.in_tenant("globex")),
        (Code::TenantSuspended, suspended),
        (Code::TenantUnknown, deleted),
        (Code::TenantReserved, admin.in_tenant("system")),
        // Whoever may do everything, for all that is refused for other reasons.
        (Code::NotFound, admin),
    ]
}

/// Returns a path that leads to something, or to nothing.
fn path_of(route: &Route, code: Code) -> String {
    let tenant = if code == Code::TenantReserved { "system" } else { "default" };
    let tenant = if code == Code::TenantSuspended { "paused" } else { tenant };
    let tenant = if code == Code::NotFound { "nobody" } else { tenant };
    let source = match code {
        Code::SignatureMissing | Code::SignatureWrong => "signed",
        Code::SourceUnknown => "nobody",
        _ => "open",
    };
    let path =
        route.pattern.replace("{seq}", "999").replace("{check}", "nothing").replace("{name}", "nobody");
    let path =
        path.replace("{job}", "nothing").replace("{token}", "nothing").replace("{file}", "nothing.css");
    let key = if code == Code::NotFound { "nothing" } else { "limits.rate_limit_max" };
    let path = path.replace("{key}", key).replace("{session}", "nothing");
    let operator = if code == Code::NotFound { "nobody" } else { "jo" };
    let path = path.replace("{operator}", operator);
    path.replace("{tenant}", tenant).replace("{source}", source)
}

/// Begins a request with an event that nothing is wrong with, as far as that matters.
fn ask(actor: &Actor, route: &Route, code: Code) -> Ask {
    ask_path(actor, route, &path_of(route, code))
}

fn ask_path(actor: &Actor, route: &Route, path: &str) -> Ask {
    let asked = actor.ask(route.method.clone(), path);
    if route.method == "POST" { asked.body("{}") } else { asked }
}

async fn answer(asked: Ask) -> Option<Answer> {
    Some(asked.ask_health().await)
}

/// Makes a route answer a code; none if nobody knows how.
async fn provoke(stage: &Stage, route: &Route, code: Code, nth: usize) -> Option<Answer> {
    let app = &stage.app;
    let admin = stage.holder(Code::NotFound).at(&format!("2001:db8:{nth:x}::1"));
    let far = format!("2001:db8:{nth:x}::1");
    let anonymous = app.anonymous().at(&far);
    let with = |name: &str, value: &[u8]| ask(&admin, route, code).header(name, value);
    let path = path_of(route, code);
    let query = |query: &str| ask_path(&admin, route, &format!("{path}?{query}"));
    match code {
        Code::Starting => answer(ask(&stage.starting, route, code)).await,
        Code::Draining => answer(ask(&bearer(&stage.draining, &far).await, route, code)).await,
        Code::TooBusy | Code::TooManyStreams => {
            answer(ask(&bearer(&stage.crowded, &far).await, route, code)).await
        }
        Code::AddressBlocked => {
            let guesser = anonymous.with_token("mst_none");
            for _ in 0..10 {
                guesser.get("/v1/events").await;
            }
            answer(ask(&anonymous, route, code)).await
        }
        Code::RateLimited => {
            let stranger = stage.strict.anonymous().at(&far);
            ask_path(&stranger, route, &path).send_report().await;
            answer(ask_path(&stranger, route, &path)).await
        }
        Code::TenantReserved | Code::TenantSuspended if route.who == Who::Signature => {
            answer(ask(&anonymous, route, code)).await
        }
        Code::TokenUnknown
        | Code::TokenExpired
        | Code::TokenRevoked
        | Code::ScopeMissing
        | Code::TenantMismatch
        | Code::TenantSuspended
        | Code::TenantUnknown
        | Code::TenantReserved => answer(ask(&stage.holder(code).at(&far), route, code)).await,
        // Where a signature would do, a token is missed when what is sent is none.
        Code::TokenMissing => {
            answer(ask(&anonymous, route, code).header("authorization", "Basic eA==")).await
        }
        Code::SignatureMissing => answer(ask(&anonymous, route, code)).await,
        Code::SignatureWrong => {
            answer(ask(&anonymous, route, code).header("x-signature", "00".repeat(32))).await
        }
        Code::InvalidHeader if route.pattern.ends_with("stream") => {
            answer(with("last-event-id", b"\xff")).await
        }
        Code::InvalidHeader if route.who == Who::Signature => answer(with("content-type", b"\xff")).await,
        Code::InvalidHeader => answer(with("x-tenant-id", b"\xff")).await,
        Code::RepeatedHeader if route.who == Who::Signature => {
            answer(with("idempotency-key", b"a").key("a")).await
        }
        Code::RepeatedHeader => answer(with("authorization", b"Bearer mst_other")).await,
        Code::ConflictingCredentials => answer(with("x-api-key", b"mst_other")).await,
        Code::InvalidHost => answer(ask(&admin.at(&far), route, code).header("host", b"a b")).await,
        // Questions of health pass over parameters that they do not know, but not over checks.
        Code::InvalidQuery => answer(query("nobody=1&exclude=nobody")).await,
        Code::InvalidIdempotencyKey => answer(with("idempotency-key", b"")).await,
        Code::CursorAhead => answer(query("after=999999")).await,
        Code::CursorStale => answer(query("after=9.1")).await,
        _ => provoke_by_content(stage, route, code, &far).await,
    }
}

/// The same for what a request says, whoever sends it.
async fn provoke_by_content(stage: &Stage, route: &Route, code: Code, far: &str) -> Option<Answer> {
    let admin = stage.holder(Code::NotFound).at(far);
    if route.pattern == "/api/v1/certificate/rotate" && code == Code::Unacceptable {
        for _ in 0..3 {
            ask(&admin, route, code).send().await;
        }
        return answer(ask(&admin, route, code)).await;
    }
    if route.pattern == "/api/v1/tokens/{token}/rotate" && code == Code::Unacceptable {
        let id = admin.token().split('_').nth(1).unwrap();
        let path = route.pattern.replace("{token}", id);
        return answer(ask_path(&admin, route, &path).body(r#"{"overlap":"soon"}"#)).await;
    }
    if let Some((query, body)) = managed(route, code).or_else(|| of_tenants(route, code)) {
        return answer(ask_path(&admin, route, &(path_of(route, code) + query)).body(body)).await;
    }
    let with = |name: &str, value: &[u8]| ask(&admin, route, code).header(name, value);
    let json = |text: String| ask(&admin, route, code).header("content-type", "application/json").body(text);
    let query = |query: &str| ask_path(&admin, route, &format!("{}?{query}", path_of(route, code)));
    match code {
        Code::InvalidContentType => answer(with("content-type", b"json")).await,
        Code::UnsupportedEncoding => answer(with("content-encoding", b"gzip")).await,
        Code::UnsupportedFormat => answer(with("content-type", b"application/cloudevents+avro")).await,
        Code::InvalidJson => answer(json("{".into())).await,
        Code::JsonTooDeep => answer(json("[".repeat(999) + &"]".repeat(999))).await,
        Code::InvalidBody => answer(json(r#"{"nam":"a"}"#.into())).await,
        Code::InvalidSlug => answer(json(r#"{"name":"A b"}"#.into())).await,
        Code::InvalidAttribute => answer(json(r#"{"name":"a","kind":""}"#.into())).await,
        Code::Unacceptable => answer(json(r#"{"name":"a","interval_seconds":1}"#.into())).await,
        Code::InvalidCloudevent => answer(with("ce-id", b"1")).await,
        Code::AttributesTooLarge => answer(query(&format!("subject={}", "s".repeat(17_000)))).await,
        Code::BodyTooLarge => answer(json("1".repeat(100_000))).await,
        Code::BodyIncomplete => answer(ask(&admin, route, code).body(cut_off())).await,
        Code::BodyTimeout => {
            let (sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            let sender_of_one = bearer(&stage.hasty, far).await;
            let answered = answer(ask(&sender_of_one, route, code).body(Body::new(body))).await;
            drop(sender);
            answered
        }
        Code::BatchRefused => answer(batch(&admin, "[{}]".into())).await,
        Code::BatchTooLong => answer(batch(&admin, format!("[{}1]", "1,".repeat(10_000)))).await,
        Code::BatchTooLarge => answer(batch(&admin, format!("[{}]", vec![event(50_000); 3].join(",")))).await,
        Code::IdempotencyKeyReused => {
            let sent = |body: &'static str| {
                ask(&admin, route, code).key("reused").header("prefer", "handling=strict").body(body)
            };
            let [first, second] = reused(route);
            sent(first).send().await;
            answer(sent(second)).await
        }
        Code::DiskReserve => answer(ask(&bearer(&stage.full, far).await, route, code)).await,
        Code::SourceUnknown | Code::EventNotFound | Code::NotFound | Code::CheckNotFound => {
            answer(ask(&admin, route, code)).await
        }
        _ => None,
    }
}

/// Somebody who may do everything there.
async fn bearer(app: &TestApp, address: &str) -> Actor {
    app.system_token(&[Scope::Admin]).await.at(address)
}

fn cut_off() -> Body {
    let (sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    sender.abort(std::io::Error::other("cut"));
    Body::new(body)
}

fn batch(actor: &Actor, text: String) -> Ask {
    let asked = actor.ask(http::Method::POST, "/v1/events?atomic=true");
    asked.header("content-type", "application/cloudevents-batch+json").body(text)
}

fn event(len: usize) -> String {
    format!(r#"{{"specversion":"1.0","id":"1","source":"s","type":"t","data":"{}"}}"#, "d".repeat(len))
}

/// Returns the codes that the document lists for a route.
fn listed(route: &Route) -> Vec<Code> {
    let operation = &DOCUMENT["paths"][route.pattern][route.method.as_str().to_ascii_lowercase()];
    let answers = operation["responses"].as_object().unwrap().values();
    let words = answers
        .filter_map(|one| {
            one["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
                .as_array()
        })
        .flatten();
    words.map(|word| *Code::ALL.iter().find(|code| word == code.as_str()).unwrap()).collect()
}

#[tokio::test]
async fn every_problem_of_the_document_is_answered() {
    let stage = Box::pin(Stage::set()).await;
    let mut missed = Vec::new();
    let mut nth = 1;
    for route in ROUTES.iter().filter(|route| is_documented(route)) {
        for code in listed(route).into_iter().filter(|code| !SHOWN_ELSEWHERE.contains(code)) {
            nth += 1;
            let answered = provoke(&stage, route, code, nth).await;
            let found = answered.as_ref().map(|answer| (answer.status, code_of(answer)));
            let answers = found == Some((code.status().as_u16(), code.as_str().to_owned()));
            if !answers {
                missed.push(format!("{} {} {code}: {found:?}", route.method, route.pattern));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {nth}:\n{}", missed.len(), missed.join("\n"));
}

fn code_of(answer: &Answer) -> String {
    let problem = answer.header("content-type") == Some("application/problem+json");
    if problem { answer.code() } else { String::new() }
}
