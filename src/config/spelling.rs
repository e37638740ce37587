//! Values with a spelling of their own, one or several: header names, places, templates.

use crate::config::field::{Field, Spelling, joined, spelled, spelled_list};
use crate::config::kind::Kind;
use crate::config::raw::{Raw, Refusal};
use crate::domain::scheme::place::{FieldName, HeaderName, Place, Pointer};
use crate::domain::scheme::template::Template;
use std::fmt;

/// A value that may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct One<T>(pub Option<T>);

/// Several values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many<T>(pub Vec<T>);

/// A text as it is written, blanks included.
#[derive(Clone, Debug, PartialEq, Eq, derive_more::Display)]
pub struct Words(pub String);

impl<T: Spelling> Field for One<T> {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let Raw::Text(text) = raw else { return Err(kind.mismatch()) };
        self.0 = if text.is_empty() { None } else { Some(spelled(kind, text)?) };
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.0.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl<T: Spelling> Field for Many<T> {
    /// A text stands for a list of one.
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let items: &[String] = match raw {
            Raw::Text(text) => std::slice::from_ref(text),
            Raw::List(items) => items,
            _ => return Err(kind.mismatch()),
        };
        self.0 = spelled_list(kind, items)?;
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        joined(&self.0)
    }
}

impl Field for Template {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let Raw::Text(text) = raw else { return Err(kind.mismatch()) };
        *self = Self::parse(text).map_err(|error| Refusal::new(error.to_string(), kind.mismatch().hint))?;
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.to_string()
    }
}

/// Takes a parser's result.
fn parsed<T, E: fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

impl Spelling for HeaderName {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }
}

impl Spelling for FieldName {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }
}

impl Spelling for Place {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }
}

impl Spelling for Pointer {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text))
    }
}

impl Spelling for Words {
    /// Commas separate the items of lists where values are shown.
    fn read(text: &str) -> Result<Self, String> {
        if text.contains(',') || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err("more than printable ASCII, or has a comma in it".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}
