//! Operators and their sessions.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    BODY, IDEMPOTENCY_KEY, KEY, OPERATOR, OPERATOR_FILTER, OPERATOR_NAMED, QUERY, SESSION,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::operator::{
    EndedSessionsJson, NewOperatorJson, NewPasswordJson, OperatorChangeJson, OperatorJson, OperatorsJson,
    ResetPasswordJson, SessionsJson,
};

const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];
const OPERATOR_BODY: &[Content] = &[Content::json(written::<OperatorJson<'static>>)];

/// A body of JSON that is not what is expected.
const JSON: &[Code] = &[Code::InvalidJson, Code::JsonTooDeep, Code::InvalidBody];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static LIST_OPERATORS: Operation = Operation {
    id: "listOperators",
    group: Group::People,
    summary: "Lists operators",
    detail: "All of them: there are 256 at most.",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "All of them.", &[Content::json(written::<OperatorsJson<'static>>)])],
    codes: &[],
};

pub(super) static CREATE_OPERATOR: Operation = Operation {
    id: "createOperator",
    group: Group::People,
    summary: "Creates an operator",
    detail: "Without a password one is made; it stands in this answer alone, and in no repeat.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewOperatorJson>)],
    }),
    answers: &[
        Answer::new(201, "The operator is there.", OPERATOR_BODY).with(THERE),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[
        KEY,
        BODY,
        JSON,
        CHANGING,
        &[Code::InvalidSlug, Code::Exists, Code::TooMany, Code::Unacceptable],
    ],
};

pub(super) static FIND_OPERATOR: Operation = Operation {
    id: "showOperator",
    group: Group::People,
    summary: "Shows an operator with the open sessions",
    detail: "",
    parameters: &[OPERATOR],
    body: None,
    answers: &[Answer::new(200, "The operator.", OPERATOR_BODY)],
    codes: &[&[Code::NotFound]],
};

pub(super) static CHANGE_OPERATOR: Operation = Operation {
    id: "changeOperator",
    group: Group::People,
    summary: "Gives an operator another role",
    detail: "Their sessions end. The last owner stays one.",
    parameters: &[OPERATOR],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<OperatorChangeJson>)],
    }),
    answers: &[Answer::new(200, "The operator as it is now.", OPERATOR_BODY)],
    codes: &[BODY, JSON, CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static RESET_PASSWORD: Operation = Operation {
    id: "resetPassword",
    group: Group::People,
    summary: "Recovers an operator who is locked out",
    detail: "Another password, no second factor, no sessions. Without a password one is made; it stands in this answer \
             alone, and in no repeat. The last eight keys of an operator are remembered.",
    parameters: &[OPERATOR, IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Optional,
        contents: &[Content::json(read::<NewPasswordJson>)],
    }),
    answers: &[
        Answer::new(200, "It is done.", &[Content::json(written::<ResetPasswordJson<'static>>)]),
        Answer::new(204, "The same request came before.", &[]).with(THERE),
    ],
    codes: &[KEY, BODY, JSON, CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static DELETE_OPERATOR: Operation = Operation {
    id: "deleteOperator",
    group: Group::People,
    summary: "Deletes an operator and ends the sessions",
    detail: "The last owner stays.",
    parameters: &[OPERATOR],
    body: None,
    answers: &[Answer::new(204, "The operator is gone.", &[])],
    codes: &[CHANGING, &[Code::NotFound, Code::Unacceptable]],
};

pub(super) static LIST_SESSIONS: Operation = Operation {
    id: "listSessions",
    group: Group::People,
    summary: "Lists open sessions",
    detail: "The one used last first.",
    parameters: &[OPERATOR_FILTER],
    body: None,
    answers: &[Answer::new(200, "The sessions.", &[Content::json(written::<SessionsJson<'static>>)])],
    codes: &[QUERY],
};

pub(super) static END_SESSION: Operation = Operation {
    id: "endSession",
    group: Group::People,
    summary: "Ends a session",
    detail: "",
    parameters: &[SESSION],
    body: None,
    answers: &[Answer::new(204, "It is over.", &[])],
    codes: &[&[Code::NotFound]],
};

pub(super) static END_SESSIONS: Operation = Operation {
    id: "endSessions",
    group: Group::People,
    summary: "Ends all sessions of an operator",
    detail: "",
    parameters: &[OPERATOR_NAMED],
    body: None,
    answers: &[Answer::new(200, "They are over.", &[Content::json(written::<EndedSessionsJson<'static>>)])],
    codes: &[QUERY, &[Code::NotFound]],
};
