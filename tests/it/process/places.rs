//! Data directories that cannot be used, each told apart.

use super::program::{Ended, Program, end};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

/// Returns the names in the data directory.
fn names(program: &Program) -> Vec<String> {
    let entries = std::fs::read_dir(program.data("")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn serve(program: &Program, user: Option<u32>) -> Ended {
    let mut command = program.command(&["serve", "--set", "listen.https=127.0.0.1:0"]);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    end(&mut command, "")
}

#[track_caller]
fn refused(program: &Program, user: Option<u32>, words: &[&str]) {
    let ended = serve(program, user);
    assert_eq!(ended.code, 1, "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {ended:?}");
    }
    assert!(!program.data("run.json").exists());
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused() {
    let program = Program::new();
    std::fs::write(program.beside("data"), "").unwrap();
    refused(&program, None, &["the data directory ", "cannot be used; hint: "]);
}

#[test]
fn a_directory_whose_database_is_refused_stays_as_it_is() {
    let whole = Program::with_acme();
    let mut damaged = std::fs::read(whole.data("mainstay.redb")).unwrap();
    damaged[64..4_096].fill(0xff);
    for (contents, words) in [
        (vec![7; 8_192], "mainstay.redb is not a Mainstay database"),
        (Vec::new(), "mainstay.redb is not a Mainstay database: it is empty"),
        (damaged, "mainstay.redb is damaged"),
    ] {
        let program = Program::new();
        std::fs::create_dir(program.data("")).unwrap();
        std::fs::write(program.data("mainstay.redb"), &contents).unwrap();
        refused(&program, None, &[words, "hint: "]);
        for command in [&["init"][..], &["tenant", "list"], &["ledger", "verify"], &["doctor"]] {
            let ended = program.run(command);
            assert_eq!(ended.code, 1, "{command:?}: {ended:?}");
            assert!((ended.stdout + &ended.stderr).contains(words), "{command:?}");
        }
        assert_eq!(names(&program), ["mainstay.redb"], "nothing is made beside it");
        assert_eq!(std::fs::read(program.data("mainstay.redb")).unwrap(), contents);
    }
    let orphaned = Program::new();
    std::fs::create_dir(orphaned.data("")).unwrap();
    std::fs::write(orphaned.data("journal.0"), [0; 4_096]).unwrap();
    refused(&orphaned, None, &["there is a journal but no mainstay.redb beside it; hint: "]);
    assert_eq!(names(&orphaned), ["journal.0"]);
}

#[test]
fn a_directory_that_cannot_be_made_is_told_from_one_that_cannot_be_used() {
    let program = Program::new();
    std::fs::write(program.beside("file"), "").unwrap();
    for place in ["/proc/mainstay", "file/below"] {
        let mut command = program.command(&["init", "--data-dir", place]);
        let ended = end(&mut command, "");
        assert_eq!(ended.code, 1, "{ended:?}");
        let words = "cannot be made; hint: choose a place where this user may make one with --data-dir";
        assert!(ended.stderr.contains(words), "{ended:?}");
    }
}

#[test]
fn a_directory_that_this_user_may_not_write_is_refused_and_says_why() {
    let own = rustix::process::geteuid();
    // Whoever may do everything tests as somebody who may not; others own what they make.
    let user = own.is_root().then_some(54_321);
    let program = Program::new();
    std::fs::create_dir(program.data("")).unwrap();
    std::fs::set_permissions(program.data(""), std::fs::Permissions::from_mode(0o555)).unwrap();
    if let Some(user) = user {
        let reach = std::process::Command::new(env!("CARGO_BIN_EXE_mainstay"))
            .current_dir(program.beside(""))
            .arg("--version")
            .uid(user)
            .gid(user)
            .output();
        if !reach.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: another user cannot reach this build; hint: build where others may read");
            return;
        }
        refused(&program, Some(user), &["belongs to user 0 and this program runs as user 54321; hint: "]);
        std::os::unix::fs::chown(program.data(""), Some(user), Some(user)).unwrap();
    }
    refused(&program, user, &["its mode 555 lets nobody write; hint: `chmod 700` it"]);
    std::fs::set_permissions(program.data(""), std::fs::Permissions::from_mode(0o755)).unwrap();
}
