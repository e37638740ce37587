//! What a signature is computed over, as a text such as `v0:{timestamp}:{body}`.

use std::fmt;

/// Longest template in bytes: the known ones are a tenth of it.
const LEN_MAX: usize = 128;

/// What a signature is computed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// One piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Text(String),
    /// The body as received.
    Body,
    /// The timestamp as it was sent.
    Timestamp,
    /// The delivery's id as it was sent.
    Id,
    /// The address the provider was given for this source.
    Url,
}

/// A text that is no template, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Longer than any template needs to be.
    #[error("longer than 128 bytes")]
    TooLong,
    /// A bracket without its other half.
    #[error("a bracket without its other half")]
    Bracket,
    /// Brackets around another word.
    #[error("brackets around something else than body, timestamp, id or url")]
    Unknown,
    /// A control character.
    #[error("a control character in it")]
    Control,
    /// The body is not signed.
    #[error("without {{body}}: such a signature would hold for any body")]
    NoBody,
}

/// What stands in brackets, and what it means.
const WORDS: [(&str, Piece); 4] =
    [("body", Piece::Body), ("timestamp", Piece::Timestamp), ("id", Piece::Id), ("url", Piece::Url)];

impl Template {
    /// Reads a template: text as it is, and `{body}`, `{timestamp}`, `{id}` and `{url}`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > LEN_MAX {
            return Err(TemplateError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TemplateError::Control);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (word, after) = behind.split_once('}').ok_or(TemplateError::Bracket)?;
            if before.contains('}') || word.contains('{') {
                return Err(TemplateError::Bracket);
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let known = WORDS.iter().find(|(known, _)| *known == word);
            pieces.push(known.map(|(_, piece)| piece.clone()).ok_or(TemplateError::Unknown)?);
            rest = after;
        }
        if rest.contains('}') {
            return Err(TemplateError::Bracket);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        if pieces.contains(&Piece::Body) { Ok(Self(pieces)) } else { Err(TemplateError::NoBody) }
    }

    /// Tells whether a piece is part of it.
    pub fn holds(&self, piece: &Piece) -> bool {
        self.0.contains(piece)
    }

    /// Returns the pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match (piece, WORDS.iter().find(|(_, known)| known == piece)) {
                (Piece::Text(text), _) => f.write_str(text)?,
                (_, Some((word, _))) => write!(f, "{{{word}}}")?,
                (_, None) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_words_in_brackets_are_filled_in() {
        let template = Template::parse("v0:{timestamp}:{body}").unwrap();
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(template.pieces(), [text("v0:"), Piece::Timestamp, text(":"), Piece::Body]);
        assert!(template.holds(&Piece::Timestamp) && !template.holds(&Piece::Url));
    }

    #[test]
    fn a_template_that_cannot_be_meant_is_refused() {
        for (wrong, error) in [
            ("", TemplateError::NoBody),
            ("{timestamp}", TemplateError::NoBody),
            ("{Body}", TemplateError::Unknown),
            ("{}{body}", TemplateError::Unknown),
            ("{body", TemplateError::Bracket),
            ("body}", TemplateError::Bracket),
            ("{body}}", TemplateError::Bracket),
            ("{{body}}", TemplateError::Bracket),
            ("a}{body}", TemplateError::Bracket),
            ("\n{body}", TemplateError::Control),
        ] {
            assert_eq!(Template::parse(wrong), Err(error), "{wrong}");
        }
        assert_eq!(Template::parse(&format!("{{body}}{}", "x".repeat(123))), Err(TemplateError::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_that_reads_back_or_refused(text in "([a-z:.]|\\{body\\}|\\{id\\}|[{}]){0,12}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(template.to_string(), text);
            }
        }

        #[test]
        fn any_text_at_all_is_judged(text in ".*") {
            let _ = Template::parse(&text);
        }
    }
}
