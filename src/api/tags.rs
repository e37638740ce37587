//! The chapters of the OpenAPI document. They stand in it in the order in which the tables first name them.

use crate::http::operation::Tag;

pub(super) static INTAKE: Tag =
    Tag { name: "Intake", description: "Events coming in, each stored exactly once." };

pub(super) static READING: Tag =
    Tag { name: "Reading", description: "Events going out: pages, single events, exports, live streams." };

pub(super) static TENANTS: Tag = Tag {
    name: "Tenants",
    description: "Whose data it is, and who may send and read it: tokens and sources.",
};

pub(super) static AGENTS: Tag =
    Tag { name: "Agents", description: "Workers that register and send heartbeats." };

pub(super) static JOBS: Tag = Tag { name: "Jobs", description: "Work on a schedule, and what tenants used." };

pub(super) static MANAGEMENT: Tag =
    Tag { name: "Management", description: "Settings, certificates, and addresses that are kept out." };

pub(super) static OPERATORS: Tag = Tag {
    name: "Operators",
    description: "People who use the console. A token that is asked for here may do what an owner may.",
};

pub(super) static HEALTH: Tag =
    Tag { name: "Health", description: "Whether the appliance works, and whether traffic may come." };

pub(super) static METRICS: Tag =
    Tag { name: "Metrics", description: "Numbers of requests, events and the machine." };

pub(super) static ABOUT: Tag = Tag { name: "About", description: "What the appliance says of itself." };
