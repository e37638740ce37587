//! Values with a spelling of their own, one or several: header names, places, templates.

use crate::config::field::Field;
use crate::config::kind::Kind;
use crate::config::raw::{Raw, Refusal, shortened};
use crate::domain::scheme::definition::LIST_LEN_MAX;
use crate::domain::scheme::place::{FieldName, HeaderName, Place, Pointer};
use crate::domain::scheme::template::Template;
use std::fmt::Display;

/// A value that is written as a text.
pub(super) trait Spelling: Sized + Clone + PartialEq {
    /// Reads the text, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;

    /// Writes the value so that `read` takes it.
    fn spell(&self) -> String;
}

/// A value that may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct One<T>(pub Option<T>);

/// Several values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many<T>(pub Vec<T>);

/// A text as it is written, blanks included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub String);

impl<T: Spelling> Field for One<T> {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let Raw::Text(text) = raw else { return Err(kind.mismatch()) };
        self.0 = if text.is_empty() { None } else { Some(spelled(kind, text)?) };
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.0.as_ref().map(Spelling::spell).unwrap_or_default()
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
        if items.len() > LIST_LEN_MAX {
            let reason = format!("a list of {} items", items.len());
            return Err(Refusal::new(reason, format!("write at most {LIST_LEN_MAX}")));
        }
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = spelled(kind, item)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        self.0 = values;
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.0.iter().map(Spelling::spell).collect::<Vec<_>>().join(",")
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

fn spelled<T: Spelling>(kind: &Kind, text: &str) -> Result<T, Refusal> {
    let hint = || kind.mismatch().hint;
    T::read(text).map_err(|reason| Refusal::new(format!("`{}` is {reason}", shortened(text)), hint()))
}

/// Takes a parser's result.
fn parsed<T, E: Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

impl Spelling for HeaderName {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelling for FieldName {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelling for Place {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text.trim()))
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelling for Pointer {
    fn read(text: &str) -> Result<Self, String> {
        parsed(Self::parse(text))
    }

    fn spell(&self) -> String {
        self.to_string()
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

    fn spell(&self) -> String {
        self.0.clone()
    }
}
