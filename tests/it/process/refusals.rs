//! Exit codes: 1 failure, 2 refused, 64 usage, 78 configuration; and nothing is made by mistake.

use super::program::{Program, end};
use serde_json::Value;

#[test]
fn a_command_that_makes_no_sense_ends_with_64() {
    let program = Program::with_acme();
    for command in [
        &["nonsense"][..],
        &[],
        &["tenant"],
        &["tenant", "create"],
        &["tenant", "set", "acme", "--status", "gone"],
        &["tenant", "set", "acme", "--key-retention", "soon"],
        &["token", "create", "--tenant", "acme", "--name", "t"],
        &["token", "create", "--tenant", "acme", "--name", "t", "--scope", "events:delete"],
        &["token", "create", "--tenant", "acme", "--name", "t", "--scope", "agents", "--expires-in", "x"],
        &["events", "list", "--since", "yesterday"],
        &["init", "--operator", "owner"],
        &["serve", "--nonsense"],
    ] {
        let ended = end(&mut program.command(command), "");
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{command:?}: {ended:?}");
        assert!(!ended.stderr.is_empty(), "{command:?}");
    }
    let empty = end(&mut program.command(&["init", "--operator", "b", "--password-stdin"]), "");
    assert_eq!(empty.code, 64, "{empty:?}");
}

#[test]
fn what_the_appliance_refuses_ends_with_2_and_says_why() {
    let program = Program::with_acme();
    for (command, why) in [
        (&["tenant", "create", "acme"][..], "there is a tenant `acme` already"),
        (&["tenant", "create", "Acme!"], "is not a slug"),
        (&["tenant", "create", "b", "--name", ""], "the name is empty"),
        (&["tenant", "show", "nobody"], "there is no tenant `nobody`"),
        (&["tenant", "delete", "system", "--yes"], "is reserved"),
        (&["tenant", "set", "system", "--status", "suspended"], "cannot be suspended"),
        (&["tenant", "set", "acme", "--key-retention", "31d"], "idempotency.retention"),
        (
            &["token", "create", "--tenant", "nobody", "--name", "t", "--scope", "agents"],
            "there is no tenant",
        ),
        (
            &["token", "create", "--tenant", "acme", "--name", "t", "--scope", "admin"],
            "tenant `system` alone",
        ),
        (&["token", "rotate", "aaaaaaaaaaaaaaaa"], "there is no token"),
        (&["token", "delete", "x"], "not a token id"),
        (&["events", "export", "--tenant", "nobody"], "there is no tenant"),
    ] {
        let ended = program.run(command);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{command:?}: {ended:?}");
        assert!(ended.stderr.contains(why), "{command:?}: {ended:?}");
    }
    let short = program.run_with(&["init", "--operator", "b", "--password-stdin"], "short");
    assert_eq!(short.code, 2, "{short:?}");
}

#[test]
fn a_wrong_configuration_ends_with_78_and_names_every_problem() {
    let program = Program::with_acme();
    let file = program.beside("wrong.toml");
    std::fs::write(
        &file,
        "[listen]\nhttps = \"nowhere\"\n[limits]\nbody_bytes_max = \"1KB?\"\nunknown = 1\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let checked = program.run(&["config", "check", "--config", file, "--set", "store.cache_bytes=1"]);
    assert_eq!(checked.code, 78, "{checked:?}");
    let told: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(told["valid"], false);
    let problems = told["problems"].as_array().unwrap();
    for key in ["listen.https", "limits.body_bytes_max", "limits.unknown", "store.cache_bytes"] {
        assert!(checked.stderr.contains(key), "{key}: {checked:?}");
        let problem = problems.iter().find(|problem| problem["key"] == key).unwrap();
        assert!(problem["reason"].is_string() && problem["hint"].is_string(), "{problem}");
        let from_file = problem["origin"].as_str().unwrap().starts_with(&format!("{file}:"));
        assert_eq!(from_file, key != "store.cache_bytes", "{problem}");
    }
    for command in
        [&["config", "show"][..], &["serve"], &["init"], &["tenant", "list"], &["events", "export"]]
    {
        let mut command = command.to_vec();
        command.extend(["--config", file]);
        let ended = end(&mut program.command(&command), "");
        assert_eq!((ended.code, ended.stdout.as_str()), (78, ""), "{command:?}: {ended:?}");
        let ended = program.run(&command);
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((ended.code, told["problems"].as_array().unwrap().len()), (78, 3), "{command:?}");
    }
    let missing = program.run(&["config", "check", "--config", "not-there.toml"]);
    assert_eq!(missing.code, 78, "{missing:?}");
    let unknown = program.run(&["config", "check", "--set", "listen.htps=1"]);
    assert_eq!(unknown.code, 78, "{unknown:?}");
    let twisted = program.beside("latin1.toml");
    std::fs::write(&twisted, b"# \xe4\n").unwrap();
    for (config, reason, hint) in [
        (
            twisted.to_str().unwrap(),
            "the configuration file is not UTF-8",
            "save it as UTF-8; TOML has no other form",
        ),
        ("not-there.toml", "there is no such configuration file", "name the right one with --config"),
    ] {
        let refused = program.run(&["config", "check", "--config", config]);
        let told: Value = serde_json::from_str(&refused.stdout).unwrap();
        let problem = &told["problems"][0];
        assert_eq!(
            (&problem["origin"], &problem["reason"], &problem["hint"]),
            (&config.into(), &reason.into(), &hint.into())
        );
    }
    let mut strange = program.command(&["config", "check"]);
    let ended = end(strange.env("MAINSTAY_NOPE__X", "1"), "");
    assert!(
        ended.stderr.contains(
            "\n  environment MAINSTAY_NOPE__X: no such setting; hint: variables are MAINSTAY_ and "
        ),
        "{ended:?}"
    );
    assert_eq!(program.run(&["config", "check"]).json()["valid"], true);
}

#[test]
fn the_example_file_is_a_valid_configuration() {
    let program = Program::new();
    let example = program.run(&["config", "example"]);
    std::fs::write(program.beside("example.toml"), example.stdout).unwrap();
    let file = program.beside("example.toml");
    assert_eq!(program.run(&["config", "check", "--config", file.to_str().unwrap()]).code, 0);
}

#[test]
fn a_missing_data_directory_is_never_made_by_mistake() {
    let program = Program::new();
    for command in [
        &["tenant", "list"][..],
        &["tenant", "create", "b"],
        &["token", "list"],
        &["events", "list"],
        &["events", "export"],
        &["tls", "show"],
        &["tls", "renew"],
        &["ledger", "verify"],
        &["schema", "status"],
        &["probe"],
    ] {
        let ended = program.run(command);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{command:?}: {ended:?}");
        assert!(ended.stderr.contains("hint: name the right one with --data-dir"), "{ended:?}");
        assert!(!program.data("").exists(), "{command:?}");
    }
}

#[test]
fn an_empty_directory_stays_empty() {
    let program = Program::new();
    std::fs::create_dir(program.data("")).unwrap();
    for command in [&["tenant", "list"][..], &["events", "export"], &["ledger", "verify"], &["probe"]] {
        assert_eq!(program.run(command).code, 1, "{command:?}");
        assert_eq!(std::fs::read_dir(program.data("")).unwrap().count(), 0, "{command:?}");
    }
}

#[test]
fn a_directory_whose_database_is_gone_is_told_apart() {
    let program = Program::with_acme();
    let server = program.serve(&[]);
    drop(server);
    std::fs::rename(program.data("mainstay.redb"), program.beside("kept.redb")).unwrap();
    let ended = end(&mut program.command(&["serve", "--set", "listen.https=127.0.0.1:0"]), "");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("there is a journal but no mainstay.redb"), "{ended:?}");
    std::fs::rename(program.beside("kept.redb"), program.data("mainstay.redb")).unwrap();
    std::fs::rename(program.data("journal.0"), program.beside("kept.0")).unwrap();
    let ended = program.run(&["tenant", "list"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("journal.0 is missing"), "{ended:?}");
    std::fs::rename(program.beside("kept.0"), program.data("journal.0")).unwrap();
    assert_eq!(program.run(&["tenant", "show", "acme"]).code, 0);
}
