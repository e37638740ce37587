//! `block`.

use crate::app::admin::protocol::{BlockRequest, Request};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::time::parse_duration;

/// Lists, adds and lifts blocks: addresses that are kept out
///
/// The appliance blocks an address for a minute, and then for longer, after ten bad tokens within a minute, and keeps
/// one from a source after ten bad signatures; these blocks end with a restart. Loopback is never blocked.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum BlockCommand {
    /// Lists who is kept out now
    #[command(after_help = "Example: mainstay block list --json")]
    List,
    /// Keeps an address or a network out
    #[command(after_help = "Example: mainstay block add 192.0.2.0/24 --reason scanner --for 7d")]
    Add {
        /// IP address or network; an IPv6 address stands for its /64
        network: String,
        /// Why, for people
        #[arg(long)]
        reason: Option<String>,
        /// How long, such as 24h [default: until it is lifted]
        #[arg(long = "for", value_name = "DURATION")]
        time: Option<String>,
    },
    /// Lets an address or a network in again, whoever blocked it
    #[command(after_help = "Example: mainstay block lift 192.0.2.0/24")]
    Lift {
        /// IP address or network
        network: String,
    },
}

impl BlockCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let listed = matches!(self, Self::List);
        let value = context.ask(Request::Block(self.request()?)).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            let columns = ["network", "source", "by", "reason", "since", "until"];
            return Ok(output::table(&value, &columns, "nobody is blocked")?);
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> Result<BlockRequest, Failure> {
        Ok(match self {
            Self::List => BlockRequest::List,
            Self::Add { network, reason, time } => {
                let time = time.as_deref().map(parse_duration).transpose();
                let time = time.map_err(|error| Failure::Usage(format!("--for: {error}")))?;
                // Less than a second is none.
                let for_seconds = time.map(|time| time.as_secs().max(1));
                BlockRequest::Add { network, reason, for_seconds }
            }
            Self::Lift { network } => BlockRequest::Lift { network },
        })
    }
}
