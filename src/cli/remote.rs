//! An appliance elsewhere: its address, whom to trust, and the token.

use crate::cli::exit::Failure;
use crate::tls::client::{client_config, system_client_config};
use http::HeaderValue;
use reqwest::{Client, Url, redirect};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// Environment variable with the appliance's address.
const URL_VARIABLE: &str = "MAINSTAY_URL";

/// Environment variable with the token's text.
const TOKEN_VARIABLE: &str = "MAINSTAY_TOKEN";

/// Which appliance, and as whom.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RemoteOptions {
    /// Address of an appliance elsewhere, such as <https://events.example.com:8443>; wins over --data-dir, which wins
    /// over the variable MAINSTAY_URL
    #[arg(long, global = true)]
    pub url: Option<String>,

    /// Certificate of the authority to trust alone, such as the appliance's tls/ca.pem [default: what the system trusts]
    #[arg(long, global = true, value_name = "FILE", env = "MAINSTAY_CA")]
    pub ca: Option<PathBuf>,

    /// File with the token on its first line [default: the variable MAINSTAY_TOKEN]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

impl RemoteOptions {
    /// Returns the address in the environment.
    pub fn url_of_environment() -> Option<String> {
        std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty())
    }

    /// Returns the token as the header's value; none if none is given.
    pub fn token(&self) -> Result<Option<HeaderValue>, Failure> {
        let text = match &self.token_file {
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                Failure::Configuration(format!("the token file {} cannot be read: {error}", file.display()))
            })?,
            None => std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
        };
        let token = text.lines().next().unwrap_or_default().trim();
        match (token.is_empty(), &self.token_file) {
            (false, _) => bearer(token).map(Some),
            (true, None) => Ok(None),
            (true, Some(file)) => {
                Err(Failure::Configuration(format!("the token file {} is empty", file.display())))
            }
        }
    }
}

/// Returns the failure of a request that needs a token where none is given.
pub fn no_token(scope: &str) -> Failure {
    Failure::Usage(format!(
        "there is no token; hint: name its file with --token-file or set {TOKEN_VARIABLE}; `mainstay token create \
         --tenant TENANT --name NAME --scope {scope}` makes one"
    ))
}

/// Reads an address. Plain HTTP is for loopback alone: it would show the token to everybody on the way.
pub fn parse_url(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| wrong_url(text, why);
    let url = Url::parse(text).map_err(|error| wrong(&format!("is no address ({error})")))?;
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
    Ok(url)
}

/// Returns the failure of an address that cannot be used.
pub fn wrong_url(text: &str, why: &str) -> Failure {
    // What stands before an @ may be a password.
    let text = text.rsplit('@').next().unwrap_or_default();
    Failure::Usage(format!("--url {text} {why}; hint: write it like https://events.example.com:8443"))
}

/// Returns an address with a path behind its own.
pub fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// Makes a client that trusts the authority in a file, or what the system trusts.
pub fn client(url: &Url, ca: Option<&Path>) -> Result<Client, Failure> {
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

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns a token as the value of `Authorization`, which never shows itself.
pub fn bearer(token: &str) -> Result<HeaderValue, Failure> {
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
    fn an_address_is_not_plain_outside_loopback_and_keeps_its_path() {
        let joined = |text: &str| join(&parse_url(text).unwrap(), "v1/events").to_string();
        assert_eq!(joined("https://a.example:8443"), "https://a.example:8443/v1/events");
        assert_eq!(joined("https://a.example/behind/"), "https://a.example/behind/v1/events");
        for loopback in ["http://127.0.0.1:80", "http://[::1]:8080", "http://localhost"] {
            assert!(parse_url(loopback).is_ok(), "{loopback}");
        }
        for wrong in [
            "",
            "a.example",
            "http://a.example",
            "ftp://a.example",
            "https://u:p@a.example",
            "https://a.example/?x=1",
        ] {
            assert!(matches!(parse_url(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", bearer("mst_a_b").unwrap()), "Sensitive");
        assert!(bearer("a\nb").is_err());
    }
}
