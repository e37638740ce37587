//! Sources of the real program: commands, secrets at rest, the one that the environment gives.

use super::program::{Program, Server, end, read};
use crate::answer::Answer;
use crate::provider::hex_code;
use reqwest::Method;
use std::fs;

const SECRET: &str = "a-secret-of-some-length";

async fn deliver(server: &Server, path: &str, secret: &str, body: &'static str) -> Answer {
    let ask = server.client("").ask(Method::POST, path).header("x-signature", hex_code(secret, body));
    read(ask.body(body)).await.unwrap()
}

#[tokio::test]
async fn a_source_is_created_shown_changed_rotated_and_deleted_running_and_stopped() {
    for running in [true, false] {
        let program = Program::with_acme();
        let server = running.then(|| program.serve(&[]));
        let create =
            ["source", "create", "--tenant", "acme", "pos", "--scheme", "hmac-sha256", "--secret-stdin"];
        let made = program.run_with(&create, SECRET).json();
        assert_eq!(
            (&made["tenant"], &made["name"], &made["scheme"]),
            (&"acme".into(), &"pos".into(), &"hmac-sha256".into())
        );
        assert_eq!((&made["path"], made.get("secret")), (&"/in/acme/pos".into(), None));
        assert_eq!(program.run_with(&create, SECRET).code, 2);
        let generated =
            program.run(&["source", "create", "--tenant", "acme", "std", "--scheme", "standard"]).json();
        assert!(generated["secret"].as_str().unwrap().starts_with("whsec_"), "{generated}");
        let listed = program.run(&["source", "list", "--tenant", "acme"]);
        assert_eq!(listed.json().as_array().unwrap().len(), 2);
        assert!(!listed.stdout.contains("whsec_") && !listed.stdout.contains("sealed"), "{listed:?}");
        let set = ["source", "set", "--tenant", "acme", "pos", "--type", "sale", "--automatic-keys", "off"];
        let set = program.run(&set).json();
        assert_eq!((&set["default_type"], &set["automatic_keys"]), (&"sale".into(), &"off".into()));
        let rotated = program.run(&["source", "rotate", "--tenant", "acme", "pos", "--overlap", "2h"]).json();
        assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
        let shown = program.run(&["source", "show", "--tenant", "acme", "pos"]).json();
        assert_eq!((shown.get("secret"), &shown["fault"]), (None, &serde_json::Value::Null));
        if let Some(server) = &server {
            let fresh = rotated["secret"].as_str().unwrap();
            for (secret, status) in [(SECRET, 201), (fresh, 201), ("other", 403)] {
                assert_eq!(deliver(server, "/in/acme/pos", secret, "{}").await.status, status);
            }
        }
        let deleted = program.run(&["source", "delete", "--tenant", "acme", "pos"]).json();
        assert_eq!(deleted["status"], "deleted");
        assert_eq!(program.run(&["source", "show", "--tenant", "acme", "pos"]).code, 2);
        assert_eq!(program.run(&["source", "rotate", "pos", "--overlap", "soon"]).code, 64);
        if let Some(server) = server {
            server.stop();
        }
    }
}

#[test]
fn no_file_of_the_appliance_holds_a_secret_in_the_clear() {
    let program = Program::with_acme();
    let server = program.serve(&["logging.level=trace"]);
    let create = ["source", "create", "--tenant", "acme", "pos", "--secret-stdin"];
    program.run_with(&create, SECRET).json();
    program
        .run_with(&["source", "rotate", "--tenant", "acme", "pos", "--secret-stdin"], &SECRET.repeat(2))
        .json();
    let look = || {
        let mut folders = vec![program.data("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = fs::read(&path) {
                    let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
                    assert!(!found, "{} holds the secret", path.display());
                }
            }
        }
    };
    look();
    server.stop();
    look();
    assert!(!program.log().contains(SECRET));
}

#[tokio::test]
async fn webhook_secret_makes_the_first_source_and_a_new_one_is_rotated_in() {
    let program = Program::new();
    let serve = |secret: &str| {
        let file = program.beside("webhook.secret");
        fs::write(&file, format!("{secret}\n")).unwrap();
        program.serve_with_variable("WEBHOOK_SECRET_FILE", &file)
    };
    let status = |answer: Answer| answer.status;
    let path = "/pos/default/ingest";
    for (given, former, body) in [("one", None, "1"), ("one", None, "2"), ("two", Some("one"), "3")] {
        let server = serve(given);
        assert_eq!(status(deliver(&server, path, given, body).await), 201);
        if let Some(former) = former {
            assert_eq!(status(deliver(&server, "/in/default/default", former, "4").await), 201);
        }
        assert_eq!(status(deliver(&server, path, "three", body).await), 403);
        server.stop();
    }
    fs::write(program.beside("webhook.secret"), "a\u{7}b\n").unwrap();
    let mut command = program.command(&["serve", "--set", "listen.https=127.0.0.1:0"]);
    let refused = end(command.env("WEBHOOK_SECRET_FILE", program.beside("webhook.secret")), "");
    assert_eq!(refused.code, 78, "{refused:?}");
    assert!(refused.stderr.contains("WEBHOOK_SECRET cannot be used"), "{refused:?}");
    let shown = program.run(&["source", "show", "default"]).json();
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 2, "a start with the same secret changes nothing");
}

#[tokio::test]
async fn a_source_whose_scheme_is_gone_is_said_at_start_and_answers_503() {
    let program = Program::with_acme();
    let file = program.beside("m.toml");
    fs::write(&file, "[schemes.vendor]\nheaders = [\"X-Vendor\"]\n").unwrap();
    let file = file.to_str().unwrap();
    let create = ["--config", file, "source", "create", "--tenant", "acme", "v", "--scheme", "vendor"];
    program.run(&create).json();
    assert_eq!(program.run(&create[2..]).code, 2);
    let server = program.serve(&[]);
    let answer = deliver(&server, "/in/acme/v", "any", "{}").await;
    answer.refused(503, "source_unusable");
    server.stop();
    let log = program.log();
    let warned =
        log.lines().any(|line| line.contains("Source v of acme cannot be used") && line.contains("WARN"));
    assert!(warned, "{log}");
    let help = end(program.command(&["source", "create", "--help"]).env("COLUMNS", "100"), "");
    assert!(help.stdout.contains("Example: mainstay source create --tenant acme pos"), "{help:?}");
}
