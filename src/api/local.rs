//! What commands on this machine ask, and no network gets: secrets for the first operator, work that takes long, and
//! what the appliance knows of its machine.

use crate::api::operators::OperatorJson;
use crate::domain::secret::Secret;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, handler};
use crate::services::facts::Facts;
use crate::services::ledger::{self, Verified};
use crate::services::reading::ReadError;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::channel::{Channel, Sender};
use serde::Deserialize;
use serde_json::json;
use std::io;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::interval;

/// Time between two signs of life of an answer that takes long: connections on which nothing moves are closed.
const PULSE: Duration = Duration::from_secs(5);

/// The first operator, an owner.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstOperatorJson {
    name: String,
    password: Secret,
}

/// Gives out a fresh link for the first owner; former ones stop working.
fn give_setup_link(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(call::shown(&json!({ "link": call.services()?.first_run.give_link()? })))
}

async fn create_first_operator(call: &Call<'_>) -> Result<Response, Problem> {
    let first = call.json::<FirstOperatorJson>().await?;
    let operators = &call.services()?.operators;
    operators.create_first(call.actor(), &first.name, &first.password).await?;
    let operator = operators.find(&first.name)?;
    Ok(call::uncached(call::json(StatusCode::CREATED, &OperatorJson::new(&operator, &[]))))
}

/// Returns the texts that the console set, by key.
fn list_stored_settings(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(call::shown(&call.services()?.settings.stored()))
}

async fn list_migrations(call: &Call<'_>) -> Result<Response, Problem> {
    let store = call.services()?.store.clone();
    Ok(call::shown(&finished(tokio::task::spawn_blocking(move || ledger::migrations(&store))).await?))
}

/// Tells what an examination needs.
async fn show_facts(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.edge.services().ok_or_else(call::starting)?;
    let gather = move || Ok(Facts::gather(&services)?);
    Ok(call::shown(&finished(tokio::task::spawn_blocking(gather)).await?))
}

/// Recomputes the ledger. The head is answered at once, and line ends show that the work goes on.
fn verify_ledger(call: &Call<'_>) -> Result<Response, Problem> {
    let store = call.services()?.store.clone();
    let work = tokio::task::spawn_blocking(move || ledger::verify(&store));
    let (sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(send_verified(work, sender));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(call::uncached(response))
}

async fn send_verified(mut work: JoinHandle<Result<Verified, String>>, mut sender: Sender<Bytes, io::Error>) {
    let mut pulse = interval(PULSE);
    let verified = loop {
        tokio::select! {
            verified = &mut work => break verified,
            _ = pulse.tick() => if sender.send_data(Bytes::from_static(b"\n")).await.is_err() {
                return;
            },
        }
    };
    // The answer has begun: a failure can only be told in its body.
    let error = |error: &dyn std::fmt::Display| call::to_json(&json!({ "error": error.to_string() }));
    let body = match verified {
        Ok(Ok(verified)) => call::to_json(&verified),
        Ok(Err(failed)) => error(&failed),
        Err(panicked) => error(&panicked),
    };
    // The client may have disconnected.
    let _ = sender.send_data(body.into()).await;
}

/// Waits for work that blocks.
async fn finished<T>(work: JoinHandle<Result<T, ReadError>>) -> Result<T, Problem> {
    Ok(work.await.map_err(|_panicked| Problem::internal())??)
}

pub(super) static ROUTES: &[Route] = &[
    Route::local(Method::POST, "/local/setup-link", Handler::Now(give_setup_link)),
    Route::local(Method::POST, "/local/first-operator", handler!(create_first_operator)),
    Route::local(Method::GET, "/local/settings", Handler::Now(list_stored_settings)),
    Route::local(Method::GET, "/local/ledger", Handler::Now(verify_ledger)),
    Route::local(Method::GET, "/local/schema", handler!(list_migrations)),
    Route::local(Method::GET, "/local/facts", handler!(show_facts)),
];
