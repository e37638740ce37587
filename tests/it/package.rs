//! Packages of npm's public registry that tests read, fetched once for a target directory.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A package, at a version whose contents do not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    /// Its name in the registry, with its scope.
    pub(crate) name: &'static str,
    /// Which one of it.
    pub(crate) version: &'static str,
}

/// Says something even while the test passes.
pub(crate) fn notice(text: &str) {
    let _ = writeln!(std::io::stderr(), "\n{text}");
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Package {
    /// Returns the name of the package's file without its ending, as npm writes it.
    fn stem(&self) -> String {
        format!("{}-{}", self.name.trim_start_matches('@').replace('/', "-"), self.version)
    }

    /// Fetches the package through npm, or where there is none from npm's public registry.
    fn download(&self, into: &Path) -> Option<PathBuf> {
        let (name, version) = (self.name, self.version);
        let file = into.join(format!("{}.tgz", self.stem()));
        let mut npm = Command::new("npm");
        npm.args(["pack", &format!("{name}@{version}"), "--silent", "--fetch-retries=0"]);
        npm.arg("--fetch-timeout=20000").current_dir(into);
        let bare = name.rsplit('/').next().unwrap_or(name);
        let url = format!("https://registry.npmjs.org/{name}/-/{bare}-{version}.tgz");
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--silent", "--location", "--max-time", "30", "--output"]).arg(&file).arg(url);
        (succeeds(&mut npm) || succeeds(&mut curl)).then_some(file)
    }

    /// Returns the package's folder; none without a network.
    pub(crate) fn fetch(&self) -> Option<PathBuf> {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("package-{}", self.stem()));
        if kept.exists() {
            return Some(kept.join("package"));
        }
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-partial", std::process::id()));
        std::fs::create_dir_all(&fresh).unwrap();
        let file = self.download(&fresh);
        let unpacked =
            file.is_some_and(|file| succeeds(Command::new("tar").arg("xzf").arg(file).current_dir(&fresh)));
        if unpacked {
            let _ = std::fs::rename(&fresh, &kept);
        }
        let _ = std::fs::remove_dir_all(&fresh);
        kept.exists().then(|| kept.join("package"))
    }
}
