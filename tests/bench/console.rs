//! Every page of the console on an appliance with a million events of 200 tenants: how long the server takes for it, and
//! how much it weighs with the files it loads.
//!
//! `cargo bench --bench console` fills a data directory and prints a markdown table; a page over its floor ends in exit
//! code 1. `MAINSTAY_BENCH_EVENTS` sets how many events there are (1,000,000), `MAINSTAY_BENCH_DIR` on which disk (a fresh
//! directory under `target/`). Pages come from the route table: a new one is measured without a word here. Requests go
//! through the router without a socket.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends at whatever it did not expect"
)]

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use mainstay::app::directory::DataDirectory;
use mainstay::app::observer::{OnFailure, StoreObserver};
use mainstay::app::opening::Opening;
use mainstay::app::options::edge_options;
use mainstay::app::routes::ROUTES;
use mainstay::config::{Config, Loaded};
use mainstay::domain::event::{Attributes, KeyWindow, NewEvent};
use mainstay::domain::idempotency::{IdempotencyKey, KeyHash};
use mainstay::domain::ids::TenantNumber;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::domain::series::{Answered, Taken};
use mainstay::http::edge::{Edge, EdgeParts};
use mainstay::http::request::peer::{Peer, Polled};
use mainstay::http::route::Told;
use mainstay::http::router;
use mainstay::platform::clock::{Clock, ManualClock, SystemClock};
use mainstay::platform::entropy::SystemEntropy;
use mainstay::platform::machine::Machine;
use mainstay::services::agents::NewAgent;
use mainstay::services::all::Services;
use mainstay::services::audit::Actor;
use mainstay::services::health::Phase;
use mainstay::services::reading::{Order, Query};
use mainstay::services::series::Measurement;
use mainstay::services::setup::create_reserved_tenants;
use mainstay::services::sources::NewSource;
use mainstay::services::tenants::NewTenant;
use mainstay::services::tokens::NewToken;
use mainstay::store::options::OnLoss;
use mainstay::store::record::draft::Draft;
use mainstay::telemetry::access::AccessLog;
use mainstay::telemetry::metrics::Metrics;
use mainstay::tls::keeper::TlsKeeper;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// Longest time that a page may take, in the middle of all its rounds.
const TIME_MAX: Duration = Duration::from_millis(20);

/// Most bytes of a page with the files it loads.
const BYTES_MAX: usize = 100 * 1024;

const TENANTS: u64 = 200;

/// Sources and agents of every tenant.
const SENDERS: u64 = 3;

const BATCH: u64 = 4_096;

/// Times that each page is asked for.
const ROUNDS: usize = 21;

fn main() -> ExitCode {
    // `cargo test --benches` asks every benchmark whether it works; that takes no measuring.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let directory = directory();
    let missed = runtime.block_on(measure(&directory));
    std::fs::remove_dir_all(&directory).unwrap();
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn directory() -> PathBuf {
    let parent = std::env::var_os("MAINSTAY_BENCH_DIR")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_path_buf(), PathBuf::from);
    parent.join(format!("bench-console-{}", std::process::id()))
}

/// An appliance in this process.
struct Appliance {
    clock: Arc<ManualClock>,
    parts: Arc<Services>,
    router: Router,
}

async fn open(directory: &Path) -> Appliance {
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let machine =
        Machine { clock: Arc::<ManualClock>::clone(&clock), entropy: Arc::new(SystemEntropy::new()) };
    let metrics = Arc::new(Metrics::new(clock.now()));
    let config = Config::default();
    let data = DataDirectory::create(directory).unwrap();
    data.create_database(machine.clock.as_ref(), machine.entropy.as_ref()).unwrap();
    let opening = Opening {
        loaded: Loaded::of(config.clone()),
        machine: machine.clone(),
        tls: TlsKeeper::open(&config.tls, &data.tls(), Arc::<ManualClock>::clone(&clock)).unwrap(),
        metrics: Arc::clone(&metrics),
        observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::Report),
        on_loss: OnLoss::Refuse,
        apply: Box::new(|_config| ()),
    };
    let parts = Arc::new(opening.open(&data).unwrap());
    create_reserved_tenants(&parts.store).await.unwrap();
    let edge = Edge::new(EdgeParts {
        options: edge_options(&config),
        metrics,
        access_log: Arc::new(AccessLog::new()),
        clock: machine.clock,
        entropy: machine.entropy,
        authority_pem: Arc::new(|| None),
        lines: Arc::default(),
    });
    edge.open(Arc::clone(&parts));
    parts.health.enter(Phase::Serving);
    let router = router::build(&edge, &ROUTES);
    Appliance { clock, parts, router }
}

/// Makes tenants with everything they have; returns what stands for the names in patterns.
async fn settle(appliance: &Appliance) -> Vec<(&'static str, String)> {
    let parts = &appliance.parts;
    let mut last_token = String::new();
    for number in 0..TENANTS {
        let slug = format!("tenant-{number}");
        let tenant = parts
            .tenants
            .create(Actor::CommandLine, NewTenant { slug: slug.clone(), name: None })
            .await
            .unwrap();
        for sender in 0..SENDERS {
            let name = format!("till-{sender}");
            let scopes = [Scope::EventsWrite, Scope::EventsRead].into_iter().collect();
            let new = NewToken { tenant: slug.clone(), name: name.clone(), scopes, expires_in: None };
            let (token, _text) = parts.tokens.create(Actor::CommandLine, new).await.unwrap();
            last_token = token.id.as_str().to_owned();
            parts.sources.create(Actor::CommandLine, source(&slug, &name)).await.unwrap();
            let agent = NewAgent { name, ..NewAgent::default() };
            parts.agents.register(Actor::CommandLine, tenant.number, agent).await.unwrap();
        }
        parts.usage.stored(tenant.number, 5_000, 330 * 5_000);
        parts.usage.took(tenant.number, Duration::from_millis(number * 10));
    }
    parts.usage.write(appliance.clock.now()).unwrap();
    let named = [
        ("{tenant}", "tenant-7".to_owned()),
        ("{source}", "till-1".to_owned()),
        ("{agent}", "till-1".to_owned()),
        ("{name}", "till-1".to_owned()),
        ("{token}", last_token),
        ("{job}", "usage-snapshot".to_owned()),
        ("{operator}", "owner".to_owned()),
        ("{key}", "limits.rate_limit_max".to_owned()),
    ];
    named.into()
}

fn source(tenant: &str, name: &str) -> NewSource {
    NewSource {
        tenant: tenant.to_owned(),
        name: name.to_owned(),
        scheme: Some("hmac-sha256".to_owned()),
        secret: Some(Secret::new("a secret of some length".to_owned())),
        ..NewSource::default()
    }
}

/// Stores so many events, of all tenants in turn.
async fn fill(appliance: &Appliance, events: u64) {
    let (store, entropy) = (&appliance.parts.store, SystemEntropy::new());
    let draft = |number: u64| {
        // The reserved tenants have the first two numbers.
        let tenant = TenantNumber(u32::try_from(2 + number % TENANTS).unwrap());
        let mut attributes = Attributes::new(&format!("till-{}", number % 7), "sale").unwrap();
        attributes.content_type = Some("application/json".into());
        let key = IdempotencyKey::parse(&format!("bench-{number:016}")).unwrap();
        attributes.key_hash = Some(KeyHash::new(store.instance_key(), tenant, &key));
        attributes.key = Some(key);
        let payload = format!(r#"{{"number":{number},"article":"{}"}}"#, "x".repeat(290));
        let event = NewEvent { attributes, payload: Bytes::from(payload), key_window: KeyWindow::Forever };
        Draft::new(tenant, &event, number, &entropy).unwrap()
    };
    let mut stored = 0;
    while stored < events {
        let batch = BATCH.min(events - stored);
        let drafts = (stored..stored + batch).map(&draft).collect();
        match store.append_many(drafts) {
            Ok(decisions) => drop(decisions.await.unwrap()),
            // More waits than may: the same batch once more.
            Err(_full) => {
                tokio::task::yield_now().await;
                continue;
            }
        }
        stored += batch;
    }
    let store = store.clone();
    tokio::task::spawn_blocking(move || store.flush().unwrap()).await.unwrap();
}

/// Keeps ninety days of hours and a day of minutes.
fn watch(appliance: &Appliance) {
    let end = appliance.clock.now();
    let begin = end.saturating_sub(Duration::from_hours(90 * 24));
    let days = (0..89 * 144).map(|step| begin.saturating_add(Duration::from_mins(10 * step)));
    let minutes = (0..1_440).rev().map(|minute| end.saturating_sub(Duration::from_mins(minute)));
    for (step, at) in (1..).zip(days.chain(minutes)) {
        appliance.parts.series.take(at, reading(step)).unwrap();
        if step % 500 == 0 {
            appliance.parts.store.flush().unwrap();
        }
    }
}

fn reading(step: u64) -> Measurement {
    let mut latencies = mainstay::domain::latency::Latencies::default();
    (80..140).for_each(|bucket| latencies.add(bucket, step % 97 + 1));
    Measurement {
        answered: Answered {
            success: step * 54_321,
            redirected: step * 21,
            refused: step * 321,
            limited: step * 3,
            failed: step / 100,
        },
        taken: Taken { stored: step * 50_000, repeated: step * 4_321, refused: step * 21 },
        latencies,
        connections: 100 + step % 37,
        cpu: Duration::from_millis(step * 12_345),
        resident_bytes: 200_000_000 + step * 1_000,
        disk_free_bytes: Some(400_000_000_000 - step * 1_000_000),
        ready: Some(true),
    }
}

/// Returns the place of one of its events: pages are asked for it.
async fn one_of_tenant_7(appliance: &Appliance) -> String {
    let tenant = appliance.parts.tenants.find("tenant-7").unwrap();
    let query = Query { limit: 1, order: Order::Descending, ..Query::default() };
    let page = appliance.parts.reading.list(&tenant, query, Ok).await.unwrap();
    page.events.first().unwrap().seq.0.to_string()
}

/// Returns how many pages missed a floor.
async fn measure(directory: &Path) -> usize {
    let events = std::env::var("MAINSTAY_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    let events = events.unwrap_or(1_000_000);
    let appliance = open(directory).await;
    let mut names = settle(&appliance).await;
    fill(&appliance, events).await;
    tokio::task::block_in_place(|| watch(&appliance));
    names.push(("{seq}", one_of_tenant_7(&appliance).await));
    let password = Secret::new("correct horse battery staple".to_owned());
    appliance.parts.operators.create_first(Actor::CommandLine, "owner", &password).await.unwrap();
    let owner = appliance.parts.operators.find("owner").unwrap();
    debug_assert_eq!(owner.role, Role::Owner);
    let begun = appliance.parts.sessions.begin(&owner, Ipv4Addr::LOCALHOST.into(), "Browser/1").unwrap();
    println!("{} events of {TENANTS} tenants; each page {ROUNDS} times.\n", appliance.parts.store.last_seq());
    println!("| page | median ms | longest ms | KiB with files |\n|---|---:|---:|---:|");
    let mut missed = 0;
    for address in addresses(&names) {
        let Some((mut took, bytes)) = ask(&appliance.router, &begun.text, &address).await else { continue };
        took.sort_unstable();
        let (median, longest) = (took.get(took.len() / 2).unwrap(), took.last().unwrap());
        let ms = |time: &Duration| time.as_secs_f64() * 1_000.0;
        let is_missed = *median > TIME_MAX || bytes > BYTES_MAX;
        let mark = if is_missed { " **missed**" } else { "" };
        println!(
            "| `{address}`{mark} | {:.2} | {:.2} | {} |",
            ms(median),
            ms(longest),
            bytes.div_ceil(1_024)
        );
        missed += usize::from(is_missed);
    }
    appliance.parts.store.close().unwrap();
    missed
}

/// Addresses of the console's pages, each name in their patterns filled; the overview once for each span.
fn addresses(names: &[(&str, String)]) -> Vec<String> {
    let pages = ROUTES.iter().filter(|route| {
        route.told == Told::Page && route.method == Method::GET && route.pattern.starts_with("/console")
    });
    let mut all: Vec<String> = ["24h", "7d", "90d"].map(|span| format!("/console?span={span}")).into();
    // Searches that find nothing look through the most.
    let searches = ["q=none-has-this-key", "type=nothing", "source=till-9&since=2020-01-01"];
    all.extend(searches.map(|search| format!("/console/events?tenant=tenant-7&{search}")));
    for route in pages {
        let fill = |filled: String, (name, value): &(&str, String)| filled.replace(name, value);
        let filled = names.iter().fold(route.pattern.to_owned(), fill);
        if filled.contains('{') {
            println!("{}: left out, nothing stands for a name in it\n", route.pattern);
        } else if route.pattern.contains("{seq}") {
            all.push(format!("{filled}?tenant=tenant-7"));
        } else {
            all.push(filled);
        }
    }
    all
}

/// Asks for a page again and again; none if it is none, but a stream or a file.
async fn ask(router: &Router, session: &str, address: &str) -> Option<(Vec<Duration>, usize)> {
    let mut took = Vec::with_capacity(ROUNDS);
    let mut page = Bytes::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let answer = router.clone().oneshot(request(address, Some(session))).await.unwrap();
        let kind =
            answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("text/html") {
            return None;
        }
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        page = answer.into_body().collect().await.unwrap().to_bytes();
        took.push(began.elapsed());
    }
    let text = String::from_utf8(page.to_vec()).unwrap();
    let mut bytes = text.len();
    for file in text.split('"').filter(|part| part.starts_with("/static/")) {
        let answer = router.clone().oneshot(request(file, None)).await.unwrap();
        bytes += answer.into_body().collect().await.unwrap().to_bytes().len();
    }
    Some((took, bytes))
}

fn request(address: &str, session: Option<&str>) -> Request<Body> {
    let mut request =
        Request::get(address).header(http::header::HOST, "127.0.0.1").body(Body::empty()).unwrap();
    let peer = Peer { address: Ipv4Addr::LOCALHOST.into(), polled: Polled::ByTimer };
    request.extensions_mut().insert(peer);
    if let Some(session) = session {
        let cookie = format!("__Host-mainstay={session}").parse().unwrap();
        request.headers_mut().insert(http::header::COOKIE, cookie);
    }
    request
}
