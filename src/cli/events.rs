//! `events`.

use crate::app::admin::protocol::{EventsRequest, Request};
use crate::cli::context::{Context, unwrap_answer};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::time::Timestamp;
use crate::services::reading::LIMIT_MAX;
use serde_json::Value;

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
}

/// Which events.
#[derive(Clone, Debug, clap::Args)]
pub struct Filter {
    /// Whose events
    #[arg(long, default_value = "default")]
    tenant: String,
    /// Exactly this type
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Exactly this source
    #[arg(long)]
    source: Option<String>,
    /// Taken in at this instant (RFC 3339) or later
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    since: Option<Timestamp>,
    /// Taken in before this instant (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
    /// Exactly this trace id
    #[arg(long)]
    trace: Option<String>,
    /// Exactly this idempotency key
    #[arg(long)]
    key: Option<String>,
}

impl Filter {
    fn request(self) -> EventsRequest {
        let Self { tenant, event_type, source, since, until, trace, key } = self;
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

impl EventsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List { filter, limit } => {
                let request = EventsRequest { newest_first: true, ..filter.request() };
                let mut events = Vec::new();
                each(context, request, limit, |event| {
                    events.push(event);
                    Ok(())
                })
                .await?;
                let events = Value::Array(events);
                if context.json {
                    return Ok(output::json(&events)?);
                }
                let columns = ["seq", "received_at", "source", "type", "subject", "idempotency_key"];
                Ok(output::table(&events, &columns, "there are no such events")?)
            }
            Self::Export { filter } => {
                each(context, filter.request(), usize::MAX, |event| Ok(output::json(&event)?)).await
            }
        }
    }
}

/// Reads page after page and hands each event on, at most so many.
async fn each(
    context: &Context,
    mut request: EventsRequest,
    most: usize,
    mut hand_on: impl FnMut(Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let appliance = context.reach().await?;
    let mut left = most;
    let outcome = loop {
        request.limit = left.min(LIMIT_MAX);
        if request.limit == 0 {
            break Ok(());
        }
        let mut page = unwrap_answer(appliance.ask(Request::Events(request.clone())).await?)?;
        let events =
            page.get_mut("events").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        left -= events.len().min(left);
        if let Err(failure) = events.into_iter().try_for_each(&mut hand_on) {
            break Err(failure);
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => request.after = Some(next.to_owned()),
            None => break Ok(()),
        }
    };
    appliance.close().await?;
    outcome
}
