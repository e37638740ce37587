//! What a file is: by its name, and where the name says nothing by its content.

use crate::cli::send::batch::{BYTE_ORDER_MARK, LINE_BYTES_MAX, is_blank};
use serde::de::IgnoredAny;
use std::ffi::OsStr;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// What the files hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// By name and content: .ndjson and .jsonl are lines; .json and stdin are lines if the first line is a whole JSON
    /// value and more follows, else one document: an array of CloudEvents, a CloudEvent, or any other JSON
    #[default]
    Auto,
    /// Each file is one event, whatever it looks like
    Json,
    /// Each line is an event: a CloudEvent if it has specversion, else a payload
    Ndjson,
    /// Each file is a CloudEvent in JSON or an array of them
    Cloudevents,
    /// Each file is one event as it is, with a media type by its name
    Raw,
}

/// How a file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Every line is a record.
    Lines,
    /// A JSON document.
    Document(CloudEvents),
    /// One event of a media type.
    Raw(&'static str),
    /// Lines or a document, to be found out from the content.
    LinesOrDocument,
}

/// When a document counts as CloudEvents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloudEvents {
    /// When it has `specversion`.
    Recognized,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Format {
    /// Returns how a file is sent by its name, which stdin has not; none if that has to be said with `--format`.
    pub(super) fn shape(self, name: Option<&Path>) -> Option<Shape> {
        let ending = name.and_then(Path::extension).and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        Some(match (self, ending.as_deref()) {
            (Self::Ndjson, _) | (Self::Auto, Some("ndjson" | "jsonl")) => Shape::Lines,
            (Self::Json, _) => Shape::Document(CloudEvents::Never),
            (Self::Cloudevents, _) => Shape::Document(CloudEvents::Always),
            (Self::Raw, ending) => Shape::Raw(media_type(ending.unwrap_or_default())),
            (Self::Auto, Some("json")) => Shape::LinesOrDocument,
            (Self::Auto, None) if name.is_none() => Shape::LinesOrDocument,
            (Self::Auto, _) => return None,
        })
    }
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "csv" => "text/csv",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "log" | "txt" => "text/plain",
        "md" => "text/markdown",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "webp" => "image/webp",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Finds out whether JSON is one document or a value on every line: lines if the first line that is not blank is a
/// whole value and something follows.
pub(super) fn sniff(reader: &mut impl BufRead) -> io::Result<Shape> {
    if reader.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        reader.consume(BYTE_ORDER_MARK.len());
    }
    let mut line = Vec::new();
    while line.is_empty() {
        reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() || line.len() > LINE_BYTES_MAX {
            return Ok(Shape::Document(CloudEvents::Recognized));
        }
        if is_blank(&line) {
            line.clear();
        }
    }
    let whole = line.ends_with(b"\n") && serde_json::from_slice::<IgnoredAny>(&line).is_ok();
    Ok(if whole && more_follows(reader)? { Shape::Lines } else { Shape::Document(CloudEvents::Recognized) })
}

/// Tells whether anything but white space is left.
fn more_follows(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() || !is_blank(buffer) {
            return Ok(!buffer.is_empty());
        }
        let used = buffer.len();
        reader.consume(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Cursor};

    const DOCUMENT: Shape = Shape::Document(CloudEvents::Recognized);

    fn sniffed(text: &[u8]) -> Shape {
        sniff(&mut BufReader::with_capacity(3, Cursor::new(text))).unwrap()
    }

    #[test]
    fn json_is_lines_when_the_first_line_is_a_value_and_more_follows() {
        for lines in ["{}\n{}\n", "\n \n1\n2", "{\"a\":1}\r\n\r\nnonsense", "\u{feff}[]\n[]"] {
            assert_eq!(sniffed(lines.as_bytes()), Shape::Lines, "{lines:?}");
        }
        for document in
            ["", "\n\n", "{}", "{}\n", "{}\n \n\n", "{\n\"a\":1}\n", "[\n{}\n]\n", "x\ny\n", "{} {}\n"]
        {
            assert_eq!(sniffed(document.as_bytes()), DOCUMENT, "{document:?}");
        }
    }

    #[test]
    fn names_say_what_a_file_is() {
        let shape = |format: Format, name: &str| format.shape(Some(Path::new(name)));
        assert_eq!(shape(Format::Auto, "a/b.NDJSON"), Some(Shape::Lines));
        assert_eq!(shape(Format::Auto, "a.jsonl"), Some(Shape::Lines));
        assert_eq!(shape(Format::Auto, "a.json"), Some(Shape::LinesOrDocument));
        assert_eq!(Format::Auto.shape(None), Some(Shape::LinesOrDocument));
        for unknown in ["a.csv", "a", "json"] {
            assert_eq!(shape(Format::Auto, unknown), None);
        }
        assert_eq!(shape(Format::Raw, "a.CSV"), Some(Shape::Raw("text/csv")));
        assert_eq!(shape(Format::Raw, "a"), Some(Shape::Raw("application/octet-stream")));
        assert_eq!(shape(Format::Ndjson, "a.json"), Some(Shape::Lines));
        assert_eq!(shape(Format::Cloudevents, "a"), Some(Shape::Document(CloudEvents::Always)));
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_shape(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            sniffed(&bytes);
        }
    }
}
