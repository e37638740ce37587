//! The certificate: what is served, and what the operator's files hold.

use super::finding::{Finding, Findings};
use crate::domain::time::Timestamp;
use crate::tls::status::{CertificateStatus, TlsStatus};

/// The appliance's own certificate is renewed thirty days before its end: one with fewer days was not.
const OWN_DAYS_MIN: i64 = 28;

/// The operator's certificate should be renewed with so many days left.
const OPERATOR_DAYS_WARNED: i64 = 21;

/// With so few it may well end before anybody does something.
const OPERATOR_DAYS_MIN: i64 = 7;

/// Judges what is served. `files` is what the operator's files hold at this moment, or why they are of no use; none
/// where there are no such files.
pub(super) fn judge(
    status: &TlsStatus,
    names: &[String],
    files: Option<&Result<TlsStatus, String>>,
    now: Timestamp,
) -> Finding {
    let mut findings = Findings::of("certificate");
    let Some(served) = &status.certificate else {
        findings.well("none: the listener speaks plain HTTP for a proxy on this machine (tls.mode is off)");
        return findings.end();
    };
    let is_own = status.authority.is_some();
    term(served, is_own, now, &mut findings);
    if let Some(authority) = &status.authority {
        authority_term(authority, now, &mut findings);
    }
    chain(status, served, &mut findings);
    if !status.names_left_out.is_empty() {
        let names = status.names_left_out.join(", ");
        findings.fault(
            format!("{names} of tls.names is not in it: the authority was made for other names"),
            "`mainstay tls rotate-ca`, then give every client the new ca.pem at once",
        );
    }
    let left_out = |name: &str| status.names_left_out.iter().any(|one| one.eq_ignore_ascii_case(name));
    let lacking: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| is_own && !has_name(served, name) && !left_out(name.trim_end_matches('.')))
        .collect();
    if !lacking.is_empty() {
        let lacking = lacking.join(", ");
        findings.fault(
            format!("{lacking} of tls.names is not in it"),
            "restart the appliance, or `mainstay tls renew`",
        );
    }
    if served.names.is_empty() {
        findings.fault("it names no host, so clients refuse it", "get one with a subjectAltName");
    }
    match files {
        Some(Err(problem)) => {
            findings.fault(
                format!("the files are of no use, the former certificate is still served: {problem}"),
                "mend the files, then `systemctl reload mainstay`",
            );
        }
        Some(Ok(on_disk)) if on_disk.certificate.as_ref().map(|one| &one.sha256) != Some(&served.sha256) => {
            findings
                .warn("the file holds another one than is served", "`systemctl reload mainstay` takes it in");
        }
        _ => {}
    }
    findings.end()
}

fn term(served: &CertificateStatus, is_own: bool, now: Timestamp, findings: &mut Findings) {
    let days = served.days_left;
    let end = served.not_after;
    let (warned, least, hint) = if is_own {
        (OWN_DAYS_MIN, 0, "it should have been renewed by itself: see the log, then `mainstay tls renew`")
    } else {
        (
            OPERATOR_DAYS_WARNED,
            OPERATOR_DAYS_MIN,
            "renew it where it came from, then `systemctl reload mainstay`",
        )
    };
    if served.not_after <= now {
        findings.fault(format!("it ended at {end}"), hint);
    } else if days < least {
        findings.fault(format!("it ends in {days} days, at {end}"), hint);
    } else if days < warned {
        findings.warn(format!("it ends in {days} days, at {end}"), hint);
    } else {
        findings.well(format!("{days} days left, for {}", served.names.join(", ")));
    }
    if served.not_before > now {
        findings.fault(format!("it is valid only from {} on", served.not_before), "set this machine's clock");
    }
}

/// The authority is rotated by itself as early as the certificate is renewed.
fn authority_term(authority: &CertificateStatus, now: Timestamp, findings: &mut Findings) {
    let CertificateStatus { days_left, not_before, not_after, .. } = authority;
    let hint = "check this machine's clock, then `mainstay tls rotate-ca`";
    if *not_after <= now {
        findings.fault(format!("its authority ended at {not_after}"), hint);
    } else if *days_left < OWN_DAYS_MIN {
        findings.warn(format!("its authority ends in {days_left} days, at {not_after}"), hint);
    }
    if *not_before > now {
        let seen = format!("its authority is valid only from {not_before} on");
        findings.fault(seen, "set this machine's clock");
    }
}

fn chain(status: &TlsStatus, served: &CertificateStatus, findings: &mut Findings) {
    if !status.chain_in_order {
        findings.fault(
            "its chain is out of order: each certificate must be signed by the one that follows it",
            "write the server's certificate first and the intermediate ones after it",
        );
    }
    match &status.authority {
        Some(authority) if authority.subject != served.issuer => findings.fault(
            format!("it was issued by {}, and the authority is {}", served.issuer, authority.subject),
            "`mainstay tls renew`",
        ),
        _ => findings.well(format!("issued by {}", served.issuer)),
    }
}

/// Names of DNS are the same in either case (RFC 4343).
fn has_name(served: &CertificateStatus, name: &str) -> bool {
    served.names.iter().any(|held| held.eq_ignore_ascii_case(name.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    const NOW: &str = "2026-03-01T12:00:00Z";

    fn now() -> Timestamp {
        Timestamp::parse(NOW).unwrap()
    }

    fn one(days_left: i64, subject: &str, issuer: &str) -> CertificateStatus {
        let not_after = if days_left < 0 { "2026-02-01T00:00:00Z" } else { "2026-09-01T00:00:00Z" };
        CertificateStatus {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            names: vec!["till.example".to_owned()],
            not_before: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
            not_after: Timestamp::parse(not_after).unwrap(),
            days_left,
            sha256: format!("{days_left}"),
        }
    }

    fn status(days_left: i64, authority: Option<&str>) -> TlsStatus {
        TlsStatus {
            mode: "own".to_owned(),
            certificate: Some(one(days_left, "CN=server", "CN=ca")),
            chain_in_order: true,
            authority: authority.map(|subject| one(3_000, subject, subject)),
            names_left_out: Vec::new(),
            previous_authorities: Vec::new(),
        }
    }

    fn own(days_left: i64) -> Verdict {
        judge(&status(days_left, Some("CN=ca")), &[], None, now()).verdict
    }

    #[test]
    fn days_left_are_judged_by_who_renews_it() {
        assert_eq!([own(60), own(20), own(-1)], [Verdict::Ok, Verdict::Warning, Verdict::Fault]);
        let theirs = |days| judge(&status(days, None), &[], None, now()).verdict;
        let all = [theirs(60), theirs(20), theirs(6), theirs(-1)];
        assert_eq!(all, [Verdict::Ok, Verdict::Warning, Verdict::Fault, Verdict::Fault]);
    }

    #[test]
    fn names_chain_and_files_must_fit() {
        let whole = status(60, Some("CN=ca"));
        let names = |name: &str| judge(&whole, &[name.to_owned()], None, now());
        assert_eq!(names("TILL.example").verdict, Verdict::Ok);
        assert!(names("other.example").seen.contains("other.example of tls.names is not in it"));
        assert_eq!(judge(&status(60, Some("CN=other")), &[], None, now()).verdict, Verdict::Fault);
        let torn = TlsStatus { chain_in_order: false, ..whole.clone() };
        assert_eq!(judge(&torn, &[], None, now()).verdict, Verdict::Fault);
        let served = status(60, None);
        let beside = |files| judge(&served, &[], Some(&files), now()).verdict;
        assert_eq!(beside(Ok(served.clone())), Verdict::Ok);
        assert_eq!(beside(Ok(status(80, None))), Verdict::Warning);
        assert_eq!(beside(Err("its private key does not belong".to_owned())), Verdict::Fault);
    }

    #[test]
    fn an_authority_that_ends_has_ended_or_has_not_begun_is_told() {
        let of = |change: fn(&mut CertificateStatus)| {
            let mut status = status(60, Some("CN=ca"));
            change(status.authority.as_mut().unwrap());
            judge(&status, &[], None, now())
        };
        let early = of(|one| one.not_before = Timestamp::parse("2026-06-01T00:00:00Z").unwrap());
        assert!(early.verdict == Verdict::Fault && early.seen.contains("its authority is valid only from"));
        let ended = of(|one| one.not_after = Timestamp::parse(NOW).unwrap());
        assert!(
            ended.verdict == Verdict::Fault && ended.seen.contains("its authority ended at"),
            "{ended:?}"
        );
        assert!(ended.hint.unwrap().contains("rotate-ca"));
        assert_eq!(of(|one| one.days_left = 20).verdict, Verdict::Warning);
    }

    #[test]
    fn a_name_that_the_authority_may_not_certify_is_told_with_the_way_out() {
        let name = || vec!["Shop.example".to_owned()];
        let lacking =
            TlsStatus { names_left_out: vec!["shop.example".to_owned()], ..status(60, Some("CN=ca")) };
        let found = judge(&lacking, &name(), None, now());
        assert_eq!(found.verdict, Verdict::Fault);
        assert_eq!(found.seen.matches("tls.names").count(), 1, "{found:?}");
        assert!(found.hint.unwrap().contains("rotate-ca"));
    }

    #[test]
    fn a_certificate_from_the_future_or_without_names_is_a_fault() {
        let mut early = status(60, None);
        early.certificate.as_mut().unwrap().not_before = Timestamp::parse("2026-06-01T00:00:00Z").unwrap();
        assert_eq!(judge(&early, &[], None, now()).verdict, Verdict::Fault);
        let mut nameless = status(60, None);
        nameless.certificate.as_mut().unwrap().names.clear();
        assert_eq!(judge(&nameless, &[], None, now()).verdict, Verdict::Fault);
        let off = TlsStatus { certificate: None, ..status(60, None) };
        assert_eq!(judge(&off, &["a.example".to_owned()], None, now()).verdict, Verdict::Ok);
    }
}
