//! What the query says of events that do not say it themselves.

use crate::domain::names::{check_label, check_text};
use crate::http::request::query::Parameters;

/// What the query says of events that do not say it themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) source: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) subject: Option<String>,
}

impl Named {
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
    use crate::http::problem::Problem;

    fn read(query: &str) -> Result<Named, Problem> {
        let mut parameters = Parameters::read(Some(query), &["source", "type", "subject"]);
        let named = Named::take(&mut parameters);
        parameters.finish().map(|()| named)
    }

    #[test]
    fn a_query_names_source_type_and_subject() {
        let named = read("source=pos%201&type=sale&subject=a/b").unwrap();
        assert_eq!(named.source.as_deref(), Some("pos 1"));
        assert_eq!(named.event_type.as_deref(), Some("sale"));
        assert_eq!(named.subject.as_deref(), Some("a/b"));
        let problem = read("source=&tpye=x&subject=%0a").unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["tpye", "source", "subject"]);
    }
}
