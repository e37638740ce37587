//! Commands to an appliance elsewhere, and the admin socket under bad clients.

use super::load::payload_of;
use super::program::{Ended, Program, Server, end, wait_for};
use reqwest::Method;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

/// Somebody elsewhere: no data directory, an address, an authority and a token.
struct Elsewhere<'p> {
    program: &'p Program,
    url: String,
    ca: String,
}

impl<'p> Elsewhere<'p> {
    fn of(program: &'p Program, server: &Server) -> Self {
        let url = format!("https://{}", server.run["https"].as_str().unwrap());
        Self { program, url, ca: server.run["ca"].as_str().unwrap().to_owned() }
    }

    /// The program in a folder without a data directory.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
        command.env_clear().current_dir(self.program.beside("")).args(arguments);
        command
    }

    fn run(&self, token: &str, arguments: &[&str]) -> Ended {
        self.run_with(token, arguments, "")
    }

    fn run_with(&self, token: &str, arguments: &[&str], line: &str) -> Ended {
        std::fs::write(self.program.beside("token"), format!("{token}\n")).unwrap();
        let mut command = self.command(arguments);
        command.args(["--json", "--url", &self.url, "--ca", &self.ca, "--token-file", "token"]);
        end(&mut command, line)
    }
}

#[test]
fn an_appliance_elsewhere_is_managed_by_the_same_commands() {
    let program = Program::with_acme();
    let admin = program.token("system", &["admin", "events:read"]);
    let server = program.serve(&[]);
    let elsewhere = Elsewhere::of(&program, &server);
    let there = |arguments: &[&str]| elsewhere.run(&admin, arguments);
    assert!(there(&["tenant", "list"]).stderr.contains(&format!("appliance {}", elsewhere.url)));
    for command in [
        &["tenant", "list"][..],
        &["tenant", "show", "acme"],
        &["source", "list"],
        &["operator", "list"],
        &["settings", "show", "limits.rate_limit_max"],
        &["block", "list"],
        &["events", "list", "--tenant", "acme"],
        &["events", "export", "--tenant", "acme"],
    ] {
        let (local, remote) = (program.run(command), there(command));
        assert_eq!((remote.code, &remote.stdout), (0, &local.stdout), "{command:?}: {remote:?}");
    }
    let certificate = |shown: &Ended| shown.json()["certificate"]["sha256"].clone();
    assert_eq!(certificate(&there(&["tls", "show"])), certificate(&program.run(&["tls", "show"])));
    assert_eq!(there(&["tenant", "create", "shop", "--name", "The shop"]).json()["name"], "The shop");
    let set = there(&["tenant", "set", "shop", "--key-retention", "7d"]).json();
    assert_eq!(set["settings"]["key_retention"], "7d");
    let token = there(&["token", "create", "--tenant", "shop", "--name", "till", "--scope", "events:write"]);
    let id = token.json()["id"].as_str().unwrap().to_owned();
    assert!(there(&["token", "delete", &id]).json()["revoked_at"].is_string());
    let source = ["source", "create", "--tenant", "shop", "pos", "--secret-stdin"];
    let made = elsewhere.run_with(&admin, &source, "a secret that is long enough");
    assert_eq!((made.json()["name"].as_str(), made.json().get("secret")), (Some("pos"), None));
    assert_eq!(there(&["source", "delete", "--tenant", "shop", "pos"]).json()["status"], "deleted");
    let password = "correct horse battery staple";
    let operator = ["operator", "create", "jo", "--role", "viewer", "--password-stdin"];
    assert_eq!(elsewhere.run_with(&admin, &operator, password).json()["role"], "viewer");
    assert_eq!(there(&["operator", "set", "jo", "--role", "admin"]).json()["role"], "admin");
    assert!(there(&["operator", "reset-password", "jo"]).json()["password"].is_string());
    assert_eq!(there(&["operator", "delete", "jo"]).json()["status"], "deleted");
    let set = there(&["settings", "set", "limits.rate_limit_max", "77"]).json();
    assert_eq!((&set["value"], &set["origin"]), (&"77".into(), &"console".into()));
    assert_eq!(there(&["settings", "reset", "limits.rate_limit_max"]).json()["origin"], "default");
    assert_eq!(there(&["block", "add", "192.0.2.0/24", "--for", "7d"]).json()["network"], "192.0.2.0/24");
    assert_eq!(there(&["block", "lift", "192.0.2.0/24"]).json()["lifted"], 1);
    let renewed = there(&["tls", "renew"]).json();
    // A day less may be left by then.
    let shown = there(&["tls", "show"]).json();
    for member in ["sha256", "names", "issuer", "not_before", "not_after"] {
        assert_eq!(shown["certificate"][member], renewed["certificate"][member], "{member}");
    }
    assert_eq!(there(&["tenant", "delete", "shop", "--yes"]).json()["status"], "deleted");
    let probed = there(&["probe", "--ready"]).json();
    assert_eq!((&probed["ready"], &probed["checks"]["database"]), (&true.into(), &true.into()));
    server.stop();
    let away = there(&["tenant", "list"]);
    assert_eq!((away.code, there(&["probe"]).code), (1, 1), "{away:?}");
    assert!(away.stderr.contains(" did not answer: "), "{away:?}");
}

#[test]
fn lists_are_read_to_their_end() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let mut socket = BufReader::new(UnixStream::connect(program.data("admin.sock")).unwrap());
    for number in 0..1_010 {
        let body = format!(r#"{{"tenant":"acme","name":"s{number}","scheme":"none","unsigned":"allowed"}}"#);
        let len = body.len();
        let request = format!(
            "POST /api/v1/sources HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len}\r\n\r\n{body}"
        );
        socket.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        socket.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 201 "), "{line}");
        let mut expected = 0;
        while line != "\r\n" {
            line.clear();
            socket.read_line(&mut line).unwrap();
            if let Some(len) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                expected = len.trim().parse().unwrap();
            }
        }
        std::io::Read::read_exact(&mut socket, &mut vec![0; expected]).unwrap();
    }
    let listed = program.run(&["source", "list", "--tenant", "acme"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1_010);
    server.stop();
}

#[test]
fn who_may_not_or_is_not_told_how_is_refused() {
    let program = Program::with_acme();
    let reader = program.token("acme", &["events:read"]);
    let server = program.serve(&[]);
    let elsewhere = Elsewhere::of(&program, &server);
    let lacking = elsewhere.run(&reader, &["tenant", "list"]);
    assert_eq!((lacking.code, lacking.stdout.as_str()), (2, ""), "{lacking:?}");
    assert!(lacking.stderr.contains("the token lacks the scope `admin`"), "{lacking:?}");
    assert_eq!(elsewhere.run(&reader, &["events", "export"]).code, 0, "its own tenant needs no name");
    let other = elsewhere.run(&reader, &["events", "export", "--tenant", "default"]);
    assert!(other.code == 2 && other.stderr.contains("belongs to another tenant"), "{other:?}");
    let wrong = elsewhere.run("mst_no", &["tenant", "list"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let untrusted = end(elsewhere.command(&["tenant", "list"]).args(["--url", &elsewhere.url]), "");
    assert!(untrusted.code == 1 && untrusted.stderr.contains("did not answer"), "{untrusted:?}");
    let none = end(
        elsewhere.command(&["tenant", "list", "--ca", &elsewhere.ca]).args(["--url", &elsewhere.url]),
        "",
    );
    assert!(none.code == 64 && none.stderr.contains("there is no token; hint: "), "{none:?}");
    for command in [
        &["ledger", "verify"][..],
        &["schema", "status"],
        &["setup-link"],
        &["config", "show"],
        &["doctor"],
        &["init"],
        &["keys", "export", "file"],
        &["serve"],
        &["demo"],
    ] {
        let ended = elsewhere.run(&reader, command);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{command:?}: {ended:?}");
        assert!(ended.stderr.contains("works on the appliance's machine only"), "{ended:?}");
    }
    let plain = elsewhere.run_with(&reader, &["tenant", "list", "--url", "http://a.example"], "");
    assert_eq!(plain.code, 64, "{plain:?}");
    server.stop();
}

#[test]
fn the_option_wins_over_the_directory_and_that_over_the_variable() {
    let program = Program::with_acme();
    let admin = program.token("system", &["admin"]);
    let server = program.serve(&[]);
    let elsewhere = Elsewhere::of(&program, &server);
    let with = |arguments: &[&str], url: &str| {
        let mut command = elsewhere.command(arguments);
        command.env("MAINSTAY_URL", url).env("MAINSTAY_CA", &elsewhere.ca).env("MAINSTAY_TOKEN", &admin);
        end(command.args(["tenant", "show", "acme"]), "")
    };
    let of_variable = with(&[], &elsewhere.url);
    assert!(of_variable.code == 0 && of_variable.stderr.starts_with("appliance https://"), "{of_variable:?}");
    let data = program.data("");
    let data = data.to_str().unwrap();
    let of_directory = with(&["--data-dir", data], "https://nowhere.invalid");
    assert!(of_directory.code == 0 && of_directory.stderr.starts_with("data directory "), "{of_directory:?}");
    let of_option = with(&["--data-dir", data, "--url", &elsewhere.url], "https://nowhere.invalid");
    assert!(of_option.code == 0 && of_option.stderr.starts_with("appliance https://"), "{of_option:?}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_elsewhere_are_exported_and_followed() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write", "events:read"]);
    let server = program.serve(&[]);
    let client = server.client(&token);
    for number in 0..600 {
        let key = format!("k{number}");
        assert_eq!(client.post(&key, payload_of(&key)).await.unwrap().status, 201);
    }
    let elsewhere = Elsewhere::of(&program, &server);
    let exported = elsewhere.run(&token, &["events", "export"]);
    assert_eq!(exported.stdout, program.run(&["events", "export", "--tenant", "acme"]).stdout);
    assert_eq!(exported.stdout.lines().count(), 600);
    let listed = elsewhere.run(&token, &["events", "list", "--limit", "7"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 7);
    let mut command = elsewhere.command(&["events", "tail", "--after", "0", "--url", &elsewhere.url]);
    command.args(["--ca", &elsewhere.ca, "--token-file", "token"]).stdin(Stdio::null());
    let mut tail = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    for (number, line) in lines.take(600).enumerate() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(event["idempotency_key"].as_str(), Some(format!("k{number}").as_str()));
    }
    tail.kill().unwrap();
    tail.wait().unwrap();
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_this_machine_is_found_by_no_network() {
    let program = Program::with_acme();
    let admin = program.token("system", &["admin"]);
    let server = program.serve(&["listen.ops=127.0.0.1:0"]);
    let client = server.client(&admin);
    let ops = format!("http://{}", server.run["ops"].as_str().unwrap());
    for (method, path) in [
        (Method::GET, "/local/facts"),
        (Method::GET, "/local/settings"),
        (Method::GET, "/local/ledger"),
        (Method::GET, "/local/schema"),
        (Method::POST, "/local/setup-link"),
        (Method::POST, "/local/first-operator"),
    ] {
        let https = client.ask(method.clone(), path).bearer_auth(&admin).send().await.unwrap();
        let plain = client.at(method, &format!("{ops}{path}")).bearer_auth(&admin).send().await.unwrap();
        assert_eq!((https.status().as_u16(), plain.status().as_u16()), (404, 404), "{path}");
    }
    server.stop();
}

#[test]
fn clients_that_stall_on_the_socket_do_not_keep_others_waiting() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    let connect = || UnixStream::connect(program.data("admin.sock")).unwrap();
    // As many as there may be save one, some in the middle of a head and some of a body.
    let mut stalled: Vec<_> = (0..15).map(|_| connect()).collect();
    for (number, stream) in stalled.iter_mut().enumerate() {
        let begun = ["GET /api", "POST /api/v1/tenants HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{"];
        stream.write_all(begun[number % 2].as_bytes()).unwrap();
    }
    assert_eq!(program.run(&["tenant", "list"]).code, 0);
    // The last place is taken too, until those that sent nothing whole are cut off.
    let last = connect();
    let waited = wait_for("a place", || (program.run(&["tenant", "list"]).code == 0).then_some(true));
    assert!(waited);
    drop((stalled, last));
    server.stop();
}

#[test]
fn a_command_leaves_the_network_its_places_and_the_log_names_no_client() {
    let program = Program::with_acme();
    let server = program.serve(&["limits.in_flight_max=1", "limits.streams_max=1"]);
    let mut tails: Vec<_> = (0..3)
        .map(|_| {
            let mut command = program.command(&["events", "tail", "--tenant", "acme"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    wait_for("the tails", || {
        (program.log().matches("GET /v1/events/stream answered 200").count() == 3).then_some(())
    });
    assert_eq!(program.run(&["events", "export", "--tenant", "acme"]).code, 0);
    for tail in &mut tails {
        assert!(tail.try_wait().unwrap().is_none(), "{}", program.log());
        tail.kill().unwrap();
        tail.wait().unwrap();
    }
    server.stop();
}
