//! What the terminal shows: lines for people, or one JSON object a line.

use crate::cli::demo::credential::{SCOPES, TENANT};
use crate::cli::demo::login::Login;
use crate::cli::demo::place::Place;
use crate::cli::demo::statistics::Statistics;
use crate::cli::output;
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::store::verify::Verification;
use data_encoding::HEXLOWER;
use indicatif::HumanCount;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(super) enum Screen {
    Lines,
    Json,
}

#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// Such as `https://127.0.0.1:8443`.
    pub(super) address: String,
    pub(super) authority: PathBuf,
    pub(super) place: Place,
    /// Who signs in to the console; none where that is no longer the demo's own operator.
    pub(super) login: Option<Login>,
}

impl Screen {
    pub(super) fn started(self, reach: &Reach) -> io::Result<()> {
        let [read, send, list] = commands(reach);
        let (path, header_file, logs) = (reach.place.path(), reach.place.header_file(), reach.place.logs());
        let console = format!("{}/console", reach.address);
        if let Self::Json = self {
            return show(
                "started",
                [json!({
                    "address": reach.address, "ca": reach.authority, "header_file": header_file,
                    "data_dir": path, "logs": logs, "tenant": TENANT,
                    "console": console, "login_file": reach.login.as_ref().map(|_| reach.place.login_file()),
                    "read": read, "send": send, "list": list,
                })],
            );
        }
        let login = match &reach.login {
            Some(login) => format!("{}, password {}", login.name, login.password.expose()),
            None => "its operators were changed by hand".to_owned(),
        };
        let scopes = SCOPES.map(Scope::as_str).join(", ");
        for line in [
            "Four made-up stores send point-of-sale events to this appliance; Ctrl-C ends it.",
            &format!("  address    {}", reach.address),
            &format!("  authority  {}", reach.authority.display()),
            &format!("  console    {console} ({login})"),
            &format!("  token      in {} (tenant {TENANT}; {scopes})", header_file.display()),
            &format!("  data, log  {}, {}", path.display(), logs.display()),
            "Read the newest events, send one of your own, list them from a shell:",
            &format!("  {read}"),
            &format!("  {send}"),
            &format!("  {list}"),
            "Counts go on from earlier runs; p50 and p95 are of the latest 1,000 answers, the rate is this run's. UTC:",
        ] {
            output::try_line(line)?;
        }
        Ok(())
    }

    pub(super) fn status(self, now: Timestamp, statistics: &Statistics, elapsed: Duration) -> io::Result<()> {
        match self {
            Self::Lines => {
                // 2026-01-31T18:00:00.000000Z
                let now = now.to_string();
                let time = now.get(11..19).unwrap_or(&now);
                output::try_line(&format!("{time}  {}", statistics.line(elapsed)))
            }
            Self::Json => show("status", [json!({ "time": now }), statistics.json(elapsed)]),
        }
    }

    pub(super) fn ended(
        self,
        statistics: &Statistics,
        elapsed: Duration,
        ledger: &Verification,
    ) -> io::Result<()> {
        let root = HEXLOWER.encode(&ledger.head_root);
        if let Self::Json = self {
            let ledger = json!({
                "whole": ledger.is_whole(), "size": ledger.size, "root": root, "problems": ledger.problems,
            });
            return show("ended", [json!({ "ledger": ledger }), statistics.json(elapsed)]);
        }
        let found = if ledger.is_whole() { "whole" } else { "not whole" };
        let ledger_line = format!("ledger {found}: {} events, root {root}", HumanCount(ledger.size));
        let problems = ledger.problems.iter().map(|problem| format!("  {problem}"));
        let mut lines = summary(statistics, elapsed).into_iter().chain([ledger_line]).chain(problems);
        lines.try_for_each(|line| output::try_line(&line))
    }
}

fn summary(statistics: &Statistics, elapsed: Duration) -> [String; 2] {
    let [stored, repeats, refused] = statistics.now.shown();
    let places =
        statistics.seqs.map_or_else(String::new, |(first, last)| format!(" (seq {first} to {last})"));
    let unexpected = match statistics.unexpected {
        0 => "nothing unexpected".to_owned(),
        count => format!("{} not as expected", HumanCount(count)),
    };
    let (seconds, rate) = (elapsed.as_secs_f64(), statistics.rate(elapsed));
    let run = format!(
        "run {}: stored {stored}{places} in {seconds:.1} s, {rate:.1}/s; repeats {repeats}, refused {refused}, {unexpected}",
        statistics.run,
    );
    let [stored, repeats, refused] = statistics.in_all().shown();
    [run, format!("in all: stored {stored}, repeats {repeats}, refused {refused}")]
}

fn show<const N: usize>(kind: &str, objects: [Value; N]) -> io::Result<()> {
    let mut line = json!({ "kind": kind });
    for object in objects {
        if let (Value::Object(line), Value::Object(fields)) = (&mut line, object) {
            line.extend(fields);
        }
    }
    output::try_line(&line.to_string())
}

/// Returns commands to copy: one that reads, one that sends, one that lists.
fn commands(reach: &Reach) -> [String; 3] {
    let Reach { address, authority, place, .. } = reach;
    let header = quoted(&format!("@{}", place.header_file().display()));
    let curl = format!("curl --cacert {} -H {header}", quoted_path(authority));
    let program = std::env::args_os().next().unwrap_or_else(|| "mainstay".into());
    let [program, directory] = [Path::new(&program), place.path()].map(quoted_path);
    [
        format!("{curl} '{address}/v1/events?order=desc&limit=3'"),
        format!(
            "{curl} -H 'Idempotency-Key: my-1' -H 'Content-Type: application/json' -d '{{\"hello\":\"world\"}}' '{address}/v1/events?type=greeting'"
        ),
        format!("{program} events list --tenant {TENANT} --limit 10 --data-dir {directory}"),
    ]
}

fn quoted_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Quotes a word for a POSIX shell where it has to be.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::statistics::Counts;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        assert_eq!(quoted("./a-b/c.pem"), "./a-b/c.pem");
        assert_eq!(quoted("my demo"), "'my demo'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_summary_tells_this_run_from_all() {
        let mut statistics = Statistics::new(3, Counts { stored: 1_000, repeats: 50, refused: 10 });
        statistics.stored("/v1/events/1100");
        statistics.stored("/v1/events/1099");
        let [run, all] = summary(&statistics, Duration::from_secs(1));
        let expected =
            "run 3: stored 2 (seq 1099 to 1100) in 1.0 s, 2.0/s; repeats 0, refused 0, nothing unexpected";
        assert_eq!(run, expected);
        assert_eq!(all, "in all: stored 1,002, repeats 50, refused 10");
    }
}
