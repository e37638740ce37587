//! A client of one appliance: through the socket of one that runs here, in memory where none runs, or over HTTPS.

use crate::app::directory::DataDirectory;
use crate::app::offline::{Answered, Offline, OfflineError};
use crate::cli::ask::Ask;
use crate::cli::exit::Failure;
use crate::cli::remote::{self, RemoteOptions};
use crate::config::Loaded;
use crate::platform::machine::Machine;
use crate::store::error::ErrorChain;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;

/// Where an appliance is asked.
#[derive(Debug)]
pub enum Client {
    /// It runs here; its socket is used.
    Socket(PathBuf),
    /// It does not run; this process has opened its files.
    Offline(Box<Offline>),
    /// It is elsewhere.
    Remote(Box<Remote>),
}

/// An appliance elsewhere.
#[derive(Debug)]
pub struct Remote {
    http: reqwest::Client,
    base: Url,
    token: Option<HeaderValue>,
}

/// Why there is no answer to go on with.
#[derive(Debug)]
pub enum Unanswered {
    /// Nobody answers, or the appliance is starting or stopping: it may be there again in a moment.
    Away(Failure),
    /// It refused or failed.
    Failed(Failure),
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Away(failure) | Unanswered::Failed(failure) => failure,
        }
    }
}

impl Client {
    /// Reaches the appliance of a data directory that exists.
    pub async fn of_directory(
        directory: &DataDirectory,
        loaded: &Loaded,
        machine: &Machine,
    ) -> Result<Self, OfflineError> {
        let opened = Offline::reach(directory, loaded, machine).await?;
        let running = || Self::Socket(directory.socket());
        Ok(opened.map_or_else(running, |opened| Self::Offline(Box::new(opened))))
    }

    /// Reaches an appliance elsewhere; nothing is sent yet.
    pub fn of_address(url: &str, options: &RemoteOptions) -> Result<Self, Failure> {
        let base = remote::parse_url(url)?;
        let http = remote::client(&base, options.ca.as_deref())?;
        Ok(Self::Remote(Box::new(Remote { http, base, token: options.token()? })))
    }

    /// Sends a request and returns the answer whatever it is; its body comes as it is read.
    pub async fn send(&self, ask: &Ask) -> Result<Answered, Failure> {
        match self {
            Self::Socket(socket) => ask_through(socket, ask).await.map_err(|error| {
                let error = ErrorChain(error.as_ref());
                Failure::Failed(format!("the running appliance did not answer on its admin socket: {error}"))
            }),
            Self::Offline(opened) => {
                let request = ask.request(&ask.target()).map_err(|error| Failure::from_error(&error))?;
                Ok(opened.ask(request).await)
            }
            Self::Remote(remote) => remote.send(ask).await,
        }
    }

    /// Sends a request and returns the answer of success.
    pub async fn open(&self, ask: &Ask) -> Result<Answered, Unanswered> {
        let answered = self.send(ask).await.map_err(Unanswered::Away)?;
        let status = answered.status();
        if status.is_success() {
            return Ok(answered);
        }
        if status == StatusCode::UNAUTHORIZED
            && matches!(self, Self::Remote(remote) if remote.token.is_none())
        {
            return Err(Unanswered::Failed(remote::no_token("SCOPE")));
        }
        let body = whole(answered).await.map_err(Unanswered::Away)?;
        Err(refused(status, &body))
    }

    /// Sends a request and returns the whole body of the answer of success.
    pub async fn read(&self, ask: &Ask) -> Result<Bytes, Failure> {
        whole(self.open(ask).await?).await
    }

    /// Sends a request and returns the JSON of the answer of success; null where it has no body.
    pub async fn json(&self, ask: &Ask) -> Result<Value, Failure> {
        let body = self.read(ask).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| Failure::from_error(&error))
    }

    /// Reads a list to its end: of every portion the member with this name.
    pub async fn list(&self, ask: &Ask, member: &str) -> Result<Value, Failure> {
        let (mut ask, mut items) = (ask.clone(), Vec::new());
        loop {
            let mut portion = self.json(&ask).await?;
            if let Some(Value::Array(found)) = portion.get_mut(member).map(Value::take) {
                items.extend(found);
            }
            match portion.get("next").and_then(Value::as_str) {
                Some(next) => ask = ask.replacing("after", next),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    /// Closes what was opened.
    pub async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Socket(_) | Self::Remote(_) => Ok(()),
            Self::Offline(opened) => Ok(opened.close().await?),
        }
    }
}

impl Remote {
    async fn send(&self, ask: &Ask) -> Result<Answered, Failure> {
        let url = format!("{}{}", self.base.as_str().trim_end_matches('/'), ask.target());
        let mut request = ask.request(&url).map_err(|error| Failure::from_error(&error))?;
        let headers = request.headers_mut();
        headers.remove(HOST);
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap));
        let request = request.map_err(|error| Failure::from_error(&error))?;
        let answer = self.http.execute(request).await.map_err(|error| {
            let error = error.without_url();
            Failure::Failed(format!("{} did not answer: {}", self.base, ErrorChain(&error)))
        })?;
        Ok(Response::from(answer).map(|body| body.map_err(Into::into).boxed_unsync()))
    }
}

async fn ask_through(socket: &Path, ask: &Ask) -> Result<Answered, Box<dyn Error + Send + Sync>> {
    let stream = TokioIo::new(UnixStream::connect(socket).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    // It ends with the answer.
    tokio::spawn(connection);
    let answer = sender.send_request(ask.request(&ask.target())?).await?;
    Ok(answer.map(|body| body.map_err(Into::into).boxed_unsync()))
}

/// Reads an answer's body to its end.
pub async fn whole(answered: Answered) -> Result<Bytes, Failure> {
    let body = answered.into_body().collect().await;
    let body = body.map_err(|error| {
        Failure::Failed(format!("the answer was cut off: {}", ErrorChain(error.as_ref())))
    })?;
    Ok(body.to_bytes())
}

/// Problem details (RFC 9457), as far as commands tell them.
#[derive(Debug, Deserialize)]
pub struct ToldProblem {
    /// Stable word.
    pub code: Option<String>,
    /// What happened and what to do.
    pub detail: Option<String>,
    /// What is wrong with each field.
    #[serde(default)]
    pub errors: Vec<ToldField>,
}

/// What is wrong with one field.
#[derive(Debug, Deserialize)]
pub struct ToldField {
    /// The field.
    pub field: String,
    /// What is wrong.
    pub detail: String,
}

/// Returns what a refusal or failure says.
pub fn refused(status: StatusCode, body: &[u8]) -> Unanswered {
    let told = match serde_json::from_slice(body) {
        Ok(ToldProblem { detail: Some(detail), errors, .. }) if errors.is_empty() => detail,
        Ok(ToldProblem { detail: Some(_), errors, .. }) => {
            let told = errors.iter().map(|error| format!("{}: {}", option(&error.field), error.detail));
            told.collect::<Vec<_>>().join("\n")
        }
        _ => format!("the answer has status {status}"),
    };
    match status {
        StatusCode::SERVICE_UNAVAILABLE => Unanswered::Away(Failure::Failed(told)),
        status if status.is_client_error() => Unanswered::Failed(Failure::Refused(told)),
        _ => Unanswered::Failed(Failure::Failed(told)),
    }
}

/// Returns the option that fills a field, or the field itself where an argument without a name does.
fn option(field: &str) -> String {
    match field {
        "slug" | "network" | "value" => field.to_owned(),
        "default_type" => "--type".to_owned(),
        "mismatch" => "--strict".to_owned(),
        "unsigned" => "--allow-unsigned".to_owned(),
        "password" | "secret" => format!("--{field}-stdin"),
        other => format!("--{}", other.trim_start_matches('/').replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_options_and_a_stop_is_no_refusal() {
        let problem = br#"{"detail":"2 fields","errors":[{"field":"key_retention","detail":"too long"},{"field":"slug","detail":"no"}]}"#;
        let told = refused(StatusCode::UNPROCESSABLE_ENTITY, problem);
        assert!(
            matches!(&told, Unanswered::Failed(Failure::Refused(told)) if told == "--key-retention: too long\nslug: no"),
            "{told:?}"
        );
        let told = refused(StatusCode::SERVICE_UNAVAILABLE, br#"{"detail":"starting"}"#);
        assert!(matches!(told, Unanswered::Away(Failure::Failed(_))));
        assert!(matches!(refused(StatusCode::BAD_GATEWAY, b"x"), Unanswered::Failed(Failure::Failed(_))));
    }
}
