//! `send`: files, folders and stdin, every record exactly once, whoever is killed in the middle.

use super::program::{Ended, Program, Server, end, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};

/// Lines of a file that takes a while: several rounds of requests under way.
const MANY: usize = 40_000;

/// An installation with a token of `acme` in a file, and what is sent.
struct Shop {
    program: Program,
}

impl Shop {
    fn new() -> Self {
        let program = Program::with_acme();
        let token = program.token("acme", &["events:write"]);
        std::fs::write(program.beside("token"), format!("{token}\n")).unwrap();
        Self { program }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.program.beside(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn write_many(&self) {
        let lines: Vec<_> = (0..MANY).map(|number| format!("{{\"number\":{number}}}\n")).collect();
        self.write("many.ndjson", &lines.concat());
    }

    /// The line that scripts rely on.
    fn command(&self, server: &Server, arguments: &[&str]) -> Command {
        let url = format!("https://{}", server.run["https"].as_str().unwrap());
        let ca = self.program.data("tls/ca.pem");
        let mut command = self.program.command(&["send", "--json", "--url", &url, "--token-file", "token"]);
        command.arg("--ca").arg(ca).args(["--source", "pos", "--type", "sale"]);
        command.args(arguments);
        command
    }

    fn send(&self, server: &Server, arguments: &[&str]) -> Ended {
        end(&mut self.command(server, arguments), "")
    }

    /// Starts sending many lines and returns once the first request of several is answered: events of the second are
    /// stored then.
    fn begin(&self, server: &Server) -> Child {
        let mut command = self.command(server, &["many.ndjson"]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for("an event of the second request", || {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            let listed = self.program.run(&["events", "list", "--tenant", "acme", "--limit", "1"]);
            (listed.json()[0]["data"]["number"].as_u64() >= Some(5_000)).then_some(())
        });
        child
    }

    fn stored(&self) -> Vec<Value> {
        let exported = self.program.run(&["events", "export", "--tenant", "acme"]);
        assert_eq!(exported.code, 0, "{}", exported.stderr);
        exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    fn assert_many_stored_once(&self) {
        let mut numbers: Vec<_> =
            self.stored().iter().map(|event| event["data"]["number"].as_u64().unwrap()).collect();
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..MANY as u64), "{} are stored", numbers.len());
    }
}

/// Returns sent, stored, repeats and refused.
fn counts(summary: &Value) -> [u64; 4] {
    ["sent", "stored", "repeats", "refused"].map(|name| summary[name].as_u64().unwrap())
}

/// Asserts that a second run dealt with every line: what the first had stored is a repeat, the rest is stored now.
#[track_caller]
fn assert_stored_the_rest(summary: &Value) {
    let [sent, stored, repeats, refused] = counts(summary);
    assert_eq!((sent, stored + repeats, refused), (MANY as u64, MANY as u64, 0), "{summary}");
    assert!(stored > 0 && repeats > 0, "the first run ended too early or too late: {summary}");
}

#[test]
fn equal_lines_are_all_stored_and_a_file_sent_twice_stores_nothing_more() {
    let shop = Shop::new();
    shop.write("sales.ndjson", "{\"a\":1}\n{\"a\":1}\r\n\n  {\"a\":2}");
    let server = shop.program.serve(&[]);
    assert_eq!(counts(&shop.send(&server, &["sales.ndjson"]).json()), [3, 3, 0, 0]);
    assert_eq!(counts(&shop.send(&server, &["sales.ndjson"]).json()), [3, 0, 3, 0]);
    let stored = shop.stored();
    let data: Vec<_> = stored.iter().map(|event| event["data"].clone()).collect();
    assert_eq!(data, [json!({"a":1}), json!({"a":1}), json!({"a":2})]);
    assert_eq!((&stored[0]["source"], &stored[0]["type"]), (&"pos".into(), &"sale".into()));
    let key = stored[2]["idempotency_key"].as_str().unwrap();
    assert!(key.starts_with("send1-") && key.ends_with("-0/4"), "{key}");
    server.stop();
}

#[test]
fn a_folder_is_sent_with_everything_that_can_be_told() {
    let shop = Shop::new();
    let event =
        |id: &str| format!("{{\"specversion\":\"1.0\",\n\"id\":\"{id}\",\"source\":\"s\",\"type\":\"t\"}}");
    shop.write("in/array.json", &format!("[{},\n{}]", event("1"), event("")));
    shop.write("in/deep/one.json", &event("2"));
    shop.write("in/deep/plain.json", "{\n\"a\": 1}");
    shop.write("in/deep/same.json", "{\n\"a\": 1}");
    shop.write("in/lines.jsonl", "1\n2\n");
    shop.write("in/lines.json", "3\n4\n");
    shop.write("in/notes.txt", "hello");
    shop.write("in/.hidden.json", "5");
    let server = shop.program.serve(&[]);

    let ended = shop.send(&server, &["in"]);
    let raw = shop.send(&server, &["--format", "raw", "in/notes.txt"]).json();

    assert_eq!(ended.code, 2, "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(counts(&summary), [8, 7, 0, 1]);
    assert_eq!((&summary["same_files"], &summary["skipped_files"]), (&1.into(), &2.into()));
    let refusal = &summary["refusals"][0];
    assert_eq!((&refusal["file"], &refusal["line"]), (&"in/array.json".into(), &2.into()));
    assert_eq!(refusal["code"], "invalid_cloudevent");
    assert_eq!(counts(&raw), [1, 1, 0, 0]);
    let stored = shop.stored();
    let of_type = |name: &str| stored.iter().filter(|event| event["type"] == name).count();
    assert_eq!((of_type("t"), of_type("sale")), (2, 6));
    assert_eq!(stored[7]["datacontenttype"], "text/plain");
    server.stop();
}

#[test]
fn stdin_is_sent_to_the_appliance_of_the_data_directory() {
    let shop = Shop::new();
    let server = shop.program.serve(&[]);
    let mut command = shop.program.command(&["send", "--json", "--token-file", "token"]);
    assert_eq!(counts(&end(&mut command, "{\"a\":1}\n{\"a\":1}").json()), [2, 2, 0, 0]);
    let mut command = shop.program.command(&["send", "--json", "-"]);
    command.env("MAINSTAY_TOKEN", std::fs::read_to_string(shop.program.beside("token")).unwrap().trim());
    let again = end(&mut command, "{\"a\":1}\n{\"a\":1}");
    assert_eq!(counts(&again.json()), [2, 0, 2, 0]);
    assert_eq!(shop.stored()[0]["source"], "till");
    server.stop();
}

#[test]
fn refused_lines_are_named_by_number_and_written_to_a_file() {
    let shop = Shop::new();
    let long = format!("\"{}\"", "x".repeat(2 << 20));
    shop.write("sales.ndjson", &format!("1\nnope\n\n2\n{long}\n{{\n3\n"));
    let server = shop.program.serve(&[]);

    let ended = shop.send(&server, &["sales.ndjson", "--refused", "refused.ndjson"]);

    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("3 of 6 records were refused"), "{}", ended.stderr);
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(counts(&summary), [6, 3, 0, 3]);
    let refusals = summary["refusals"].as_array().unwrap();
    assert_eq!(refusals.iter().map(|one| one["line"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 5, 6]);
    assert_eq!(summary["refused_by_code"]["invalid_json"], 2);
    let refused = std::fs::read_to_string(shop.program.beside("refused.ndjson")).unwrap();
    assert!(refused == format!("nope\n{long}\n{{\n"), "{} bytes", refused.len());
    let taken = shop.send(&server, &["sales.ndjson", "--refused", "refused.ndjson"]);
    assert_eq!((taken.code, taken.stdout.as_str()), (64, ""), "{}", taken.stderr);
    let lines = shop.send(&server, &["sales.ndjson", "--format", "json"]);
    assert_eq!(lines.code, 2, "{lines:?}");
    server.stop();
}

#[test]
fn what_cannot_be_sent_ends_with_the_code_that_says_why() {
    let shop = Shop::new();
    shop.write("a.json", "{}");
    shop.write("a.txt", "x");
    shop.write("stranger", "mst_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let server = shop.program.serve(&[]);
    let url = format!("https://{}", server.run["https"].as_str().unwrap());
    for (code, why, arguments) in [
        (64, "--format", &["--token-file", "token", "a.txt"][..]),
        (64, "there is no token", &["a.json"]),
        (64, "is not https", &["--url", "ftp://a", "--token-file", "token", "a.json"]),
        (64, "to everybody", &["--url", "http://192.0.2.1", "--token-file", "token", "a.json"]),
        (78, "cannot be read", &["--token-file", "none", "a.json"]),
        (78, "cannot be read", &["--token-file", "token", "--ca", "none", "a.json"]),
        (1, "none.json cannot be read", &["--token-file", "token", "none.json"]),
        (1, "--ca", &["--url", &url, "--token-file", "token", "a.json"]),
        (2, "401", &["--token-file", "stranger", "a.json"]),
        (2, "403", &["--token-file", "token", "--tenant", "default", "a.json"]),
    ] {
        let mut command = shop.program.command(&["send"]);
        let ended = end(command.args(arguments), "");
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(why), "{arguments:?}: {ended:?}");
    }
    let mut gone = shop.command(&server, &["a.json", "--give-up-after", "0s"]);
    server.stop();
    let ended = end(&mut gone, "");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("give the same command again"), "{ended:?}");
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap()["finished"], false);
    assert_eq!(end(shop.program.command(&["send"]).args(["--token-file", "token", "a.json"]), "").code, 64);
    assert_eq!(shop.stored(), [] as [Value; 0]);
}

#[test]
fn the_server_killed_in_the_middle_of_a_send_stores_every_line_once() {
    let shop = Shop::new();
    shop.write_many();
    let mut server = shop.program.serve(&[]);
    let listen = format!("listen.https={}", server.run["https"].as_str().unwrap());
    let sending = shop.begin(&server);
    server.kill();
    let server = shop.program.serve(&[&listen]);

    let output = sending.wait_with_output().unwrap();

    let remarks = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{remarks}");
    assert!(remarks.contains("trying again"), "the kill came too late: {remarks}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts(&summary), [MANY as u64, MANY as u64, 0, 0]);
    shop.assert_many_stored_once();
    assert_eq!(counts(&shop.send(&server, &["many.ndjson"]).json()), [MANY as u64, 0, MANY as u64, 0]);
    server.stop();
}

#[test]
fn a_send_killed_in_the_middle_goes_on_and_stores_every_line_once() {
    let shop = Shop::new();
    shop.write_many();
    let server = shop.program.serve(&[]);
    let mut sending = shop.begin(&server);
    sending.kill().unwrap();
    sending.wait().unwrap();

    let ended = shop.send(&server, &["many.ndjson"]);

    assert_stored_the_rest(&ended.json());
    shop.assert_many_stored_once();
    server.stop();
}

#[test]
fn a_send_that_is_interrupted_says_how_far_it_came_and_how_to_go_on() {
    let shop = Shop::new();
    shop.write_many();
    let server = shop.program.serve(&[]);
    let sending = shop.begin(&server);
    kill_process(Pid::from_child(&sending), Signal::INT).unwrap();

    let output = sending.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [sent, stored, ..] = counts(&summary);
    assert!(summary["finished"] == false && sent == stored && (1..MANY as u64).contains(&sent), "{summary}");
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert!(
        remarks.contains("stopped by SIGINT") && remarks.contains("give the same command again"),
        "{remarks}"
    );
    let again = shop.send(&server, &["many.ndjson"]).json();
    assert_stored_the_rest(&again);
    // What was answered before the interruption is known, and so may be what was in flight then.
    assert!(again["repeats"].as_u64() >= Some(stored), "{again}");
    shop.assert_many_stored_once();
    server.stop();
}

#[test]
fn what_an_earlier_run_sent_elsewhere_is_not_taken_for_sent() {
    let shop = Shop::new();
    shop.write_many();
    let server = shop.program.serve(&[]);
    let listen = format!("listen.https={}", server.run["https"].as_str().unwrap());
    let mut sending = shop.begin(&server);
    sending.kill().unwrap();
    sending.wait().unwrap();
    server.stop();
    // Another appliance under the same address, such as one that was installed anew.
    let other = Shop::new();
    other.write_many();
    let server = other.program.serve(&[&listen]);

    let ended = other.send(&server, &["many.ndjson"]);

    assert_eq!(counts(&ended.json()), [MANY as u64, MANY as u64, 0, 0]);
    other.assert_many_stored_once();
    server.stop();
}
