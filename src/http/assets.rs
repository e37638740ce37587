//! Files that pages use, embedded in the program. A page names a file with its content's fingerprint, so that browsers
//! keep it for good and a new version has a new address.

use crate::http::library::{Fixed, fingerprint};
use bytes::Bytes;
use rust_embed::Embed;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Where the files are.
const FOLDER: &str = "/static/";

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// Every file, read and digested once.
static STORED: LazyLock<Vec<Stored>> =
    LazyLock::new(|| Files::iter().filter_map(|name| stored(&name)).collect());

struct Stored {
    name: String,
    /// The name with its content's fingerprint.
    stamped: String,
    content: Fixed,
    media: &'static str,
}

/// A file and how it is kept.
pub(crate) struct Asset {
    pub(crate) content: Fixed,
    pub(crate) media: &'static str,
    pub(crate) kept: Kept,
}

/// How long an answer with a file may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// For good: the address names the content.
    ForGood,
    /// As long as it is asked for each time whether it is still the same.
    Checked,
}

/// Returns where a file is. The file must be there: pages name those of this repository.
pub(crate) fn address(name: &str) -> String {
    let file = STORED.iter().find(|file| file.name == name).expect("pages name files that are there");
    format!("{FOLDER}{}", file.stamped)
}

/// Finds a file by its plain name or the one with its fingerprint.
pub(crate) fn find(wanted: &str) -> Option<Asset> {
    STORED.iter().find_map(|file| {
        let kept = match wanted {
            plain if plain == file.name => Kept::Checked,
            other if other == file.stamped => Kept::ForGood,
            _ => return None,
        };
        Some(Asset { content: file.content.clone(), media: file.media, kept })
    })
}

fn stored(name: &str) -> Option<Stored> {
    let data = Files::get(name)?.data;
    let (stamped, media) = (stamped(name, &data), media_of(name));
    let bytes = match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(Stored { name: name.to_owned(), stamped, content: Fixed::new(bytes), media })
}

fn stamped(name: &str, data: &[u8]) -> String {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}-{}.{kind}", fingerprint(data))
}

fn media_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_for_good_under_the_name_of_its_content() {
        let address = address("docs.css");
        let name = address.strip_prefix(FOLDER).unwrap();
        let stamp = name.strip_prefix("docs-").and_then(|rest| rest.strip_suffix(".css")).unwrap();
        assert_eq!(stamp.len(), 16);
        let found = find(name).unwrap();
        assert_eq!((found.kept, found.media), (Kept::ForGood, "text/css; charset=utf-8"));
        assert_eq!(find("docs.css").unwrap().kept, Kept::Checked);
        for wrong in ["docs-0000000000000000.css", "", "../Cargo.toml", "docs"] {
            assert!(find(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn every_file_has_a_media_type() {
        assert!(Files::iter().all(|name| media_of(&name) != "application/octet-stream"));
    }
}
