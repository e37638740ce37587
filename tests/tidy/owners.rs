//! Some crates and clocks belong to one floor, so that it alone has to change when they do.

use crate::paths::{NamedPath, Usage, paths};
use crate::tree::{Finding, Source};
use std::collections::HashSet;

/// Words in a row that only some places may name.
struct Owner {
    words: &'static [&'static str],
    /// Whether they must start the path (crates), or may stand anywhere in it (items).
    anywhere: bool,
    places: &'static [&'static str],
}

const fn of_crate(words: &'static [&'static str], places: &'static [&'static str]) -> Owner {
    Owner { words, anywhere: false, places }
}

const fn of_item(words: &'static [&'static str], places: &'static [&'static str]) -> Owner {
    Owner { words, anywhere: true, places }
}

/// Who alone may name what.
const OWNERS: &[Owner] = &[
    of_crate(&["ring"], &["src/crypto/", "src/platform/"]),
    of_crate(&["argon2"], &["src/crypto/"]),
    of_crate(&["toml"], &["src/config/"]),
    of_crate(&["tracing_subscriber"], &["src/telemetry/"]),
    of_crate(&["tracing_appender"], &["src/telemetry/"]),
    of_crate(&["prometheus"], &["src/telemetry/"]),
    of_crate(&["redb"], &["src/store/"]),
    of_crate(&["rustls"], &["src/tls/"]),
    of_crate(&["rcgen"], &["src/tls/"]),
    of_crate(&["tokio_rustls"], &["src/tls/", "src/http/listener.rs", "src/http/listener/"]),
    of_crate(&["sd_notify"], &["src/platform/"]),
    of_crate(&["axum"], &["src/http/", "src/api/", "src/console/", "src/app/router_tests.rs"]),
    of_crate(&["askama"], &["src/http/openapi/", "src/console/"]),
    of_crate(&["rust_embed"], &["src/http/"]),
    of_crate(&["schemars"], &["src/services/", "src/http/", "src/api/"]),
    of_crate(&["reqwest"], &["src/services/", "src/cli/"]),
    of_crate(&["clap"], &["src/cli/"]),
    of_item(&["SystemTime"], &["src/platform/clock.rs"]),
    of_item(&["Zoned", "now"], &["src/platform/clock.rs"]),
    of_item(&["jiff", "Timestamp", "now"], &["src/platform/clock.rs"]),
    of_item(&["OffsetDateTime", "now_utc"], &["src/platform/clock.rs"]),
    of_item(&["ASN1Time", "now"], &["src/platform/clock.rs"]),
    of_item(&["UnixTime", "now"], &["src/platform/clock.rs"]),
    of_item(&["SystemRandom"], &["src/platform/entropy.rs"]),
];

/// Floors that know neither machine nor time.
const PURE: [&str; 2] = ["src/crypto/", "src/domain/"];

/// What the pure floors never name.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
    &["Instant", "now"],
    &["TcpStream"],
    &["UdpSocket"],
];

fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let paths = paths(&source.tokens);
    let imported: HashSet<&str> = paths.iter().filter_map(imported_name).collect();
    // `ring::…` below `use rustls::crypto::ring` is no crate; its import has been judged itself.
    let local = |path: &NamedPath| {
        path.usage == Usage::Inline
            && path.segments.first().is_some_and(|word| imported.contains(word.as_str()))
    };
    for path in &paths {
        let mut note = |what: String| findings.push(Finding::new(&source.path, path.line, what));
        for owner in OWNERS.iter().filter(|owner| names(path, owner) && (owner.anywhere || !local(path))) {
            if !owner.places.iter().any(|place| source.is_under(place)) {
                let (words, places) = (owner.words.join("::"), owner.places.join(", "));
                note(format!("names `{words}`; hint: only {places} may, so call what is there or add to it"));
            }
        }
        if PURE.iter().any(|floor| source.is_under(floor)) {
            for words in IMPURE.iter().filter(|words| path.contains(words)) {
                let words = words.join("::");
                note(format!("names `{words}` in a pure floor; hint: take the value as a parameter"));
            }
        }
    }
    findings
}

/// Returns the name that an import of more than a whole crate brings in.
fn imported_name(path: &NamedPath) -> Option<&str> {
    if path.usage == Usage::Inline || path.segments.len() < 2 { None } else { path.name() }
}

fn names(path: &NamedPath, owner: &Owner) -> bool {
    if owner.anywhere { path.contains(owner.words) } else { path.starts_with(owner.words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources};

    #[test]
    fn every_crate_is_named_by_its_owner_alone() {
        let sources = sources();
        let program = sources.iter().filter(|source| source.is_under("src/"));
        assert_none(program.flat_map(findings).collect());
    }

    #[test]
    fn strangers_are_found() {
        for (path, text, count) in [
            ("src/http/api.rs", "use redb::Database;", 1),
            ("src/store/open.rs", "use redb::Database; fn f() { redb::Builder::new() }", 0),
            ("src/http/listener.rs", "use tokio_rustls::server::TlsStream;", 0),
            ("src/http/router.rs", "use tokio_rustls::server::TlsStream;", 1),
            ("src/http/api.rs", "use crate::config::toml; fn f(t: T) { t.toml() }", 0),
            ("src/tls/provider.rs", "use rustls::crypto::ring; fn f() { ring::default_provider() }", 0),
            ("src/tls/provider.rs", "use ring; fn f() { ring::digest::SHA256 }", 2),
            ("src/store/head.rs", "fn f() { std::time::SystemTime::now() }", 1),
            ("src/domain/a.rs", "fn f() { let now = Instant::now(); std::fs::read(x) }", 2),
        ] {
            assert_eq!(findings(&Source::new(path, text)).len(), count, "{path}: {text}");
        }
    }
}
