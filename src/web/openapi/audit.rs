//! The audit log.

use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation};
use crate::web::openapi::parameters::{
    ACTOR, AFTER, BEFORE, CURSORS, FORMAT, LIMIT, OF_SUBJECT, QUERY, READS, SINCE, UNTIL, WHAT,
};
use crate::web::openapi::schemas::{text, written};
use crate::web::wire::audit::{AuditJson, EntryJson};

pub(super) static LIST_AUDIT: Operation = Operation {
    id: "listAudit",
    group: Group::Management,
    summary: "Lists who changed what, newest first",
    detail: "A page may be short or empty while there is more: `next` is null at the end only.",
    parameters: &[AFTER, BEFORE, LIMIT, ACTOR, WHAT, OF_SUBJECT, SINCE, UNTIL],
    body: None,
    answers: &[Answer::new(200, "A page.", &[Content::json(written::<AuditJson>)])],
    codes: &[QUERY, CURSORS, READS],
};

pub(super) static EXPORT_AUDIT: Operation = Operation {
    id: "exportAudit",
    group: Group::Management,
    summary: "Gives all of it as lines or as a table",
    detail: "Oldest first. A table has a line for each field that is different; a cell that a spreadsheet could take for \
             a formula begins with a single quote. An export that is cut off has no proper end.",
    parameters: &[FORMAT, AFTER, ACTOR, WHAT, OF_SUBJECT, SINCE, UNTIL],
    body: None,
    answers: &[Answer::new(
        200,
        "An entry a line, or a table.",
        &[Content::many("application/x-ndjson", text, written::<EntryJson>), Content::of("text/csv", text)],
    )
    .with(&[("Content-Disposition", Carried::Always)])],
    codes: &[QUERY, CURSORS, READS],
};
