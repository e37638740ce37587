//! Requests that proxies forward, and whom the settings believe.

use super::finding::{Finding, Findings};
use crate::services::limits::Forwarded;
use ipnet::IpNet;

/// Judges what was forwarded. `forwarded` is none while no appliance runs that could have seen requests.
pub(super) fn judge(trusted: &[IpNet], forwarded: Option<&Forwarded>) -> Finding {
    let mut findings = Findings::of("proxies");
    for network in trusted.iter().filter(|network| network.prefix_len() == 0) {
        findings.fault(
            format!("limits.trusted_proxies holds {network}: everybody may claim any address"),
            "name only the networks of your own proxies",
        );
    }
    match forwarded {
        None => findings.well("the appliance does not run, so no request was seen"),
        Some(Forwarded { requests: 0, .. }) => {
            findings.well("no request came with forwarding headers from an untrusted peer");
        }
        Some(Forwarded { requests, peer, at }) => {
            let peer = peer.map_or_else(String::new, |peer| format!(", the latest from {peer}"));
            let at = at.map_or_else(String::new, |at| format!(" at {at}"));
            findings.warn(
                format!("{requests} requests came with Forwarded or X-Forwarded-For from untrusted peers{peer}{at}"),
                "if it is your proxy, name its network in limits.trusted_proxies: else all its clients count as one",
            );
        }
    }
    findings.end()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn untrusted_forwarders_are_told_and_trust_in_everybody_is_a_fault() {
        let seen = Forwarded { requests: 3, peer: Some("192.0.2.9".parse().unwrap()), at: None };
        let told = judge(&[], Some(&seen));
        assert_eq!(told.verdict, Verdict::Warning);
        assert!(told.seen.starts_with("3 requests") && told.seen.contains("192.0.2.9"), "{told:?}");
        assert_eq!(judge(&[], Some(&Forwarded::default())).verdict, Verdict::Ok);
        assert_eq!(judge(&[], None).verdict, Verdict::Ok);
        for everybody in ["0.0.0.0/0", "::/0"] {
            assert_eq!(judge(&[everybody.parse().unwrap()], None).verdict, Verdict::Fault);
        }
    }
}
