//! Owners and modes of files: who else on the machine could read secrets or change what the appliance runs on.

use super::finding::{Finding, Findings};
use crate::app::modes::{Guarded, others_may_write};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bits by which others than the owner may do anything.
const OTHERS_ANY: u32 = 0o077;

/// Bits by which users outside the group may read or write.
const WORLD_READ_WRITE: u32 = 0o006;

/// The files that are looked at.
pub(super) struct Files<'a> {
    pub(super) directory: &'a Path,
    pub(super) config: Option<&'a Path>,
    /// The operator's private key, if one is served.
    pub(super) key: Option<&'a Path>,
}

pub(super) fn judge(files: &Files<'_>) -> Finding {
    let mut findings = Findings::of("files");
    let directory = match std::fs::metadata(files.directory) {
        Ok(metadata) => metadata,
        Err(error) => {
            unreadable(files.directory, &error, &mut findings);
            return findings.end();
        }
    };
    judge_directory(files.directory, &directory, &mut findings);
    let guarded = Guarded::find(files.directory);
    for (folder, error) in &guarded.unreadable {
        unreadable(folder, error, &mut findings);
    }
    let mut count = 0;
    for path in &guarded.private {
        look_if_there(path, &mut findings, |file, findings| {
            count += 1;
            judge_private(path, file, directory.uid(), findings);
        });
    }
    for path in guarded.folders.iter().filter(|path| *path != files.directory).chain(&guarded.public) {
        look_if_there(path, &mut findings, |file, findings| judge_writers(path, file, findings));
    }
    if let Some(key) = files.key {
        look(key, &mut findings, |file, findings| judge_key(key, file, findings));
    }
    if let Some(config) = files.config {
        look(config, &mut findings, |file, findings| judge_config(config, file, directory.uid(), findings));
    }
    let config = files.config.map_or("no configuration file".to_owned(), |path| path.display().to_string());
    findings.well(format!(
        "{} is mode {:04o}, its {count} private files and {config} are as they should be",
        files.directory.display(),
        directory.mode() & 0o7777
    ));
    findings.end()
}

fn look(path: &Path, findings: &mut Findings, judge: impl FnOnce(&Metadata, &mut Findings)) {
    match std::fs::metadata(path) {
        Ok(metadata) => judge(&metadata, findings),
        Err(error) => unreadable(path, &error, findings),
    }
}

fn unreadable(path: &Path, error: &io::Error, findings: &mut Findings) {
    let path = path.display();
    findings
        .fault(format!("{path} cannot be looked at: {error}"), "run this as the appliance's user or as root");
}

fn look_if_there(path: &Path, findings: &mut Findings, judge: impl FnOnce(&Metadata, &mut Findings)) {
    match std::fs::symlink_metadata(path) {
        Ok(file) => judge(&file, findings),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => unreadable(path, &error, findings),
    }
}

fn judge_writers(path: &Path, file: &Metadata, findings: &mut Findings) {
    let (shown, mode) = (path.display(), file.mode() & 0o7777);
    if others_may_write(mode) && !file.is_symlink() {
        let seen = format!("{shown} has mode {mode:04o}: others may write to it");
        findings.fault(seen, format!("chmod go-w {shown}"));
    }
}

fn judge_directory(path: &Path, directory: &Metadata, findings: &mut Findings) {
    let (shown, mode) = (path.display(), directory.mode() & 0o7777);
    if others_may_write(mode) {
        let seen = format!("{shown} has mode {mode:04o}: others may replace its files");
        findings.fault(seen, format!("chmod 700 {shown}"));
    } else if mode & WORLD_READ_WRITE != 0 {
        let seen = format!("{shown} has mode {mode:04o}: every user may list it");
        findings.warn(seen, format!("chmod 700 {shown}"));
    }
}

fn judge_private(path: &Path, file: &Metadata, owner: u32, findings: &mut Findings) {
    let (shown, mode) = (path.display(), file.mode() & 0o7777);
    if mode & OTHERS_ANY != 0 && !file.is_symlink() {
        let seen = format!("{shown} has mode {mode:04o}: others may use it");
        findings.fault(seen, format!("chmod 600 {shown}"));
    }
    if file.uid() != owner {
        let uid = file.uid();
        findings.fault(
            format!("{shown} belongs to user {uid}, the data directory to user {owner}"),
            format!("chown {owner} {shown}"),
        );
    }
}

fn judge_key(path: &Path, file: &Metadata, findings: &mut Findings) {
    let (shown, mode) = (path.display(), file.mode() & 0o7777);
    if mode & WORLD_READ_WRITE != 0 {
        let seen = format!("{shown} is a private key of mode {mode:04o}: every user may use it");
        findings.fault(seen, format!("chmod 600 {shown}"));
    }
}

fn judge_config(path: &Path, file: &Metadata, owner: u32, findings: &mut Findings) {
    let (shown, mode) = (path.display(), file.mode() & 0o7777);
    if others_may_write(mode) {
        let seen = format!("{shown} has mode {mode:04o}: others may change the settings");
        findings.fault(seen, format!("chmod go-w {shown}"));
    }
    let trusted = [0, owner, rustix::process::geteuid().as_raw()];
    if !trusted.contains(&file.uid()) {
        let uid = file.uid();
        findings.fault(
            format!("{shown} belongs to user {uid}, who may change the settings"),
            format!("chown root {shown}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;
    use crate::platform::files::{Access, create_private_directory, write_whole};
    use crate::platform::scratch::ScratchDirectory;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    fn chmod(path: &Path, mode: u32) {
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn modes_that_let_others_in_are_faults_with_what_to_type() {
        let directory = ScratchDirectory::new();
        create_private_directory(&directory.join("keys")).unwrap();
        create_private_directory(&directory.join("tls")).unwrap();
        let (config, key) = (directory.join("mainstay.toml"), directory.join("own.key"));
        let names = ["keys/sealing.key", "tls/server.key", "mainstay.redb", "journal.2", "admin.sock"];
        let private = names.map(|name| directory.join(name));
        for path in private.iter().chain([&key]) {
            write_whole(path, b"x", Access::Private).unwrap();
        }
        write_whole(&config, b"", Access::Public).unwrap();
        let certificate = directory.join("tls/server.pem");
        write_whole(&certificate, b"x", Access::Public).unwrap();
        let (whole, folder) = (directory.to_path_buf(), directory.join("keys"));
        let look = || judge(&Files { directory: &directory, config: Some(&config), key: Some(&key) });
        assert_eq!(look().verdict, Verdict::Ok, "{:?}", look());
        for (path, wrong, right) in private.iter().map(|path| (path, 0o640, 0o600)).chain([
            (&key, 0o604, 0o600),
            (&config, 0o664, 0o644),
            (&whole, 0o720, 0o700),
            (&folder, 0o770, 0o700),
            (&certificate, 0o664, 0o644),
        ]) {
            chmod(path, wrong);
            let found = look();
            assert_eq!(found.verdict, Verdict::Fault, "{}", path.display());
            assert!(found.seen.contains(&format!("mode {wrong:04o}")), "{found:?}");
            assert!(found.hint.is_some_and(|hint| hint.contains(&path.display().to_string())));
            chmod(path, right);
        }
        chmod(&directory, 0o755);
        assert_eq!(look().verdict, Verdict::Warning);
        std::fs::remove_file(&config).unwrap();
        assert_eq!(look().verdict, Verdict::Fault);
        std::fs::remove_dir_all(&*directory).unwrap();
        assert_eq!(look().verdict, Verdict::Fault);
    }
}
