//! Settings, blocks and certificates.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    BODY, IDEMPOTENCY_KEY, KEY, LEVEL, LIMIT_OF_LINES, LINE_TEXT, LINES_BEFORE, LINES_SINCE, NETWORK,
    NETWORK_FILTER, PAGE, PAGE_LIMIT, QUERY, SEARCH_BLOCKS, SETTING,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::blocked::{BlockedJson, BlocksJson, LiftedJson, NewBlockJson};
use crate::web::wire::certificate::CertificatesJson;
use crate::web::wire::limits::LimitsJson;
use crate::web::wire::log_line::LogLinesJson;
use crate::web::wire::report::WholeHealthJson;
use crate::web::wire::setting::{NewSettingJson, SettingJson, SettingsJson};

const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];
const SETTING_BODY: &[Content] = &[Content::json(written::<SettingJson<'static>>)];

/// A body of JSON that is not what is expected.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static LIST_BLOCKS: Operation = Operation {
    id: "listBlocks",
    group: Group::Management,
    summary: "Lists who is kept out now",
    detail: "All of them, or a page of those that are looked for.",
    parameters: &[NETWORK_FILTER, SEARCH_BLOCKS, PAGE_LIMIT, PAGE],
    body: None,
    answers: &[Answer::new(
        200,
        "In the order of their networks.",
        &[Content::json(written::<BlocksJson<'static>>)],
    )],
    codes: &[QUERY],
};

pub(super) static ADD_BLOCK: Operation = Operation {
    id: "addBlock",
    group: Group::Management,
    summary: "Keeps a network out",
    detail: "Loopback can never be kept out. The key of a request is remembered as long as its block holds.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewBlockJson>)],
    }),
    answers: &[
        Answer::new(201, "It is kept out.", &[Content::json(written::<BlockedJson<'static>>)]).with(THERE),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[KEY, BODY, JSON, CHANGING, &[Code::InvalidAttribute, Code::TooMany, Code::Unacceptable]],
};

pub(super) static LIFT_BLOCK: Operation = Operation {
    id: "liftBlock",
    group: Group::Management,
    summary: "Lets a network in again",
    detail: "Whoever blocked it.",
    parameters: &[NETWORK],
    body: None,
    answers: &[Answer::new(200, "It is let in.", &[Content::json(written::<LiftedJson<'static>>)])],
    codes: &[QUERY, CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static LIST_LINES: Operation = Operation {
    id: "listLogLines",
    group: Group::Management,
    summary: "Lists the last lines of the log",
    detail: "As they are written, without secrets. At most 5,000 lines and 2 MiB of them are kept in memory.",
    parameters: &[LEVEL, LINE_TEXT, LINES_SINCE, LINES_BEFORE, LIMIT_OF_LINES],
    body: None,
    answers: &[Answer::new(
        200,
        "The newest of them, oldest first.",
        &[Content::json(written::<LogLinesJson<'static>>)],
    )],
    codes: &[QUERY],
};

pub(super) static LIMITS: Operation = Operation {
    id: "showLimits",
    group: Group::Management,
    summary: "Shows the limits in force, how much of them is used, and whom they refuse",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "As they are now.", &[Content::json(written::<LimitsJson<'static>>)])],
    codes: &[],
};

pub(super) static WHOLE_HEALTH: Operation = Operation {
    id: "showWholeHealth",
    group: Group::Management,
    summary: "Tells how every part is, whether traffic may come, which gates are open, and how background work goes",
    detail: "It is 200 also while something is down: `status` says so.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "What was found.", &[Content::json(written::<WholeHealthJson>)])],
    codes: &[],
};

pub(super) static LIST_SETTINGS: Operation = Operation {
    id: "listSettings",
    group: Group::Management,
    summary: "Lists every setting with its value and origin",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "All of them.", &[Content::json(written::<SettingsJson<'static>>)])],
    codes: &[],
};

pub(super) static FIND_SETTING: Operation = Operation {
    id: "showSetting",
    group: Group::Management,
    summary: "Shows a setting",
    detail: "",
    parameters: &[SETTING],
    body: None,
    answers: &[Answer::new(200, "The setting.", SETTING_BODY)],
    codes: &[&[Code::NotFound]],
};

pub(super) static PUT_SETTING: Operation = Operation {
    id: "setSetting",
    group: Group::Management,
    summary: "Sets a value, which is taken at once",
    detail: "What a file, the environment or `--set` sets is read-only here.",
    parameters: &[SETTING],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewSettingJson>)],
    }),
    answers: &[Answer::new(200, "The setting as it is now.", SETTING_BODY)],
    codes: &[BODY, JSON, CHANGING, &[Code::NotFound, Code::ReadOnly, Code::Unacceptable]],
};

pub(super) static RESET_SETTING: Operation = Operation {
    id: "resetSetting",
    group: Group::Management,
    summary: "Takes back what was set here",
    detail: "",
    parameters: &[SETTING],
    body: None,
    answers: &[
        Answer::new(200, "The setting as it is now.", SETTING_BODY),
        Answer::new(204, "It was one that this version does not know.", &[]),
    ],
    codes: &[CHANGING, &[Code::NotFound]],
};

const CERTIFICATE_BODY: &[Content] = &[Content::json(written::<CertificatesJson<'static>>)];

pub(super) static SHOW_CERTIFICATE: Operation = Operation {
    id: "showCertificate",
    group: Group::Management,
    summary: "Shows the certificates: names, ends, fingerprints",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "The certificates.", CERTIFICATE_BODY)],
    codes: &[],
};

pub(super) static RENEW_CERTIFICATE: Operation = Operation {
    id: "renewCertificate",
    group: Group::Management,
    summary: "Issues a new server certificate now",
    detail: "New connections get it; clients notice nothing. For the appliance's own certificate alone.",
    parameters: &[IDEMPOTENCY_KEY],
    body: None,
    answers: &[
        Answer::new(200, "The certificates as they are now.", CERTIFICATE_BODY),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[KEY, CHANGING, &[Code::ReadOnly]],
};

pub(super) static ROTATE_AUTHORITY: Operation = Operation {
    id: "rotateAuthority",
    group: Group::Management,
    summary: "Begins a new authority",
    detail: "Clients that trust the old one go on for 30 days and need the new `ca.pem` by then.",
    parameters: &[IDEMPOTENCY_KEY],
    body: None,
    answers: &[
        Answer::new(200, "The certificates as they are now.", CERTIFICATE_BODY),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[KEY, CHANGING, &[Code::ReadOnly, Code::Unacceptable]],
};
