//! What is said about an operation. What the route table implies is not repeated here.

use crate::web::code::Code;
use crate::web::openapi::schemas::MakeSchema;
use serde_json::Value;

/// Where operations belong together, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Events coming in.
    Intake,
    /// Events going out.
    Reading,
    /// Tenants, tokens and sources.
    Tenants,
    /// Agents.
    Agents,
    /// Jobs and usage.
    Jobs,
    /// Settings and blocks.
    Management,
    /// Operators and their sessions.
    People,
    /// Health.
    Health,
    /// Metrics.
    Metrics,
    /// What the appliance says of itself.
    About,
}

impl Group {
    /// All of them.
    pub(super) const ALL: [Self; 10] = [
        Self::Intake,
        Self::Reading,
        Self::Tenants,
        Self::Agents,
        Self::Jobs,
        Self::Management,
        Self::People,
        Self::Health,
        Self::Metrics,
        Self::About,
    ];

    /// Returns its name and what is in it.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Intake => ("Intake", "Events coming in, each stored exactly once."),
            Self::Reading => ("Reading", "Events going out: pages, single events, exports, live streams."),
            Self::Tenants => {
                ("Tenants", "Whose data it is, and who may send and read it: tokens and sources.")
            }
            Self::Agents => ("Agents", "Workers that register and send heartbeats."),
            Self::Jobs => ("Jobs", "Work on a schedule, and what tenants used."),
            Self::Management => ("Management", "Settings, certificates, and addresses that are kept out."),
            Self::People => (
                "Operators",
                "People who use the console. A token that is asked for here may do what an owner may.",
            ),
            Self::Health => ("Health", "Whether the appliance works, and whether traffic may come."),
            Self::Metrics => ("Metrics", "Numbers of requests, events and the machine."),
            Self::About => ("About", "What the appliance says of itself."),
        }
    }
}

/// One method of one path.
pub(super) struct Operation {
    /// A name for programs, unique unless several paths share the endpoint.
    pub(super) id: &'static str,
    /// Where it belongs.
    pub(super) group: Group,
    /// What it does, in one line.
    pub(super) summary: &'static str,
    /// What else is to be known.
    pub(super) detail: &'static str,
    /// Parameters besides those that a token brings.
    pub(super) parameters: &'static [Parameter],
    /// The request's body, if it has one.
    pub(super) body: Option<RequestBody>,
    /// Answers that are no problems.
    pub(super) answers: &'static [Answer],
    /// Problems of its own, in groups.
    pub(super) codes: &'static [&'static [Code]],
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the path; it must be there.
    Path,
    /// In the query.
    Query,
    /// In the query; it must be there.
    NeededQuery,
    /// In the head.
    Header,
}

impl Place {
    /// Returns the document's word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query | Self::NeededQuery => "query",
            Self::Header => "header",
        }
    }
}

/// A parameter.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) schema: fn() -> Value,
    pub(super) meaning: &'static str,
}

/// Whether a request's body must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Without it the request is refused.
    Required,
    /// It may be left out.
    Optional,
}

/// A request's body.
pub(super) struct RequestBody {
    pub(super) presence: Presence,
    pub(super) contents: &'static [Content],
}

/// A body in one media type.
pub(super) struct Content {
    pub(super) media: &'static str,
    pub(super) schema: MakeSchema,
    /// What every line or event is, where there are many.
    pub(super) item: Option<MakeSchema>,
}

impl Content {
    /// A whole body.
    pub(super) const fn of(media: &'static str, schema: MakeSchema) -> Self {
        Self { media, schema, item: None }
    }

    /// A JSON body.
    pub(super) const fn json(schema: MakeSchema) -> Self {
        Self::of("application/json", schema)
    }

    /// A body of many, such as lines.
    pub(super) const fn many(media: &'static str, schema: MakeSchema, item: MakeSchema) -> Self {
        Self { media, schema, item: Some(item) }
    }
}

/// An answer that is no problem.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) meaning: &'static str,
    pub(super) contents: &'static [Content],
    /// Headers that it carries besides those of every answer: name, and whether it always does.
    pub(super) headers: &'static [(&'static str, Carried)],
}

/// When an answer carries a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Always.
    Always,
    /// Where it applies.
    Sometimes,
}

impl Answer {
    /// An answer with a body in one media type or several.
    pub(super) const fn new(status: u16, meaning: &'static str, contents: &'static [Content]) -> Self {
        Self { status, meaning, contents, headers: &[] }
    }

    /// The same with headers.
    pub(super) const fn with(self, headers: &'static [(&'static str, Carried)]) -> Self {
        Self { headers, ..self }
    }
}
