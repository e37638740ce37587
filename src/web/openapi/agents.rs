//! Agents.

use crate::web::code::Code;
use crate::web::openapi::operation::{Answer, Carried, Content, Group, Operation, Presence, RequestBody};
use crate::web::openapi::parameters::{
    AGENT_STATE, BODY, IDEMPOTENCY_KEY, KEY, LIMIT_OF_AGENTS, NAME, OF_TENANT, PAGE, QUERY,
};
use crate::web::openapi::schemas::{read, written};
use crate::web::wire::agent::{AgentJson, AgentsJson, FleetJson, NewAgentJson};

const AGENT: &[Content] = &[Content::json(written::<AgentJson<'static>>)];
const THERE: &[(&str, Carried)] = &[("Location", Carried::Always)];
const SHOWN: Answer = Answer::new(200, "The agent.", AGENT);
const CHANGED: Answer = Answer::new(200, "The agent as it is now.", AGENT).with(THERE);
const REPEATED: Answer =
    Answer::new(204, "The same request came before; nothing has changed.", &[]).with(THERE);

/// There is no such agent.
const UNKNOWN: &[Code] = &[Code::NotFound];

/// A change that cannot be written.
const CHANGING: &[Code] = &[Code::Unavailable];

pub(super) static REGISTER: Operation = Operation {
    id: "registerAgent",
    group: Group::Agents,
    summary: "Registers an agent",
    detail: "One that is known keeps its state and gets the new values.",
    parameters: &[IDEMPOTENCY_KEY],
    body: Some(RequestBody {
        presence: Presence::Required,
        contents: &[Content::json(read::<NewAgentJson>)],
    }),
    answers: &[
        Answer::new(200, "It was known and is as sent.", AGENT).with(THERE),
        Answer::new(201, "It is new.", AGENT).with(THERE),
        REPEATED,
    ],
    codes: &[
        KEY,
        BODY,
        CHANGING,
        &[
            Code::InvalidJson,
            Code::JsonTooDeep,
            Code::InvalidBody,
            Code::InvalidSlug,
            Code::InvalidAttribute,
            Code::TooMany,
            Code::Unacceptable,
        ],
    ],
};

pub(super) static LIST: Operation = Operation {
    id: "listAgents",
    group: Group::Agents,
    summary: "Lists the tenant's agents",
    detail: "",
    parameters: &[],
    body: None,
    answers: &[Answer::new(200, "All of them, by name.", &[Content::json(written::<AgentsJson<'static>>)])],
    codes: &[],
};

pub(super) static FLEET: Operation = Operation {
    id: "listFleet",
    group: Group::Agents,
    summary: "Lists agents of all tenants",
    detail: "",
    parameters: &[OF_TENANT, AGENT_STATE, LIMIT_OF_AGENTS, PAGE],
    body: None,
    answers: &[Answer::new(200, "A page of them.", &[Content::json(written::<FleetJson<'static>>)])],
    codes: &[QUERY],
};

pub(super) static FIND: Operation = Operation {
    id: "findAgent",
    group: Group::Agents,
    summary: "Shows an agent",
    detail: "",
    parameters: &[NAME],
    body: None,
    answers: &[SHOWN],
    codes: &[UNKNOWN],
};

pub(super) static REMOVE: Operation = Operation {
    id: "removeAgent",
    group: Group::Agents,
    summary: "Forgets an agent",
    detail: "",
    parameters: &[NAME],
    body: None,
    answers: &[Answer::new(204, "It is forgotten.", &[])],
    codes: &[UNKNOWN, CHANGING],
};

pub(super) static HEAR: Operation = Operation {
    id: "hearHeartbeat",
    group: Group::Agents,
    summary: "Takes a heartbeat",
    detail: "The answer tells the agent whether it is paused.",
    parameters: &[NAME, IDEMPOTENCY_KEY],
    body: None,
    answers: &[CHANGED, REPEATED],
    codes: &[KEY, UNKNOWN],
};

pub(super) static PAUSE: Operation = Operation {
    id: "pauseAgent",
    group: Group::Agents,
    summary: "Pauses an agent",
    detail: "Its silence means nothing until it is resumed.",
    parameters: &[NAME, IDEMPOTENCY_KEY],
    body: None,
    answers: &[CHANGED, REPEATED],
    codes: &[KEY, UNKNOWN, CHANGING],
};

pub(super) static RESUME: Operation = Operation {
    id: "resumeAgent",
    group: Group::Agents,
    summary: "Resumes a paused agent",
    detail: "",
    parameters: &[NAME, IDEMPOTENCY_KEY],
    body: None,
    answers: &[CHANGED, REPEATED],
    codes: &[KEY, UNKNOWN, CHANGING],
};
