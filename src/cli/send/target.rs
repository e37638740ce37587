//! Whom it goes to: address, trust, token and what is said of every event.

use crate::app::run_file::{RunFile, reachable};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::tls::client::{client_config, system_client_config};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// Environment variable with the token's text.
const TOKEN_VARIABLE: &str = "MAINSTAY_TOKEN";

/// Path of the intake.
const PATH: &str = "v1/events";

/// Header that names the tenant.
const TENANT: HeaderName = HeaderName::from_static("x-tenant-id");

/// To which appliance, as whom, and what is said of every event.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct TargetOptions {
    /// Address of the appliance, such as <https://events.example.com:8443> [default: what runs in the data directory]
    #[arg(long)]
    pub(super) url: Option<String>,

    /// Certificate of the authority to trust alone, such as the appliance's tls/ca.pem [default: what the system trusts]
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,

    /// File with the token on its first line [default: the variable MAINSTAY_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,

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

/// An appliance that can be sent to.
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
    /// Finds address, trust and token.
    pub(super) fn find(options: &TargetOptions, context: &Context) -> Result<Self, Failure> {
        let (base, ca) = match &options.url {
            Some(url) => (url.clone(), options.ca.clone()),
            None => running(options.ca.clone(), &context.data_path())?,
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
        headers.insert(AUTHORIZATION, bearer(&token(options.token_file.as_deref())?)?);
        if let Some(tenant) = &options.tenant {
            let value = HeaderValue::from_str(tenant)
                .map_err(|_error| Failure::Usage("--tenant is not a tenant's name".to_owned()))?;
            headers.insert(TENANT, value);
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

/// Reads an address and adds the intake's path. Plain HTTP is for loopback alone: it would show the token to everybody
/// on the way.
fn parse(base: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| {
        // What stands before an @ may be a password.
        let base = base.rsplit('@').next().unwrap_or_default();
        Failure::Usage(format!("--url {base} {why}; hint: write it like https://events.example.com:8443"))
    };
    let mut url = Url::parse(base).map_err(|error| wrong(&format!("is no address ({error})")))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(wrong("would show the token to everybody on the way")),
        _ => return Err(wrong("is not https")),
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(wrong("holds more than an address"));
    }
    if url.path().trim_end_matches('/').ends_with(PATH) {
        return Err(wrong("holds the path of the intake, which is added by itself"));
    }
    let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn client(url: &Url, ca: Option<&Path>) -> Result<Client, Failure> {
    let configuration =
        |error: &dyn std::error::Error| Failure::Configuration(Failure::from_error(error).to_string());
    let tls = match ca {
        Some(file) => client_config(file).map_err(|error| configuration(&error))?,
        None => system_client_config().map_err(|error| configuration(&error))?,
    };
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIME_MAX)
        .redirect(redirect::Policy::none());
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Failure::from_error(&error))
}

/// Reads the token's text.
fn token(file: Option<&Path>) -> Result<String, Failure> {
    let text = match file {
        Some(file) => std::fs::read_to_string(file).map_err(|error| {
            Failure::Configuration(format!("the token file {} cannot be read: {error}", file.display()))
        })?,
        None => std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
    };
    let token = text.lines().next().unwrap_or_default().trim();
    match (token.is_empty(), file) {
        (false, _) => Ok(token.to_owned()),
        (true, Some(file)) => {
            Err(Failure::Configuration(format!("the token file {} is empty", file.display())))
        }
        (true, None) => Err(Failure::Usage(format!(
            "there is no token; hint: name its file with --token-file or set {TOKEN_VARIABLE}; `mainstay token create \
             --tenant TENANT --name NAME --scope events:write` makes one"
        ))),
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_error| {
        Failure::Configuration("the token holds a character that no token has".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_the_intakes_path_and_is_not_plain_outside_loopback() {
        let path = |text: &str| parse(text).map(|url| url.to_string());
        assert_eq!(path("https://a.example:8443").unwrap(), "https://a.example:8443/v1/events");
        assert_eq!(path("https://a.example/behind/").unwrap(), "https://a.example/behind/v1/events");
        for loopback in ["http://127.0.0.1:80", "http://[::1]:8080", "http://localhost"] {
            assert!(parse(loopback).is_ok(), "{loopback}");
        }
        for wrong in [
            "",
            "a.example",
            "http://a.example",
            "ftp://a.example",
            "https://u:p@a.example",
            "https://a.example/?x=1",
            "https://a.example/v1/events",
        ] {
            assert!(matches!(parse(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", bearer("mst_a_b").unwrap()), "Sensitive");
        assert!(bearer("a\nb").is_err());
    }
}
