//! Results for people and for scripts.

use serde_json::Value;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes a line to stdout. A reader that went away (`| head`) is no error of the command's.
pub fn line(text: &(impl AsRef<[u8]> + ?Sized)) -> io::Result<()> {
    match try_line(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => written,
    }
}

/// Writes a line to stdout for a command that has something to finish when its reader went away.
pub fn try_line(text: &(impl AsRef<[u8]> + ?Sized)) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref()).and_then(|()| stdout.write_all(b"\n"))
}

/// Writes a remark to stderr.
pub fn note(text: &str) {
    // Whether anybody reads remarks does not matter to the command.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a remark on what is unwise to stderr.
pub fn warning(text: impl Display) {
    note(&format!("warning: {text}"));
}

/// Writes a value as one line of JSON.
pub fn json(value: &Value) -> io::Result<()> {
    line(&value.to_string())
}

/// Writes an object as aligned lines of name and value.
pub fn fields(value: &Value) -> io::Result<()> {
    let Value::Object(object) = value else { return line(&plain(value)) };
    let width = object.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in object {
        line(&format!("{name:width$}  {}", plain(value)))?;
    }
    Ok(())
}

/// Writes a list of objects as a table of the named columns; an empty list says so on stderr.
pub fn table(value: &Value, columns: &[&str], empty: &str) -> io::Result<()> {
    let rows: Vec<Vec<String>> = value
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| columns.iter().map(|column| plain(row.get(*column).unwrap_or(&Value::Null))).collect())
        .collect();
    if rows.is_empty() {
        note(empty);
        return Ok(());
    }
    let header: Vec<String> = columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            let cells = rows.iter().chain(std::iter::once(&header)).filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let heading = io::stdout().is_terminal().then_some(&header);
    for row in heading.into_iter().chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Returns a value as people read it. Control characters are shown, not sent to the terminal.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.chars().flat_map(shown).collect(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(object) => {
            let fields = object.iter().map(|(name, value)| format!("{name}={}", plain(value)));
            fields.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn shown(character: char) -> Vec<char> {
    if character.is_control() { character.escape_default().collect() } else { vec![character] }
}
