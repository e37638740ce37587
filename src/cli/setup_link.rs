//! `setup-link`.

use crate::app::run_file::RunFile;
use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::platform::system::host_name;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Prints a fresh one-time link by which the first owner is made in a browser
///
/// It works for half an hour, and only while there is no operator; the link before it stops working.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example: mainstay setup-link --data-dir /var/lib/mainstay")]
pub struct SetupLink {}

impl SetupLink {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let given = context.ask(Ask::post("/local/setup-link", Value::Null)).await?;
        let text = given.get("link").and_then(Value::as_str).unwrap_or_default();
        let path = path_of(text);
        let running = context.directory().and_then(|directory| {
            RunFile::read(&directory.run_file()).map_err(|error| Failure::from_error(&error))
        });
        let https = running.ok().and_then(|run| run.https);
        let link = https.map(|address| address_of(address, text));
        if context.json {
            return Ok(output::json(&json!({ "link": link, "path": path, "valid_minutes": 30 }))?);
        }
        output::note("the link works for 30 minutes and once; give it to nobody else");
        if let Some(link) = link {
            return Ok(output::line(&link)?);
        }
        output::note("the appliance does not run: start it, and open this path there");
        Ok(output::line(&path)?)
    }
}

/// Returns the address that a link's text stands for on a listener.
pub fn address_of(listener: SocketAddr, text: &str) -> String {
    format!("https://{}{}", host_of(listener), path_of(text))
}

fn path_of(text: &str) -> String {
    format!("/setup?link={text}")
}

/// Returns how a browser on this machine's network names a listener.
fn host_of(address: SocketAddr) -> String {
    if !address.ip().is_unspecified() {
        return address.to_string();
    }
    format!("{}:{}", host_name(), address.port())
}
