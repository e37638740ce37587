//! `events`.

use crate::cli::ask::Ask;
use crate::cli::client::Client;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::lines::Lines;
use crate::cli::output;
use crate::cli::tail::{Tail, Which};
use crate::domain::time::Timestamp;
use crate::services::reading::LIMIT_MAX;
use crate::store::error::ErrorChain;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Reads the ledger.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum EventsCommand {
    /// Lists events, newest first
    #[command(after_help = "Example: mainstay events list --tenant acme --type sale --limit 20")]
    List {
        /// Which events
        #[command(flatten)]
        filter: Filter,
        /// Most events
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Writes events as NDJSON, oldest first
    #[command(after_help = "Example: mainstay events export --tenant acme > acme.ndjson")]
    Export {
        /// Which events
        #[command(flatten)]
        filter: Filter,
    },
    /// Writes events as NDJSON as they come, until interrupted
    ///
    /// Asks the running appliance. A restart of it is waited for, a minute at most, and nothing is missed or written twice.
    #[command(after_help = "Example: mainstay events tail --tenant acme --type sale")]
    Tail(Tail),
}

/// Which events.
#[derive(Clone, Debug, clap::Args)]
pub struct Filter {
    /// Whose events, and of what kind
    #[command(flatten)]
    which: Which,
    /// Taken in at this instant (RFC 3339) or later
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    since: Option<Timestamp>,
    /// Taken in before this instant (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
    /// Exactly this idempotency key
    #[arg(long)]
    key: Option<String>,
}

impl Filter {
    fn ask(&self, path: &str) -> Result<Ask, Failure> {
        let ask = self.which.ask(path)?.with("since", self.since).with("until", self.until);
        Ok(ask.with("key", self.key.as_ref()))
    }
}

/// What a list shows of an event. Payloads are passed over unread: what a sender may send need not fit a value.
#[derive(Serialize, Deserialize)]
struct Row {
    seq: u64,
    received_at: String,
    source: String,
    r#type: String,
    subject: Option<String>,
    idempotency_key: Option<String>,
}

/// A page of events, each as the JSON text that it is.
#[derive(Deserialize)]
struct Page {
    events: Vec<Box<RawValue>>,
    next: Option<String>,
}

impl EventsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List { filter, limit } => {
                if limit == 0 {
                    return Err(Failure::Usage("--limit is at least 1".into()));
                }
                let ask = filter.ask("/v1/events")?.with("order", Some("desc"));
                let client = context.client().await?;
                let events = newest(&client, ask, limit).await;
                client.close().await?;
                list(context, &events?)
            }
            Self::Tail(tail) => tail.run(context).await,
            Self::Export { filter } => {
                let ask = filter.ask("/v1/events/export")?;
                let client = context.client().await?;
                let exported = export(&client, ask).await;
                client.close().await?;
                exported
            }
        }
    }
}

/// Reads page after page, at most so many events.
async fn newest(client: &Client, mut ask: Ask, most: usize) -> Result<Vec<Box<RawValue>>, Failure> {
    let mut events = Vec::new();
    loop {
        ask = ask.replacing("limit", (most - events.len()).min(LIMIT_MAX));
        let page = client.read(&ask).await?;
        let page: Page = serde_json::from_slice(&page).map_err(|error| Failure::from_error(&error))?;
        events.extend(page.events);
        match page.next {
            Some(next) if events.len() < most => ask = ask.replacing("after", next),
            _ => return Ok(events),
        }
    }
}

fn list(context: &Context, events: &[Box<RawValue>]) -> Result<(), Failure> {
    if context.json {
        let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
        return Ok(output::line(&format!("[{}]", texts.join(",")))?);
    }
    let rows = events.iter().map(|event| serde_json::from_str::<Row>(event.get()));
    let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::from_error(&error))?;
    let columns = ["seq", "received_at", "source", "type", "subject", "idempotency_key"];
    Ok(output::table(&serde_json::json!(rows), &columns, "there are no such events")?)
}

/// Writes every event as it comes. One that was cut off, as it is where the reader of stdout takes nothing for long,
/// goes on behind the last event that was written.
async fn export(client: &Client, mut ask: Ask) -> Result<(), Failure> {
    loop {
        let mut lines = Lines::of(client.open(&ask).await?);
        let mut last = None;
        let cut = loop {
            match lines.next().await {
                Ok(Some(line)) => {
                    output::line(&line)?;
                    last = Some(line);
                }
                Ok(None) => return Ok(()),
                Err(error) => break error,
            }
        };
        let place = last.and_then(|line| serde_json::from_slice::<Place>(&line).ok());
        let Some(Place { seq }) = place else {
            return Err(Failure::Failed(format!("the export was cut off: {}", ErrorChain(cut.as_ref()))));
        };
        ask = ask.replacing("after", seq);
    }
}

#[derive(Deserialize)]
struct Place {
    seq: u64,
}
