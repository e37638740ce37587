//! Whether the listeners answer; of an appliance that does not run, whether their addresses are free.

use crate::app::doctor::{Examined, Finding, Findings};
use crate::app::run_file::{RunFile, reachable};
use crate::config::Config;
use crate::http::listener;
use crate::services::facts::Facts;
use crate::store::error::ErrorChain;
use crate::tls::client::{client_config, is_untrusted, system_client_config};
use reqwest::Client;
use std::net::SocketAddr;
use std::time::Duration;

/// Longest wait for a listener's answer.
const WAIT_MAX: Duration = Duration::from_secs(10);

pub(super) async fn check(examined: &Examined, config: &Config) -> Finding {
    let mut findings = Findings::of("listeners");
    match (&examined.run, &examined.facts) {
        (Some(run), Some(facts)) => ask(run, facts, &mut findings).await,
        _ => bind(config, &mut findings),
    }
    findings.end()
}

/// Takes every address for a moment.
fn bind(config: &Config, findings: &mut Findings) {
    let listen = &config.listen;
    let addresses =
        [("listen.https", Some(listen.https)), ("listen.http", listen.http), ("listen.ops", listen.ops)];
    for (setting, address) in addresses.into_iter().filter_map(|(setting, address)| Some((setting, address?)))
    {
        match listener::bind(address) {
            Ok(_free) => findings.well(format!("{setting} {address} is free")),
            Err(error) => findings.fault(
                format!("{setting} {address} cannot be listened on: {error}"),
                format!("is another program there? choose another address with {setting}"),
            ),
        }
    }
}

/// Asks every listener whether the process lives.
async fn ask(run: &RunFile, facts: &Facts, findings: &mut Findings) {
    if let Some(address) = run.https {
        let asked = ask_https(run, facts, reachable(address)).await;
        note("https", address, asked, facts.ground.cert_file.is_some(), findings);
    }
    for (name, address, status) in [("http", run.http, 308), ("ops", run.ops, 200)] {
        let Some(address) = address else { continue };
        let asked = match plain_client() {
            Ok(client) => get(&client, &format!("http://{}/livez", reachable(address)), status).await,
            Err(problem) => Err(problem),
        };
        note(name, address, asked, false, findings);
    }
}

/// Why a listener did not answer as it should.
enum Silent {
    /// This machine does not trust its certificate.
    Untrusted(String),
    /// Anything else.
    Failed(String),
}

fn note(
    name: &str,
    address: SocketAddr,
    asked: Result<(), Silent>,
    is_operators: bool,
    findings: &mut Findings,
) {
    match asked {
        Ok(()) => findings.well(format!("{name} {address} answers")),
        Err(Silent::Untrusted(problem)) if is_operators => findings.warn(
            format!("{name} {address} answers with a certificate that this machine does not trust: {problem}"),
            "add the intermediate certificates to tls.cert_file; fine if clients know the authority otherwise",
        ),
        Err(Silent::Untrusted(problem)) => findings.fault(
            format!("{name} {address} answers with a certificate that tls/ca.pem does not vouch for: {problem}"),
            "is another program there? else `mainstay tls renew`",
        ),
        Err(Silent::Failed(problem)) => findings.fault(
            format!("{name} {address} does not answer: {problem}"),
            "see the appliance's log; a firewall on this machine may stand between",
        ),
    }
}

/// Asks over HTTPS, under a name that the certificate is for.
async fn ask_https(run: &RunFile, facts: &Facts, address: SocketAddr) -> Result<(), Silent> {
    let Some(certificate) = &facts.tls.certificate else {
        return get(&plain_client()?, &format!("http://{address}/livez"), 200).await;
    };
    let tls = match &run.ca {
        Some(ca) => client_config(ca),
        None => system_client_config(),
    };
    let tls = tls.map_err(|error| Silent::Failed(ErrorChain(&error).to_string()))?;
    let is_dns = |name: &&String| name.parse::<std::net::IpAddr>().is_err();
    let name = certificate.names.iter().find(is_dns);
    let name = name.map(|name| name.replacen('*', "mainstay", 1));
    let host =
        name.as_deref().map_or_else(|| address.to_string(), |name| format!("{name}:{}", address.port()));
    let mut builder = Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(WAIT_MAX);
    if let Some(name) = &name {
        builder = builder.resolve(name, address);
    }
    let client = builder.build().map_err(|error| Silent::Failed(ErrorChain(&error).to_string()))?;
    get(&client, &format!("https://{host}/livez"), 200).await
}

/// Returns a client for the plain listeners, which does not follow the way to HTTPS.
fn plain_client() -> Result<Client, Silent> {
    let failed = |error: &dyn std::error::Error| Silent::Failed(ErrorChain(error).to_string());
    // The library wants a configuration even where no TLS is spoken.
    let tls = system_client_config().map_err(|error| failed(&error))?;
    let builder = Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(WAIT_MAX);
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(|error| failed(&error))
}

async fn get(client: &Client, url: &str, status: u16) -> Result<(), Silent> {
    match client.get(url).send().await {
        Ok(answer) if answer.status() == status => Ok(()),
        Ok(answer) => Err(Silent::Failed(format!("status {} instead of {status}", answer.status().as_u16()))),
        Err(error) if is_untrusted(&error) => Err(Silent::Untrusted(ErrorChain(&error).to_string())),
        Err(error) => Err(Silent::Failed(ErrorChain(&error).to_string())),
    }
}
