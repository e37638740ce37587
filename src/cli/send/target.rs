//! Whom it goes to: address, trust, token and what is said of every event.

use crate::app::run_file::{RunFile, reachable};
use crate::cli::ask::tenant_value;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::remote::{client, join, no_token, parse_url, wrong_url};
use crate::http::request::header::X_TENANT_ID;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use reqwest::{Client, Url};
use std::path::{Path, PathBuf};

/// Path of the intake.
const PATH: &str = "v1/events";

/// To which appliance, as whom, and what is said of every event.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct TargetOptions {
    /// Tenant, for a token of tenant system
    #[arg(long)]
    pub(super) tenant: Option<String>,

    /// Source of the events [default: the token's name]
    #[arg(long)]
    pub(super) source: Option<String>,

    /// Type of the events [default: event]
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) event_type: Option<String>,

    /// Subject of the events
    #[arg(long)]
    pub(super) subject: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Shares its connections among all requests.
    pub(super) client: Client,
    /// Where events go, with what is said of every one.
    pub(super) url: Url,
    /// Token and tenant.
    pub(super) headers: HeaderMap,
}

impl Target {
    pub(super) fn find(options: &TargetOptions, context: &Context) -> Result<Self, Failure> {
        let remote = &context.remote;
        let (base, ca) = match context.url() {
            Some(url) => (url, remote.ca.clone()),
            None => running(remote.ca.clone(), &context.data_path())?,
        };
        let mut url = parse(&base)?;
        for (name, value) in
            [("source", &options.source), ("type", &options.event_type), ("subject", &options.subject)]
        {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, remote.token()?.ok_or_else(|| no_token("events:write"))?);
        if let Some(tenant) = &options.tenant {
            headers.insert(&X_TENANT_ID, tenant_value(tenant)?);
        }
        Ok(Self { client: client(&url, ca.as_deref())?, url, headers })
    }
}

/// Returns address and authority of the appliance that runs in a data directory.
fn running(ca: Option<PathBuf>, directory: &Path) -> Result<(String, Option<PathBuf>), Failure> {
    let file = directory.join("run.json");
    let missing = |why: &str| {
        let directory = directory.display();
        Failure::Usage(format!("--url is missing and {why} {directory}; hint: give the address with --url"))
    };
    let run = RunFile::read(&file).map_err(|_error| missing("no appliance runs in"))?;
    let address = run.https.ok_or_else(|| missing("no HTTPS address is told by the appliance in"))?;
    let address = reachable(address);
    output::note(&format!("sending to {address}, the appliance of {}", directory.display()));
    Ok((format!("https://{address}"), ca.or(run.ca)))
}

/// Reads an address and adds the intake's path.
fn parse(base: &str) -> Result<Url, Failure> {
    let url = parse_url(base)?;
    if url.path().trim_end_matches('/').ends_with(PATH) {
        return Err(wrong_url(base, "holds the path of the intake, which is added by itself"));
    }
    Ok(join(&url, PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_the_intakes_path_once() {
        let path = |text: &str| parse(text).map(|url| url.to_string());
        assert_eq!(path("https://a.example:8443").unwrap(), "https://a.example:8443/v1/events");
        assert_eq!(path("https://a.example/behind/").unwrap(), "https://a.example/behind/v1/events");
        for wrong in ["http://a.example", "https://a.example/v1/events"] {
            assert!(matches!(parse(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
