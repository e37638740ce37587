//! `events tail`.

use crate::app::admin::client::{Appliance, ReachError};
use crate::app::admin::protocol::{AwaitRequest, EventsAnswer, Request};
use crate::cli::context::{Context, unwrap_answer};
use crate::cli::exit::Failure;
use crate::cli::interrupts::Interrupts;
use crate::cli::output;
use crate::cli::which::Which;
use std::time::{Duration, Instant};

/// How long an appliance may be away, such as for a restart.
const AWAY_MAX: Duration = Duration::from_mins(1);

/// Time between two looks whether it is back.
const LOOK_EVERY: Duration = Duration::from_millis(500);

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

/// One look at the appliance.
enum Asked {
    Answered(EventsAnswer),
    Away(ReachError),
    Interrupted,
}

impl Tail {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let directory = context.directory()?;
        let appliance = Appliance::Running(directory.socket());
        let mut interrupts = Interrupts::new()?;
        let Self { which: Which { tenant, event_type, source, trace }, after } = self;
        let mut request = AwaitRequest { tenant, after, event_type, source, trace };
        let (mut reached, mut away_since) = (false, None::<Instant>);
        loop {
            match ask(&appliance, &request, &mut interrupts).await? {
                Asked::Answered(answer) => {
                    if away_since.take().is_some() {
                        output::note("the appliance is back");
                    }
                    reached = true;
                    answer.events.iter().try_for_each(|event| output::line(event.get()))?;
                    request.after = answer.next.or(request.after);
                }
                Asked::Interrupted => {
                    note_end(request.after.as_deref());
                    return Ok(());
                }
                Asked::Away(_) if !reached => {
                    let path = directory.path().display();
                    return Err(Failure::Failed(format!(
                        "no appliance runs in {path}; hint: start it with `mainstay serve`, or write what is stored with `mainstay events export`"
                    )));
                }
                Asked::Away(error) => {
                    if away_since.is_none() {
                        output::note("the appliance went away; waiting for it");
                    }
                    if away_since.get_or_insert_with(Instant::now).elapsed() >= AWAY_MAX {
                        note_end(request.after.as_deref());
                        return Err(error.into());
                    }
                    tokio::select! {
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                        _ = interrupts.interrupted() => {
                            note_end(request.after.as_deref());
                            return Ok(());
                        }
                    }
                }
            }
        }
    }
}

async fn ask(
    appliance: &Appliance,
    request: &AwaitRequest,
    interrupts: &mut Interrupts,
) -> Result<Asked, Failure> {
    let asked = tokio::select! {
        asked = appliance.ask(Request::EventsAwait(request.clone())) => asked,
        _ = interrupts.interrupted() => return Ok(Asked::Interrupted),
    };
    match asked {
        Ok(answer) => {
            let text = unwrap_answer(answer)?;
            let answer = serde_json::from_str(text.get()).map_err(|error| Failure::from_error(&error))?;
            Ok(Asked::Answered(answer))
        }
        Err(error @ ReachError::Socket(_)) => Ok(Asked::Away(error)),
        Err(error) => Err(error.into()),
    }
}

/// Says where to go on.
fn note_end(after: Option<&str>) {
    if let Some(cursor) = after {
        output::note(&format!("ended behind {cursor}; hint: --after {cursor} goes on there"));
    }
}
