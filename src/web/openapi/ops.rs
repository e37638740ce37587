//! Health, metrics and what the appliance says of itself.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation};
use crate::web::openapi::parameters::{CHECK, EXCLUDE, FILE, QUERY, VERBOSE, WAITS};
use crate::web::openapi::schemas::{anything, text, written};
use crate::web::wire::about::AboutJson;
use crate::web::wire::diagnostics::DiagnosticsJson;
use crate::web::wire::health::{AliveJson, DatabaseReadyJson, HealthJson, ReadyJson, StartupJson};
use crate::web::wire::report::{GatesJson, HEALTH_JSON, PassJson, ReportJson};
use crate::web::wire::summary::SummaryJson;

/// Problems of a health question that work is done for while the appliance stops.
const DRAINING: &[Code] = &[Code::Draining];

const CACHED: &[(&str, Carried)] = &[("ETag", Carried::Always), ("Cache-Control", Carried::Always)];

pub(super) static HEALTH: Operation = Operation {
    id: "showHealth",
    group: Group::Health,
    summary: "Answers load balancers",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "Traffic may come.", &[Content::json(written::<HealthJson>)])],
    codes: &[DRAINING],
};

pub(super) static ALIVE: Operation = Operation {
    id: "showAlive",
    group: Group::Health,
    summary: "Answers that the process lives",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "It does.", &[Content::json(written::<AliveJson>)])],
    codes: &[],
};

pub(super) static STARTED: Operation = Operation {
    id: "showStarted",
    group: Group::Health,
    summary: "Answers whether start has completed",
    detail: "Once it has, it stays so.",
    parameters: &[],
    body: None,
    answers: &[
        Answer::new(200, "It has.", &[Content::json(written::<StartupJson>)]),
        Answer::new(503, "It has not.", &[Content::json(written::<StartupJson>)]),
    ],
    codes: &[],
};

const READY_FORMS: &[Content] = &[
    Content::json(written::<ReadyJson<'static>>),
    Content::of(HEALTH_JSON, written::<PassJson>),
    Content::of("text/plain", text),
];

pub(super) static READY: Operation = Operation {
    id: "showReady",
    group: Group::Health,
    summary: "Answers whether traffic may come, check by check",
    detail: "Strangers get the word alone.",
    parameters: &[VERBOSE, EXCLUDE],
    body: None,
    answers: &[Answer::new(200, "It may.", READY_FORMS), Answer::new(503, "A check fails.", READY_FORMS)],
    codes: &[WAITS, QUERY],
};

pub(super) static CHECKED: Operation = Operation {
    id: "showCheck",
    group: Group::Health,
    summary: "Answers whether one check of readiness passes",
    detail: "",
    parameters: &[CHECK, VERBOSE],
    body: None,
    answers: &[Answer::new(200, "It does.", READY_FORMS), Answer::new(503, "It does not.", READY_FORMS)],
    codes: &[WAITS, &[Code::CheckNotFound]],
};

pub(super) static DATABASE_READY: Operation = Operation {
    id: "showDatabaseReady",
    group: Group::Health,
    summary: "Answers whether traffic may come and the database answers",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[
        Answer::new(200, "It may.", &[Content::json(written::<DatabaseReadyJson>)]),
        Answer::new(503, "It may not.", &[Content::json(written::<DatabaseReadyJson>)]),
    ],
    codes: &[WAITS],
};

const REPORT_FORMS: &[Content] = &[
    Content::json(written::<ReportJson>),
    Content::of(HEALTH_JSON, written::<PassJson>),
    Content::of("text/plain", text),
];

pub(super) static REPORT: Operation = Operation {
    id: "showReport",
    group: Group::Health,
    summary: "Tells how every part is",
    detail: "Strangers get the word alone.",
    parameters: &[VERBOSE, EXCLUDE],
    body: None,
    answers: &[
        Answer::new(200, "Healthy or degraded.", REPORT_FORMS),
        Answer::new(503, "Unhealthy.", REPORT_FORMS),
    ],
    codes: &[DRAINING, WAITS, QUERY],
};

pub(super) static GATES: Operation = Operation {
    id: "showGates",
    group: Group::Health,
    summary: "Tells which gates are open",
    detail: "Strangers get the word alone.",
    parameters: &[],
    body: None,
    answers: &[
        Answer::new(200, "All.", &[Content::json(written::<GatesJson>)]),
        Answer::new(503, "Not all.", &[Content::json(written::<GatesJson>)]),
    ],
    codes: &[WAITS],
};

pub(super) static METRICS: Operation = Operation {
    id: "showMetrics",
    group: Group::Metrics,
    summary: "Gives every series",
    detail: "In the Prometheus text format.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "The series.", &[Content::of("text/plain", text)])],
    codes: &[],
};

pub(super) static SUMMARY: Operation = Operation {
    id: "showSummary",
    group: Group::Metrics,
    summary: "Gives the requests of the last fifteen minutes",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "Counts and percentiles.", &[Content::json(written::<SummaryJson>)])],
    codes: &[],
};

pub(super) static ABOUT: Operation = Operation {
    id: "showAbout",
    group: Group::About,
    summary: "Gives version, retention of keys, limits and accepted formats",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "What holds here.", &[Content::json(written::<AboutJson<'static>>)])],
    codes: &[],
};

pub(super) static DIAGNOSTICS: Operation = Operation {
    id: "showDiagnostics",
    group: Group::About,
    summary: "Tells what somebody who helps needs to know",
    detail: "Version, machine, settings that differ, counts, health, sizes. No secrets, nothing of tenants, no addresses.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "What was gathered.", &[Content::json(written::<DiagnosticsJson<'static>>)])],
    codes: &[],
};

pub(super) static AUTHORITY: Operation = Operation {
    id: "showAuthority",
    group: Group::About,
    summary: "Gives the authority's certificate",
    detail: "Clients that trust it trust this appliance.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "The certificate in PEM.", &[Content::of("application/x-pem-file", text)])],
    codes: &[&[Code::NoAuthority]],
};

pub(super) static OPENAPI: Operation = Operation {
    id: "showOpenapi",
    group: Group::About,
    summary: "Gives this document",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[
        Answer::new(200, "OpenAPI 3.1.", &[Content::json(anything)]).with(CACHED),
        Answer::new(304, "What `If-None-Match` names is still the same.", &[]).with(CACHED),
    ],
    codes: &[],
};

pub(super) static DOCS: Operation = Operation {
    id: "showDocs",
    group: Group::About,
    summary: "Gives this document as a page",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[
        Answer::new(200, "The page.", &[Content::of("text/html", text)]).with(CACHED),
        Answer::new(304, "What `If-None-Match` names is still the same.", &[]).with(CACHED),
    ],
    codes: &[],
};

pub(super) static STATIC_FILE: Operation = Operation {
    id: "showStaticFile",
    group: Group::About,
    summary: "Gives a file that pages use",
    detail: "",
    parameters: &[FILE],
    body: None,
    answers: &[
        Answer::new(200, "The file.", &[Content::of("*/*", anything)]).with(CACHED),
        Answer::new(304, "What `If-None-Match` names is still the same.", &[]).with(CACHED),
    ],
    codes: &[&[Code::NotFound]],
};
