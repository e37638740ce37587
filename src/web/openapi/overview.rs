//! How everything is, and what it was like.

use crate::web::openapi::operation::{Answer, Content, Group, Operation};
use crate::web::openapi::parameters::{QUERY, SPAN};
use crate::web::openapi::schemas::written;
use crate::web::wire::overview::OverviewJson;
use crate::web::wire::series::SeriesJson;

pub(super) static OVERVIEW: Operation = Operation {
    id: "showOverview",
    group: Group::Health,
    summary: "Shows how everything is, and what to do about what is not well",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "How it is now.", &[Content::json(written::<OverviewJson<'static>>)])],
    codes: &[],
};

pub(super) static SERIES: Operation = Operation {
    id: "showSeries",
    group: Group::Metrics,
    summary: "Shows requests, events, latency and the machine over time",
    detail: "Minutes are kept for a day and hours for 90 days; a crash forgets less than a minute. A bin is a minute for \
             `15m` and `1h`, half an hour for `24h`, three hours for `7d` and two days for `90d`.",
    parameters: &[SPAN],
    body: None,
    answers: &[Answer::new(200, "From the oldest bin.", &[Content::json(written::<SeriesJson>)])],
    codes: &[QUERY],
};
