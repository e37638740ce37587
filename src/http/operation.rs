//! The description of an operation, for the OpenAPI document and its page. It states only what is the operation's own:
//! what follows from the route's pattern, method and caller is derived ([`crate::http::openapi`]).

use crate::http::code::Code;
use crate::http::schemas::{MakeSchema, read, written};
use schemars::JsonSchema;
use serde_json::Value;

/// Most answers that an operation describes besides its refusals.
const ANSWERS_MAX: usize = 4;

/// Most groups of refusal codes that an operation names.
const CODE_GROUPS_MAX: usize = 5;

/// A chapter of the document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) tag: &'static Tag,
    /// A name for programs, unique unless several paths share the handler.
    pub(crate) id: &'static str,
    /// What it does, in one line.
    pub(crate) summary: &'static str,
    /// More about it; may be empty.
    pub(crate) detail: &'static str,
    /// Parameters besides those that are derived.
    pub(crate) parameters: &'static [Parameter],
    pub(crate) body: Option<RequestBody>,
    pub(crate) answers: [Option<Answer>; ANSWERS_MAX],
    /// Problems of its own, in groups.
    pub(crate) codes: [&'static [Code]; CODE_GROUPS_MAX],
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the path; always required.
    Path,
    Query,
    /// In the query, and required.
    RequiredQuery,
    Header,
}

impl Place {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query | Self::RequiredQuery => "query",
            Self::Header => "header",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) schema: fn() -> Value,
    pub(crate) meaning: &'static str,
}

/// Whether a request's body must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Without it the request is refused.
    Required,
    /// It may be left out.
    Optional,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestBody {
    pub(crate) presence: Presence,
    pub(crate) contents: &'static [Content],
}

impl RequestBody {
    const fn json<T: JsonSchema>(presence: Presence) -> Self {
        Self { presence, contents: const { &[Content::json(read::<T>)] } }
    }

    /// Tells whether the body is JSON of one documented type.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.contents, [only] if only.media == JSON)
    }
}

const JSON: &str = "application/json";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    pub(crate) media: &'static str,
    pub(crate) schema: MakeSchema,
    /// What every line or event is, where there are many.
    pub(crate) item: Option<MakeSchema>,
}

impl Content {
    pub(crate) const fn of(media: &'static str, schema: MakeSchema) -> Self {
        Self { media, schema, item: None }
    }

    pub(crate) const fn json(schema: MakeSchema) -> Self {
        Self::of(JSON, schema)
    }

    pub(crate) const fn many(media: &'static str, schema: MakeSchema, item: MakeSchema) -> Self {
        Self { media, schema, item: Some(item) }
    }
}

/// An answer that is no problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) meaning: &'static str,
    pub(crate) contents: &'static [Content],
    /// Headers that it carries besides those that are derived: name, and whether it always does.
    pub(crate) headers: &'static [(&'static str, Carried)],
}

/// When an answer carries a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    Always,
    /// Where it applies.
    Sometimes,
}

impl Answer {
    pub(crate) const fn empty(status: u16, meaning: &'static str) -> Self {
        Self::of(status, meaning, &[])
    }

    pub(crate) const fn json<T: JsonSchema>(status: u16, meaning: &'static str) -> Self {
        Self::of(status, meaning, const { &[Content::json(written::<T>)] })
    }

    pub(crate) const fn of(status: u16, meaning: &'static str, contents: &'static [Content]) -> Self {
        Self { status, meaning, contents, headers: &[] }
    }

    pub(crate) const fn with(self, headers: &'static [(&'static str, Carried)]) -> Self {
        Self { headers, ..self }
    }
}

impl Operation {
    /// Describes an operation by its chapter, its name for programs and what it does.
    pub(crate) const fn new(tag: &'static Tag, id: &'static str, summary: &'static str) -> Self {
        let answers = [None; ANSWERS_MAX];
        let codes: [&[Code]; CODE_GROUPS_MAX] = [&[]; CODE_GROUPS_MAX];
        Self { tag, id, summary, detail: "", parameters: &[], body: None, answers, codes }
    }

    pub(crate) const fn detail(self, detail: &'static str) -> Self {
        Self { detail, ..self }
    }

    /// Names query parameters, headers, and path parameters that need more words than their name.
    pub(crate) const fn parameters(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// Takes one type as JSON, which must be there.
    pub(crate) const fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some(RequestBody::json::<T>(Presence::Required)), ..self }
    }

    /// Takes one type as JSON, or nothing.
    pub(crate) const fn optional_body<T: JsonSchema>(self) -> Self {
        Self { body: Some(RequestBody::json::<T>(Presence::Optional)), ..self }
    }

    /// Takes a body in several media types, or nothing.
    pub(crate) const fn bodies(self, contents: &'static [Content]) -> Self {
        Self { body: Some(RequestBody { presence: Presence::Optional, contents }), ..self }
    }

    /// Answers 200 with one type as JSON.
    pub(crate) const fn answers<T: JsonSchema>(self, meaning: &'static str) -> Self {
        self.answer(Answer::json::<T>(200, meaning))
    }

    /// Answers 201 with one type as JSON.
    pub(crate) const fn creates<T: JsonSchema>(self, meaning: &'static str) -> Self {
        self.answer(Answer::json::<T>(201, meaning))
    }

    pub(crate) const fn done(self, meaning: &'static str) -> Self {
        self.answer(Answer::empty(204, meaning))
    }

    #[expect(clippy::indexing_slicing, reason = "it is evaluated when the program is compiled")]
    pub(crate) const fn answer(mut self, answer: Answer) -> Self {
        let mut at = 0;
        while self.answers[at].is_some() {
            at += 1;
        }
        self.answers[at] = Some(answer);
        self
    }

    /// Names problems of its own.
    #[expect(clippy::indexing_slicing, reason = "it is evaluated when the program is compiled")]
    pub(crate) const fn refuses(mut self, codes: &'static [Code]) -> Self {
        let mut at = 0;
        while !self.codes[at].is_empty() {
            at += 1;
        }
        self.codes[at] = codes;
        self
    }
}
