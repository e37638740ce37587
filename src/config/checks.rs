//! What settings must hold together, and what production forbids.

use crate::config::cors::WebOrigin;
use crate::config::environment::Environment;
use crate::config::idempotency::Retention;
use crate::config::problem::{Origin, Problem, Problems};
use crate::config::reference;
use crate::config::tls::TlsMode;
use crate::config::whole::Config;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// The journal holds entries up to this part of a segment, so that a segment never holds less than a few.
const BODIES_PER_SEGMENT_MIN: u64 = 4;

/// Bits of a file's mode that let every user read or write it.
const OTHERS_READ_WRITE: u32 = 0o006;

/// What the checks look at: values, where they came from, and which could not be read.
pub(super) struct Checked<'a> {
    pub(super) config: &'a Config,
    pub(super) origin: &'a dyn Fn(&str) -> Origin,
    /// Tells whether the setting's value was refused; checks that need it are left out.
    pub(super) refused: &'a dyn Fn(&str) -> bool,
}

#[derive(Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

/// Checks everything that more than one setting decides.
pub(super) fn check(checked: &Checked<'_>) -> Findings {
    let mut findings = Findings::default();
    sizes(checked, &mut findings);
    certificate_files(checked, &mut findings);
    addresses(checked, &mut findings);
    production(checked, &mut findings);
    findings
}

/// Checks a configuration whose every value was read; returns what is unwise.
pub(super) fn accept(config: &Config, origin: &dyn Fn(&str) -> Origin) -> Result<Vec<Problem>, Problems> {
    let Findings { errors, warnings } = check(&Checked { config, origin, refused: &|_key| false });
    if errors.is_empty() { Ok(warnings) } else { Err(Problems(errors)) }
}

fn sizes(checked: &Checked<'_>, findings: &mut Findings) {
    let Config { limits, store, idempotency, .. } = checked.config;
    let body_bytes_max = limits.body_bytes_max as u64;
    let (body, segment) = ("limits.body_bytes_max", "store.journal_segment_bytes");
    if body_bytes_max > store.journal_segment_bytes / BODIES_PER_SEGMENT_MIN {
        let hint = format!("set {segment} to at least four times this, or make this smaller");
        let reason = format!("more than a quarter of {segment}");
        findings.errors.extend(checked.problem(&[body, segment], reason, hint));
    }
    let queue = "store.queue_bytes_max";
    if body_bytes_max > store.queue_bytes_max as u64 {
        let hint = format!("make it at least {body}");
        findings.errors.extend(checked.problem(&[queue, body], format!("less than {body}"), hint));
    }
    let (window, retention) = ("idempotency.auto_window", "idempotency.retention");
    if matches!(idempotency.retention, Retention::For(time) if idempotency.auto_window > time) {
        let hint = format!("make it at most {retention}");
        let reason = format!("longer than {retention}");
        findings.errors.extend(checked.problem(&[window, retention], reason, hint));
    }
}

fn certificate_files(checked: &Checked<'_>, findings: &mut Findings) {
    let tls = &checked.config.tls;
    for (key, file) in [("tls.cert_file", &tls.cert_file), ("tls.key_file", &tls.key_file)] {
        match (tls.mode, file) {
            (TlsMode::Files, None) => {
                let reason = "missing, but tls.mode is files";
                let hint = "name both tls.cert_file and tls.key_file, or set tls.mode to own";
                findings.errors.extend(checked.problem(&[key, "tls.mode"], reason, hint));
            }
            (TlsMode::Own | TlsMode::Off, Some(_)) => {
                let reason = format!("not used, because tls.mode is {}", tls.mode);
                let hint = "set tls.mode to files, or take it out";
                findings.warnings.extend(checked.problem(&[key, "tls.mode"], reason, hint));
            }
            _ => {}
        }
    }
    if tls.mode != TlsMode::Own && !tls.names.is_empty() {
        let reason = format!("not used, because tls.mode is {}", tls.mode);
        let hint = "set tls.mode to own, or take it out";
        findings.warnings.extend(checked.problem(&["tls.names", "tls.mode"], reason, hint));
    }
}

fn addresses(checked: &Checked<'_>, findings: &mut Findings) {
    let listen = &checked.config.listen;
    let (https, http, ops) = ("listen.https", "listen.http", "listen.ops");
    let pairs = [
        (http, listen.http, https, Some(listen.https)),
        (ops, listen.ops, https, Some(listen.https)),
        (ops, listen.ops, http, listen.http),
    ];
    for (key, address, other_key, other) in pairs {
        if let (Some(address), Some(other)) = (address, other)
            && collide(address, other)
        {
            let reason = format!("takes the same port as {other_key}");
            findings.errors.extend(checked.problem(&[key, other_key], reason, "give it another port"));
        }
    }
}

/// Tells whether two listeners cannot both be bound.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let any = |address: SocketAddr| address.ip().is_unspecified();
    one.port() != 0
        && one.port() == other.port()
        && (one.ip().to_canonical() == other.ip().to_canonical() || any(one) || any(other))
}

fn production(checked: &Checked<'_>, findings: &mut Findings) {
    let Config { environment, listen, tls, cors, .. } = checked.config;
    if tls.mode == TlsMode::Off && !listen.https.ip().to_canonical().is_loopback() {
        let reason = "plain HTTP on an address that others reach: credentials would travel in the clear";
        let hint = "set tls.mode to own or files, or listen.https to 127.0.0.1 behind a proxy";
        let keys = ["tls.mode", "listen.https"];
        findings.by(*environment).extend(checked.problem(&keys, reason, hint));
    }
    if cors.origins.iter().any(|origin| origin.as_str() == WebOrigin::ANY) {
        let reason = "every page on the web may call the appliance";
        let hint = "name the origins whose pages call it";
        findings.by(*environment).extend(checked.problem(&["cors.origins"], reason, hint));
    }
    if listen.ops.is_some_and(|ops| is_public(ops.ip())) {
        let reason = "plain metrics and health on a public address";
        let hint = "bind it to loopback or to one address of a private network";
        findings.by(*environment).extend(checked.problem(&["listen.ops"], reason, hint));
    }
}

/// Tells whether an address is neither of this machine nor of a private network. All interfaces together count as
/// public.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared(v4)),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

/// 100.64.0.0/10, the providers' and overlay networks' own space (RFC 6598).
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

impl Findings {
    /// Where a finding belongs: production refuses what development warns of.
    fn by(&mut self, environment: Environment) -> &mut Vec<Problem> {
        match environment {
            Environment::Development => &mut self.warnings,
            Environment::Production => &mut self.errors,
        }
    }
}

impl Checked<'_> {
    /// Returns a problem of the first key, or nothing if one of the keys has no value to judge. It is said to come
    /// from where the first key was set, or else the next one that was.
    fn problem(&self, keys: &[&str], reason: impl Into<String>, hint: impl Into<String>) -> Option<Problem> {
        if keys.iter().any(|key| (self.refused)(key)) {
            return None;
        }
        let entry = keys.first().and_then(|key| reference::find(key)).expect("checks name settings");
        let set = keys.iter().map(|key| (self.origin)(key)).find(|origin| *origin != Origin::Default);
        let origin = set.unwrap_or(Origin::Default);
        let value = Some(entry.shown(self.config));
        Some(Problem { value, ..Problem::new(entry.key(), origin, reason, hint) })
    }
}

/// Checks who may read a private key's file, whose mode the caller has read: everybody is an error in production, and
/// in development a warning, which is returned.
pub fn check_key_file_mode(
    path: &Path,
    mode: u32,
    environment: Environment,
) -> Result<Option<Problem>, Problems> {
    if mode & OTHERS_READ_WRITE == 0 {
        return Ok(None);
    }
    let origin = Origin::File { path: path.to_owned(), line: None };
    let reason = format!("a private key that every user of the machine can use (mode {:04o})", mode & 0o7777);
    environment.judge(Problem::new("", origin, reason, format!("chmod 600 {}", path.display())))
}
