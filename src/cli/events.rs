//! `events`.

use crate::app::admin::client::Appliance;
use crate::app::admin::protocol::{EventsAnswer, EventsRequest, Request};
use crate::cli::context::{Context, unwrap_answer};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::tail::Tail;
use crate::cli::which::Which;
use crate::domain::time::Timestamp;
use crate::services::reading::LIMIT_MAX;
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
    fn request(self) -> EventsRequest {
        let Self { which: Which { tenant, event_type, source, trace }, since, until, key } = self;
        EventsRequest {
            tenant,
            event_type,
            source,
            since,
            until,
            trace,
            key,
            limit: LIMIT_MAX,
            ..EventsRequest::default()
        }
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

impl EventsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List { filter, limit } => list(context, filter, limit).await,
            Self::Tail(tail) => tail.run(context).await,
            Self::Export { filter } => {
                each(context, filter.request(), usize::MAX, |event| Ok(output::line(event.get())?)).await
            }
        }
    }
}

async fn list(context: &Context, filter: Filter, limit: usize) -> Result<(), Failure> {
    if limit == 0 {
        return Err(Failure::Usage("--limit is at least 1".into()));
    }
    let request = EventsRequest { newest_first: true, ..filter.request() };
    let mut events: Vec<Box<RawValue>> = Vec::new();
    each(context, request, limit, |event| {
        events.push(event);
        Ok(())
    })
    .await?;
    if context.json {
        let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
        return Ok(output::line(&format!("[{}]", texts.join(",")))?);
    }
    let rows = events.iter().map(|event| serde_json::from_str::<Row>(event.get()));
    let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::from_error(&error))?;
    let columns = ["seq", "received_at", "source", "type", "subject", "idempotency_key"];
    Ok(output::table(&serde_json::json!(rows), &columns, "there are no such events")?)
}

/// Reads page after page and hands each event on, at most so many.
async fn each(
    context: &Context,
    mut request: EventsRequest,
    most: usize,
    mut hand_on: impl FnMut(Box<RawValue>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let appliance = context.reach().await?;
    let mut left = most;
    let outcome = loop {
        request.limit = left.min(LIMIT_MAX);
        let page = match page(&appliance, &request).await {
            Ok(page) => page,
            Err(failure) => break Err(failure),
        };
        left -= page.events.len().min(left);
        if let Err(failure) = page.events.into_iter().try_for_each(&mut hand_on) {
            break Err(failure);
        }
        match page.next {
            Some(next) if left > 0 => request.after = Some(next),
            _ => break Ok(()),
        }
    };
    appliance.close().await?;
    outcome
}

async fn page(appliance: &Appliance, request: &EventsRequest) -> Result<EventsAnswer, Failure> {
    let text = unwrap_answer(appliance.ask(Request::Events(request.clone())).await?)?;
    serde_json::from_str(text.get()).map_err(|error| Failure::from_error(&error))
}
