//! Jobs and usage.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation};
use crate::web::openapi::parameters::{DAY, IDEMPOTENCY_KEY, JOB, KEY, QUERY, READS};
use crate::web::openapi::schemas::written;
use crate::web::wire::job::{JobJson, JobsJson};
use crate::web::wire::usage::UsageJson;

const JOB_BODY: &[Content] = &[Content::json(written::<JobJson<'static>>)];
const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];

pub(super) static LIST: Operation = Operation {
    id: "listJobs",
    group: Group::Jobs,
    summary: "Lists jobs with their history",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "All of them.", &[Content::json(written::<JobsJson<'static>>)])],
    codes: &[],
};

pub(super) static FIND: Operation = Operation {
    id: "findJob",
    group: Group::Jobs,
    summary: "Shows a job with its history",
    detail: "",
    parameters: &[JOB],
    body: None,
    answers: &[Answer::new(200, "The job.", JOB_BODY)],
    codes: &[&[Code::NotFound]],
};

pub(super) static RUN: Operation = Operation {
    id: "runJob",
    group: Group::Jobs,
    summary: "Has a job run now",
    detail: "The answer does not wait for the run.",
    parameters: &[JOB, IDEMPOTENCY_KEY],
    body: None,
    answers: &[
        Answer::new(202, "It will run at once.", JOB_BODY).with(THERE),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[KEY, &[Code::NotFound]],
};

pub(super) static USAGE: Operation = Operation {
    id: "showUsage",
    group: Group::Jobs,
    summary: "Shows what tenants used on a day",
    detail: "Numbers are written every minute.",
    parameters: &[DAY],
    body: None,
    answers: &[Answer::new(200, "Tenants that used anything.", &[Content::json(written::<UsageJson>)])],
    codes: &[QUERY, READS],
};
