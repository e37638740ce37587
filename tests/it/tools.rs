//! Programs of other makers that some tests use where they are installed.

use std::path::PathBuf;

/// Returns where a program is; where it is missing, says that the test is left out.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/bin".into(), "/usr/sbin".into()]);
    let mut candidates = places.map(|place| place.join(name));
    let found = candidates.find(|file| file.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not installed; hint: apt-get install the Debian package that holds it");
    }
    found
}
