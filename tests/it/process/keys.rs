//! The keys outside the database.

use super::program::{Ended, Program, end};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
