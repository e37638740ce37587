//! Names: the machine's own and those of the settings, and whether they resolve here.

use super::finding::{Finding, Findings};
use crate::platform::system::host_name;
use std::net::IpAddr;
use std::time::Duration;
use tokio::task::JoinSet;

/// Longest wait for an answer about one name; the resolver's own limits may be longer.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A name and what was found for it: addresses, or why there are none.
pub(super) struct Resolved {
    pub(super) name: String,
    /// Whether the settings name it; else it is the machine's own.
    pub(super) is_set: bool,
    pub(super) found: Result<Vec<IpAddr>, String>,
}

/// Asks for the machine's name and the settings' names, all at once. Addresses and wildcards need no answer.
pub(super) async fn resolve(settings: &[String]) -> Vec<Resolved> {
    let asks = |name: &String| name.parse::<IpAddr>().is_err() && !name.starts_with("*.");
    let names: Vec<_> = settings.iter().filter(|name| asks(name)).cloned().map(|name| (name, true)).collect();
    let mut asked = JoinSet::new();
    for (at, (name, is_set)) in std::iter::once((host_name(), false)).chain(names).enumerate() {
        asked.spawn(async move { (at, Resolved { found: addresses(&name).await, name, is_set }) });
    }
    let mut resolved = asked.join_all().await;
    resolved.sort_by_key(|(at, _)| *at);
    resolved.into_iter().map(|(_, resolved)| resolved).collect()
}

async fn addresses(name: &str) -> Result<Vec<IpAddr>, String> {
    match tokio::time::timeout(WAIT_MAX, tokio::net::lookup_host((name, 0))).await {
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            addresses.dedup();
            Ok(addresses)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_elapsed) => Err(format!("no answer within {} s", WAIT_MAX.as_secs())),
    }
}

pub(super) fn judge(resolved: &[Resolved]) -> Finding {
    let mut findings = Findings::of("dns");
    for Resolved { name, is_set, found } in resolved {
        match (found, is_set) {
            (Ok(addresses), _) if !addresses.is_empty() => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                findings.well(format!("{name} is {}", addresses.join(", ")));
            }
            (found, true) => findings.fault(
                format!("{name} of tls.names does not resolve ({})", reason(found)),
                "give the name a DNS record, or take it out of tls.names: clients cannot reach it",
            ),
            (found, false) => findings.warn(
                format!("the host name {name} does not resolve here ({})", reason(found)),
                "add it to /etc/hosts or to DNS",
            ),
        }
    }
    findings.end()
}

fn reason(found: &Result<Vec<IpAddr>, String>) -> &str {
    found.as_ref().err().map_or("no address", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn a_name_of_the_settings_must_resolve_and_the_machines_own_should() {
        let of = |is_set, found| judge(&[Resolved { name: "till.example".to_owned(), is_set, found }]);
        let found = Ok(vec!["192.0.2.7".parse().unwrap()]);
        assert_eq!(of(true, found.clone()).seen, "till.example is 192.0.2.7");
        assert_eq!(of(false, found).verdict, Verdict::Ok);
        assert_eq!(of(false, Err("unknown".to_owned())).verdict, Verdict::Warning);
        let lost = of(true, Err("unknown".to_owned()));
        assert_eq!(lost.verdict, Verdict::Fault);
        assert!(lost.seen.contains("till.example of tls.names does not resolve (unknown)"), "{lost:?}");
        assert_eq!(of(true, Ok(Vec::new())).verdict, Verdict::Fault);
    }

    #[tokio::test]
    async fn addresses_and_wildcards_are_not_asked_for() {
        let names = ["192.0.2.1", "::1", "*.example.com", "localhost"].map(str::to_owned);
        let resolved = resolve(&names).await;
        let asked: Vec<_> = resolved.iter().filter(|one| one.is_set).map(|one| one.name.as_str()).collect();
        assert_eq!(asked, ["localhost"]);
    }
}
