//! What the query of a page says, field by field and as it was typed: a page shows it again, also where it is wrong.

use crate::console::form::Faults;
use crate::http::request::query::Parameters;

pub(super) struct Typed {
    fields: Vec<(&'static str, String)>,
    /// What is wrong, by field; what belongs to none stands under the empty name.
    pub(super) faults: Faults,
}

impl Typed {
    /// Reads a query that knows these fields.
    pub(super) fn read(query: Option<&str>, known: &[&'static str]) -> Self {
        let parameters = Parameters::read(query, known);
        let text = |name| parameters.text(name).unwrap_or_default().trim().to_owned();
        let fields = known.iter().map(|name| (*name, text(*name))).collect();
        let mut faults = Faults::default();
        if let Err(problem) = parameters.finish() {
            let told = problem.errors.iter().map(|error| format!("`{}` {}", error.field, error.detail));
            faults.add("", told.collect::<Vec<_>>().join("; "));
        }
        Self { fields, faults }
    }

    /// Returns what was typed into a field, empty if nothing was.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// Reads a field with a parser, unless it was left empty; an error is noted at the field.
    pub(super) fn parse<T, E: ToString>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = Some(self.text(name)).filter(|text| !text.is_empty())?;
        match parser(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let fault = error.to_string();
                self.faults.add(name, fault);
                None
            }
        }
    }

    pub(super) fn pairs<'a>(
        &'a self,
        names: &'a [&'static str],
    ) -> impl Iterator<Item = (&'static str, &'a str)> {
        names.iter().map(|name| (*name, self.text(name)))
    }
}
