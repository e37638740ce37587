//! The chapters of the OpenAPI document. They stand in it in the order in which the tables first name them.

use crate::http::operation::Tag;

const fn tag(name: &'static str, description: &'static str) -> Tag {
    Tag { name, description }
}

pub(super) static INTAKE: Tag = tag("Intake", "Events coming in, each stored exactly once.");
pub(super) static READING: Tag =
    tag("Reading", "Events going out: pages, single events, exports, live streams.");
pub(super) static TENANTS: Tag =
    tag("Tenants", "Whose data it is, and who may send and read it: tokens and sources.");
pub(super) static AGENTS: Tag = tag("Agents", "Workers that register and send heartbeats.");
pub(super) static JOBS: Tag = tag("Jobs", "Work on a schedule, and what tenants used.");
pub(super) static MANAGEMENT: Tag =
    tag("Management", "Settings, certificates, and addresses that are kept out.");
pub(super) static OPERATORS: Tag =
    tag("Operators", "People who use the console. A token that is asked for here may do what an owner may.");
pub(super) static HEALTH: Tag = tag("Health", "Whether the appliance works, and whether traffic may come.");
pub(super) static METRICS: Tag = tag("Metrics", "Numbers of requests, events and the machine.");
pub(super) static ABOUT: Tag = tag("About", "What the appliance says of itself.");
