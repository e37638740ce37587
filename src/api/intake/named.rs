//! What the query says of events that do not say it themselves.

use crate::domain::names::{check_label, check_text};
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;

/// What the query says of events that do not say it themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) source: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) subject: Option<String>,
}

impl Named {
    /// Reads a query that says nothing else; of the parameters only those that are known there.
    pub(super) fn read(query: Option<&str>, known: &[&'static str]) -> Result<Self, Problem> {
        let mut parameters = Parameters::read(query, known);
        let named = Self::take(&mut parameters);
        parameters.finish().map(|()| named)
    }

    /// Reads the parameters `source`, `type` and `subject`.
    pub(super) fn take(parameters: &mut Parameters<'_>) -> Self {
        let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
        // A subject may be long (all attributes together have a bound) but not empty.
        let subject = |text: &str| check_text("subject", text).map(|()| text.to_owned());
        Self {
            source: parameters.parse("source", label("source")),
            event_type: parameters.parse("type", label("type")),
            subject: parameters.parse("subject", subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_what_is_known_there_only() {
        let known = ["source", "type", "subject"];
        let named = Named::read(Some("source=pos%201&type=sale&subject=a/b"), &known).unwrap();
        assert_eq!(named.source.as_deref(), Some("pos 1"));
        assert_eq!((named.event_type.as_deref(), named.subject.as_deref()), (Some("sale"), Some("a/b")));
        assert!(Named::read(None, &known).is_ok());
        for (query, known, expected) in [
            ("source=&tpye=x&subject=%0a", &known[..], &["tpye", "source", "subject"][..]),
            ("source=pos&type=", &known[1..], &["source", "type"]),
        ] {
            let problem = Named::read(Some(query), known).unwrap_err();
            let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, expected);
        }
    }
}
