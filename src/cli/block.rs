//! `block`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::domain::time::{format_duration, parse_duration};
use serde_json::json;
use std::time::Duration;

/// Where blocks are.
const BLOCKS: &str = "/api/v1/blocks";

/// Less is no block.
const TIME_MIN: Duration = Duration::from_secs(1);

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
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
        time: Option<Duration>,
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
        let value = match self {
            Self::List => {
                let blocks = context.list(Ask::get(BLOCKS), "blocks").await?;
                let columns = ["network", "source", "by", "reason", "since", "until"];
                return context.show_list(&blocks, &columns, "nobody is blocked");
            }
            Self::Add { network, reason, time } => {
                let time = time.map(|time| format_duration(time.max(TIME_MIN)));
                let body = json!({ "network": network, "reason": reason, "for": time });
                context.ask(Ask::post(BLOCKS, body)).await?
            }
            Self::Lift { network } => context.ask(Ask::delete(BLOCKS).with("network", Some(network))).await?,
        };
        context.show(&value)
    }
}
