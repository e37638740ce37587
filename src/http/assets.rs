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
static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| Files::iter().filter_map(|name| asset(&name)).collect());

pub(crate) struct Asset {
    name: String,
    /// The name with its content's fingerprint.
    stamped: String,
    pub(crate) content: Fixed,
    pub(crate) media: &'static str,
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
    let file = ASSETS.iter().find(|file| file.name == name).expect("pages name files that are there");
    format!("{FOLDER}{}", file.stamped)
}

/// Finds a file by its plain name or the one with its fingerprint.
pub(crate) fn find(wanted: &str) -> Option<(&'static Asset, Kept)> {
    ASSETS.iter().find_map(|file| match wanted {
        plain if plain == file.name => Some((file, Kept::Checked)),
        other if other == file.stamped => Some((file, Kept::ForGood)),
        _ => None,
    })
}

fn asset(name: &str) -> Option<Asset> {
    let bytes = match Files::get(name)?.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let stamped = format!("{stem}-{}.{kind}", fingerprint(&bytes));
    Some(Asset { name: name.to_owned(), stamped, content: Fixed::new(bytes), media: media_of(name) })
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
        let (found, kept) = find(name).unwrap();
        assert_eq!((kept, found.media), (Kept::ForGood, "text/css; charset=utf-8"));
        assert_eq!(find("docs.css").unwrap().1, Kept::Checked);
        for wrong in ["docs-0000000000000000.css", "", "../Cargo.toml", "docs"] {
            assert!(find(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn every_file_has_a_media_type() {
        assert!(Files::iter().all(|name| media_of(&name) != "application/octet-stream"));
    }
}
