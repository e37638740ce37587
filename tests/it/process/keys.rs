//! The keys outside the database.

use super::program::{Ended, PASSWORD, Program, end};
use mainstay::app::directory::DataDirectory;
use mainstay::platform::clock::SystemClock;
use mainstay::platform::entropy::SystemEntropy;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Serves until it is refused; a start that works would not end.
fn refused_start(program: &Program, settings: &[&str]) -> Ended {
    let mut command = program.command(&["serve", "--set", "listen.https=127.0.0.1:0"]);
    end(command.args(settings), "")
}

#[test]
fn keys_are_made_with_the_data_directory_for_its_owner_alone() {
    for serving in [true, false] {
        let program = Program::new();
        if serving {
            program.serve(&[]).stop();
        } else {
            program.run(&["init"]).json();
        }
        assert_eq!(mode(&program.data("keys")), 0o700);
        assert_eq!(mode(&program.data("keys/sealing.key")), 0o600);
        let key = fs::read(program.data("keys/sealing.key")).unwrap();
        program.serve(&["environment=production"]).stop();
        program.run(&["tenant", "list"]).json();
        assert_eq!(fs::read(program.data("keys/sealing.key")).unwrap(), key, "it is never replaced");
        assert!(!program.log().contains(std::str::from_utf8(&key).unwrap().trim()));
    }
}

#[test]
fn a_database_that_never_had_a_key_gets_one_and_keeps_it() {
    let program = Program::new();
    // What a start leaves that is cut off before there is a key, and what earlier versions made.
    let directory = DataDirectory::create(&program.data("")).unwrap();
    directory.create_database(&SystemClock, &SystemEntropy::new()).unwrap();
    assert!(!program.data("keys").exists());
    program.run(&["tenant", "list"]).json();
    let key = read(&program, "keys/sealing.key");
    assert!(key.starts_with("mainstay-sealing-key-1 "));
    program.serve(&[]).stop();
    assert_eq!(read(&program, "keys/sealing.key"), key);
    fs::remove_file(program.data("keys/sealing.key")).unwrap();
    assert_eq!(program.run(&["tenant", "list"]).code, 78);
}

#[test]
fn a_database_without_its_key_is_refused_and_no_new_key_is_made() {
    let program = Program::with_acme();
    fs::rename(program.data("keys"), program.beside("kept")).unwrap();
    let ended = [refused_start(&program, &[]), program.run(&["tenant", "list"]), program.run(&["init"])];
    for ended in ended {
        assert_eq!((ended.code, ended.stdout.contains("acme")), (78, false), "{ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("keys/sealing.key is missing") && said.contains("init --keys"), "{said}");
        assert!(!program.data("keys").exists());
    }
    let other = Program::with_acme();
    fs::rename(other.data("keys"), program.data("keys")).unwrap();
    let ended = program.run(&["tenant", "list"]);
    assert_eq!(ended.code, 78, "{ended:?}");
    assert!(
        ended.stderr.contains("is not the key that this database's secrets are sealed with"),
        "{ended:?}"
    );
    fs::remove_dir_all(program.data("keys")).unwrap();
    fs::rename(program.beside("kept"), program.data("keys")).unwrap();
    assert_eq!(program.run(&["tenant", "show", "acme"]).json()["slug"], "acme");
}

#[test]
fn a_key_that_others_may_read_is_refused_in_production() {
    let program = Program::with_acme();
    let file = program.data("keys/sealing.key");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let ended = refused_start(&program, &["--set", "environment=production"]);
    assert_eq!(ended.code, 78, "{ended:?}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("sealing.key is open to other users") && said.contains("chmod 600"), "{said}");
    program.serve(&["environment=development"]).stop();
    assert!(program.log().contains("sealing.key is open to other users"), "{}", program.log());
}

const PASSPHRASE: &str = "a passphrase of enough words";

/// An installation whose keys were exported.
fn exported() -> (Program, PathBuf) {
    let program = Program::with_acme();
    let file = program.beside("mainstay.keys");
    let shown = export(&program, &file, PASSPHRASE).json();
    assert_eq!(shown["holds"], serde_json::json!(["keys/sealing.key", "tls/ca.key", "tls/ca.pem"]));
    (program, file)
}

fn export(program: &Program, file: &Path, passphrase: &str) -> Ended {
    program.run_with(&["keys", "export", file.to_str().unwrap(), "--passphrase-stdin"], passphrase)
}

fn init_from(program: &Program, file: &Path, passphrase: &str) -> Ended {
    program.run_with(&["init", "--keys", file.to_str().unwrap(), "--passphrase-stdin"], passphrase)
}

fn read(program: &Program, name: &str) -> String {
    fs::read_to_string(program.data(name)).unwrap()
}

#[test]
fn a_directory_that_others_may_write_to_is_refused_in_production() {
    let program = Program::with_acme();
    program.serve(&[]).stop();
    for (path, wide, right) in
        [("", 0o770, 0o700), ("tls", 0o707, 0o700), ("tls/ca.key", 0o620, 0o600), ("keys", 0o730, 0o700)]
    {
        // Without the slash at the end that an empty name leaves.
        let path: PathBuf = program.data(path).components().collect();
        fs::set_permissions(&path, Permissions::from_mode(wide)).unwrap();
        let ended = refused_start(&program, &["--set", "environment=production"]);
        assert_eq!(ended.code, 78, "{ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let told = format!("other users of this machine may write to {} (mode {wide:04o})", path.display());
        assert!(said.contains(&told) && said.contains("hint: chmod go-w"), "{said}");
        assert_eq!(mode(&path), wide, "nothing is mended in silence");
        program.serve(&["environment=development"]).stop();
        assert!(program.log().contains("other users of this machine may write to"), "{}", program.log());
        fs::set_permissions(&path, Permissions::from_mode(right)).unwrap();
    }
    program.serve(&["environment=production"]).stop();
}

#[test]
fn a_data_directory_made_from_an_export_has_its_keys_and_authority() {
    let (first, file) = exported();
    assert_eq!(mode(&file), 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let secret = read(&first, "keys/sealing.key");
    assert!(!text.contains(secret.trim().split(' ').nth(1).unwrap()) && !text.contains("PRIVATE KEY"));

    let second = Program::new();
    let arguments = ["init", "--keys", file.to_str().unwrap(), "--passphrase-stdin"];
    let arguments = [&arguments[..], &["--operator", "owner", "--password-stdin"]].concat();
    let made = second.run_with(&arguments, &format!("{PASSPHRASE}\n{PASSWORD}")).json();
    assert_eq!(made["operator"], "owner");
    for name in ["keys/sealing.key", "tls/ca.pem", "tls/ca.key"] {
        assert_eq!(read(&first, name), read(&second, name), "{name}");
    }
    assert_ne!(read(&first, "tls/server.pem"), read(&second, "tls/server.pem"));
    assert_eq!((mode(&second.data("keys")), mode(&second.data("tls"))), (0o700, 0o700));
    assert_eq!((mode(&second.data("keys/sealing.key")), mode(&second.data("tls/ca.key"))), (0o600, 0o600));
    second.serve(&["environment=production"]).stop();
}

#[test]
fn a_copied_database_works_with_the_exported_keys_and_no_others() {
    let (first, file) = exported();
    let (_stranger, strange) = exported();
    let second = Program::new();
    fs::create_dir(second.data("")).unwrap();
    fs::copy(first.data("mainstay.redb"), second.data("mainstay.redb")).unwrap();
    let refused = init_from(&second, &strange, PASSPHRASE);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("is not the one that the database in"), "{refused:?}");
    assert!(!second.data("keys").exists() && !second.data("tls").exists());
    init_from(&second, &file, PASSPHRASE).json();
    assert_eq!(second.run(&["tenant", "show", "acme"]).json()["slug"], "acme");
}

#[test]
fn an_export_that_cannot_be_taken_leaves_nothing_behind() {
    let (_first, file) = exported();
    let second = Program::new();
    let wrong = init_from(&second, &file, "another passphrase altogether");
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("the passphrase is not the one it was exported with"), "{wrong:?}");
    let text = fs::read_to_string(&file).unwrap();
    let damaged = second.beside("damaged.keys");
    for (damage, why) in [
        (text.get(..text.len() - 70).unwrap().to_owned(), "is damaged"),
        (text.replacen("made 2", "made 3", 1), "is damaged"),
        (text.replacen("export 1", "export 2", 1), "another version"),
        ("nonsense".to_owned(), "not an export of keys"),
    ] {
        fs::write(&damaged, damage).unwrap();
        let ended = init_from(&second, &damaged, PASSPHRASE);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.stderr.contains(why) && ended.stderr.contains("hint: "), "{why}: {ended:?}");
    }
    let missing = init_from(&second, &second.beside("none.keys"), PASSPHRASE);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(!second.data("").exists());
}

#[test]
fn keys_that_are_there_are_never_replaced() {
    let (first, file) = exported();
    let key = read(&first, "keys/sealing.key");
    let refused = init_from(&first, &file, PASSPHRASE);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("sealing.key is there already"), "{refused:?}");
    fs::rename(first.data("keys"), first.beside("kept")).unwrap();
    // The authority is the same, so only what is missing is written.
    init_from(&first, &file, PASSPHRASE).json();
    assert_eq!(read(&first, "keys/sealing.key"), key);

    let other = Program::with_acme();
    let authority = read(&other, "tls/ca.pem");
    fs::remove_dir_all(other.data("keys")).unwrap();
    fs::remove_file(other.data("mainstay.redb")).unwrap();
    for part in 0..4 {
        let _ = fs::remove_file(other.data(&format!("journal.{part}")));
    }
    let refused = init_from(&other, &file, PASSPHRASE);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("hint: move tls/ away"), "{refused:?}");
    assert!(!other.data("keys").exists() && !other.data("mainstay.redb").exists());
    assert_eq!(read(&other, "tls/ca.pem"), authority);
}

#[test]
fn keys_are_exported_while_the_appliance_runs_and_never_over_a_file() {
    let (program, file) = exported();
    let before = fs::read(&file).unwrap();
    let server = program.serve(&[]);
    let refused = export(&program, &file, PASSPHRASE);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("never replaces a file"), "{refused:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    let mut command = program.command(&["keys", "export", "running.keys"]);
    let ended = end(command.env("MAINSTAY_KEYS_PASSPHRASE", PASSPHRASE), "");
    assert_eq!(ended.code, 0, "{ended:?}");
    server.stop();
    let second = Program::new();
    init_from(&second, &program.beside("running.keys"), PASSPHRASE).json();
    assert_eq!(read(&second, "tls/ca.pem"), read(&program, "tls/ca.pem"));
}

#[test]
fn an_export_needs_a_passphrase_of_some_length() {
    let program = Program::with_acme();
    let file = program.beside("mainstay.keys");
    let none = program.run(&["keys", "export", file.to_str().unwrap()]);
    assert_eq!(none.code, 64, "{none:?}");
    assert!(none.stderr.contains("MAINSTAY_KEYS_PASSPHRASE"), "{none:?}");
    let short = export(&program, &file, "elevenchars");
    assert_eq!(short.code, 2, "{short:?}");
    assert!(short.stderr.contains("has 11 characters; hint: use at least 12"), "{short:?}");
    assert_eq!(program.run(&["init", "--passphrase-stdin"]).code, 64);
    assert!(!file.exists());
}
