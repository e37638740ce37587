//! Clients that only want to be served, each from an address of its own: every request must be answered as it should,
//! and in time.

use crate::appliance::{Appliance, Edge, PASSWORD, SECRET};
use crate::wire::http_client;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use mainstay::crypto::mac::{MacHash, authenticate_once};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Longest time for an answer: a debug build on a shared machine that an attacker keeps busy.
const DEADLINE: Duration = Duration::from_secs(5);

/// Time between two requests of one client.
const PACE: Duration = Duration::from_millis(50);

/// Time between two looks at the sign-in page: the appliance allows an address 100 requests a minute.
const STRANGER_PACE: Duration = Duration::from_millis(700);

/// Failures that are told; more say no more.
const TOLD_MAX: usize = 3;

/// Whether a client keeps its connection.
#[derive(Clone, Copy)]
enum Connections {
    Kept,
    /// Every request opens one, as a new client does.
    Fresh,
}

/// What became of one client's requests.
#[derive(Default)]
struct Record {
    name: &'static str,
    asked: u64,
    slowest: Duration,
    failures: Vec<String>,
    /// The events that were taken in.
    stored: Vec<String>,
}

/// The clients at work.
pub(crate) struct GoodClients {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<Record>,
    token: String,
    base: String,
    reader: Client,
}

/// How often a client asks, and until when.
struct Pace {
    stop: Arc<AtomicBool>,
    pace: Duration,
}

/// What an operator's browser keeps.
struct Session {
    client: Client,
    cookie: String,
}

impl GoodClients {
    /// Signs the operator in, then lets all begin.
    pub(crate) async fn begin(appliance: &Appliance) -> Self {
        let base = base_of(appliance);
        let token = appliance.token("acme");
        let session = Session::sign_in(appliance, &base, 5).await.expect("the owner is let in");
        let reader = client(appliance, 1, Connections::Fresh);
        let (stop, tasks) = (Arc::default(), JoinSet::new());
        let mut good = Self { stop, tasks, token, base, reader };
        good.send(appliance);
        good.read(appliance);
        good.deliver(appliance);
        good.look_at_console(session);
        good.look_at_sign_in(appliance);
        good.check_health(appliance);
        good
    }

    /// Lets the clients finish and returns everything that went wrong, lost and doubled events included.
    pub(crate) async fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        let (mut faults, mut promised) = (Vec::new(), BTreeSet::new());
        for record in self.tasks.join_all().await {
            let Record { name, asked, slowest, failures, stored } = record;
            eprintln!("  {name}: {asked} requests, {} failed, slowest {slowest:?}", failures.len());
            if asked < 2 {
                faults.push(format!("{name} asked {asked} times only"));
            }
            if !failures.is_empty() {
                let told = &failures[..failures.len().min(TOLD_MAX)];
                faults.push(format!("{name}: {} of {asked} requests failed: {told:?}", failures.len()));
            }
            promised.extend(stored);
        }
        let request = self.reader.get(format!("{}/v1/events/export", self.base)).bearer_auth(&self.token);
        let export = expect(request, 200).await.expect("the ledger can be read").text().await.unwrap();
        let mut found = BTreeMap::<String, usize>::new();
        for line in export.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            *found.entry(event["data"]["n"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let doubled =
            found.iter().filter(|(_, count)| **count != 1).map(|(name, _)| format!("{name} is doubled"));
        faults.extend(doubled);
        faults.extend(
            promised.iter().filter(|name| !found.contains_key(*name)).map(|name| format!("{name} is lost")),
        );
        faults
    }

    fn send(&mut self, appliance: &Appliance) {
        let (client, url) = (client(appliance, 1, Connections::Kept), format!("{}/v1/events", self.base));
        let token = self.token.clone();
        self.tasks.spawn(self.every(PACE).repeat("sender", async move |number| {
            let name = format!("sender-{number}");
            let request = client.post(&url).bearer_auth(&token).header("idempotency-key", &name);
            expect(request.header("content-type", "application/json").body(event(&name)), 201).await?;
            Ok(Some(name))
        }));
    }

    fn read(&mut self, appliance: &Appliance) {
        let (client, url) =
            (client(appliance, 1, Connections::Kept), format!("{}/v1/events?limit=10", self.base));
        let token = self.token.clone();
        self.tasks.spawn(self.every(PACE).repeat("reader", async move |_number| {
            let read = expect(client.get(&url).bearer_auth(&token), 200).await?;
            body(read).await.map(|_page| None)
        }));
    }

    fn deliver(&mut self, appliance: &Appliance) {
        let (client, url) = (client(appliance, 2, Connections::Fresh), format!("{}/in/acme/pos", self.base));
        self.tasks.spawn(self.every(PACE).repeat("webhook", async move |number| {
            let name = format!("webhook-{number}");
            let payload = event(&name);
            let signature = authenticate_once(MacHash::Sha256, SECRET.as_bytes(), &[payload.as_bytes()]);
            let request = client.post(&url).header("x-signature", HEXLOWER.encode(&signature));
            expect(request.header("content-type", "application/json").body(payload), 201).await?;
            Ok(Some(name))
        }));
    }

    fn look_at_console(&mut self, session: Session) {
        let url = format!("{}/console", self.base);
        self.tasks.spawn(self.every(PACE * 4).repeat("session", async move |_number| {
            expect(session.client.get(&url).header("cookie", &session.cookie), 200).await?;
            Ok(None)
        }));
    }

    fn look_at_sign_in(&mut self, appliance: &Appliance) {
        let (client, url) = (client(appliance, 3, Connections::Fresh), format!("{}/login", self.base));
        self.tasks.spawn(self.every(STRANGER_PACE).repeat("sign-in page", async move |_number| {
            expect(client.get(&url), 200).await?;
            Ok(None)
        }));
    }

    fn check_health(&mut self, appliance: &Appliance) {
        let (client, base) = (client(appliance, 4, Connections::Fresh), self.base.clone());
        self.tasks.spawn(self.every(PACE * 4).repeat("health", async move |_number| {
            expect(client.get(format!("{base}/livez")), 200).await?;
            expect(client.get(format!("{base}/readyz")), 200).await?;
            let health = expect(client.get(format!("{base}/api/health")), 200).await?;
            let health: Value = serde_json::from_slice(&body(health).await?).unwrap();
            if health["status"] == "unhealthy" { Err(health.to_string()) } else { Ok(None) }
        }));
    }

    fn every(&self, pace: Duration) -> Pace {
        Pace { stop: Arc::clone(&self.stop), pace }
    }
}

impl Pace {
    /// Repeats a request until the end; it returns the name of the event that it stored.
    async fn repeat(
        self,
        name: &'static str,
        ask: impl AsyncFn(u64) -> Result<Option<String>, String>,
    ) -> Record {
        let mut record = Record { name, ..Record::default() };
        while !self.stop.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answered = tokio::time::timeout(DEADLINE, ask(record.asked)).await;
            record.asked += 1;
            record.slowest = record.slowest.max(began.elapsed());
            match answered {
                Ok(Ok(stored)) => record.stored.extend(stored),
                Ok(Err(failure)) => record.failures.push(failure),
                Err(_elapsed) => record.failures.push(format!("no answer within {DEADLINE:?}")),
            }
            tokio::time::sleep(self.pace).await;
        }
        record
    }
}

impl Session {
    async fn sign_in(appliance: &Appliance, base: &str, last: u8) -> Result<Self, String> {
        let client = client(appliance, last, Connections::Kept);
        let form = format!("name=owner&password={}", PASSWORD.replace(' ', "+"));
        let request = client.post(format!("{base}/login")).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = expect(request, 303).await?;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, cookie })
    }
}

/// Signs the owner in from an address that nobody else uses; returns what kept the owner out.
pub(crate) async fn sign_in_again(appliance: &Appliance) -> Result<(), String> {
    Session::sign_in(appliance, &base_of(appliance), 6).await.map(drop)
}

fn base_of(appliance: &Appliance) -> String {
    let scheme = if appliance.edge == Edge::Tls { "https" } else { "http" };
    format!("{scheme}://{}", appliance.address)
}

/// An event's payload, by which it is known again.
fn event(name: &str) -> String {
    json!({ "n": name }).to_string()
}

/// Returns a client on the loopback address with that last number.
fn client(appliance: &Appliance, last: u8, connections: Connections) -> Client {
    let authority = (appliance.edge == Edge::Tls).then(|| appliance.authority());
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    let builder = http_client(address, authority.as_deref()).timeout(DEADLINE * 2);
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    match connections {
        Connections::Kept => builder.build().unwrap(),
        Connections::Fresh => builder.pool_max_idle_per_host(0).build().unwrap(),
    }
}

async fn expect(request: RequestBuilder, status: u16) -> Result<Response, String> {
    let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
    if answer.status() == status {
        return Ok(answer);
    }
    let (got, url) = (answer.status(), answer.url().path().to_owned());
    let text = answer.text().await.unwrap_or_default();
    Err(format!("{url} answered {got}: {}", text.chars().take(200).collect::<String>()))
}

async fn body(answer: Response) -> Result<Bytes, String> {
    answer.bytes().await.map_err(|error| format!("{error:?}"))
}
