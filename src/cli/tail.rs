//! Which events a command is about, and `events tail`.

use crate::cli::ask::Ask;
use crate::cli::client::{Client, Unanswered, refused};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::interrupts::Interrupts;
use crate::cli::lines::Lines;
use crate::cli::output;
use crate::store::error::ErrorChain;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use std::time::{Duration, Instant};

/// How long an appliance may be away, such as for a restart.
const AWAY_MAX: Duration = Duration::from_mins(1);

/// Time between two looks whether it is back.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Whose events, and of what kind.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// Whose events [default: the token's tenant, or default]
    #[arg(long)]
    pub tenant: Option<String>,
    /// Exactly this type
    #[arg(long = "type", value_name = "TYPE")]
    pub event_type: Option<String>,
    /// Exactly this source
    #[arg(long)]
    pub source: Option<String>,
    /// Exactly this trace id
    #[arg(long)]
    pub trace: Option<String>,
}

impl Which {
    /// Returns a request for these events.
    pub fn ask(&self, path: &str) -> Result<Ask, Failure> {
        let ask = Ask::get(path)
            .with("type", self.event_type.as_ref())
            .with("source", self.source.as_ref())
            .with("trace", self.trace.as_ref());
        ask.in_tenant(self.tenant.as_deref())
    }
}

/// Follows a tenant's events.
#[derive(Clone, Debug, clap::Args)]
pub struct Tail {
    /// Whose events, and of what kind
    #[command(flatten)]
    which: Which,
    /// Begins behind this cursor, or sequence number, instead of now
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl Tail {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let (client, absence) = if let Some(url) = context.url() {
            (context.elsewhere(&url)?, None)
        } else {
            let directory = context.directory()?;
            let path = directory.path().display();
            let absence = format!(
                "no appliance runs in {path}; hint: start it with `mainstay serve`, or write what is stored with `mainstay events export`"
            );
            (Client::Socket(directory.socket()), Some(absence))
        };
        let ask = self.which.ask("/v1/events/stream")?;
        let mut following = Following { client, ask, after: self.after, away_since: None, reached: false };
        let mut interrupts = Interrupts::new()?;
        let ended = tokio::select! {
            Err(failure) = following.run() => Err(failure),
            _ = interrupts.interrupted() => Ok(()),
        };
        match (ended, absence) {
            (Err(_away), Some(absence)) if following.away_since.is_some() && !following.reached => {
                Err(Failure::Failed(absence))
            }
            (ended, _) => {
                if ended.is_ok() || following.away_since.is_some() {
                    following.note_end();
                }
                ended
            }
        }
    }
}

/// A stream that goes on over restarts of the appliance.
struct Following {
    client: Client,
    ask: Ask,
    /// Everything up to here was written.
    after: Option<String>,
    /// Since when the appliance has been away.
    away_since: Option<Instant>,
    /// Whether it was ever there.
    reached: bool,
}

/// What ends a stream, as far as commands tell it.
#[derive(Deserialize)]
struct Ending {
    code: String,
    status: u16,
}

impl Following {
    /// Follows until nothing more can come.
    async fn run(&mut self) -> Result<std::convert::Infallible, Failure> {
        loop {
            match self.follow().await {
                Ok(()) => {}
                Err(Unanswered::Failed(failure)) => return Err(failure),
                Err(Unanswered::Away(failure)) => self.wait(failure).await?,
            }
        }
    }

    /// Opens a stream and writes what comes until it ends; it may be opened again at once where nothing is wrong.
    async fn follow(&mut self) -> Result<(), Unanswered> {
        let ask = match &self.after {
            Some(after) => self.ask.clone().with("after", Some(after)),
            None => self.ask.clone(),
        };
        let mut lines = Lines::of(self.client.open(&ask).await?);
        if self.away_since.take().is_some() {
            output::note("the appliance is back");
        }
        self.reached = true;
        let (mut id, mut data, mut is_problem) = (None, None::<Bytes>, false);
        loop {
            let away = |why: String| Unanswered::Away(Failure::Failed(format!("the stream ended: {why}")));
            let line = lines.next().await.map_err(|error| away(ErrorChain(error.as_ref()).to_string()))?;
            let line = line.ok_or_else(|| away("it was cut off".to_owned()))?;
            if let Some(text) = line.strip_prefix(b"id: ") {
                id = Some(String::from_utf8_lossy(text).into_owned());
            } else if line.starts_with(b"data: ") {
                data = Some(line.slice(b"data: ".len()..));
            } else if line == "event: problem" {
                is_problem = true;
            } else if line.is_empty() {
                // A piece is whole.
                match data.take() {
                    Some(problem) if is_problem => return ended(&problem),
                    Some(event) => {
                        output::line(&event).map_err(|error| Unanswered::Failed(error.into()))?;
                    }
                    None => {}
                }
                self.after = id.take().or_else(|| self.after.take());
            }
        }
    }

    /// Waits a moment for an appliance that is away, but not for ever, and not for one that was never there.
    async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        let since = *self.away_since.get_or_insert_with(|| {
            if self.reached {
                output::note("the appliance went away; waiting for it");
            }
            Instant::now()
        });
        if !self.reached || since.elapsed() >= AWAY_MAX {
            return Err(failure);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        Ok(())
    }

    /// Says where to go on.
    fn note_end(&self) {
        if let Some(cursor) = &self.after {
            output::note(&format!("ended behind {cursor}; hint: --after {cursor} goes on there"));
        }
    }
}

/// Returns what the problem at a stream's end means. Whoever was too slow, because the reader of stdout was, goes on.
fn ended(problem: &[u8]) -> Result<(), Unanswered> {
    let ending = serde_json::from_slice::<Ending>(problem).ok();
    if ending.as_ref().is_some_and(|ending| ending.code == "reader_too_slow") {
        return Ok(());
    }
    let status = ending.and_then(|ending| StatusCode::from_u16(ending.status).ok());
    Err(refused(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), problem))
}
