//! What can be done with agents.

use super::table::{Entry, Table, Written};
use crate::domain::agent::{
    AGENTS_MAX, AGENTS_PER_TENANT_MAX, Agent, AgentState, INTERVAL_DEFAULT, INTERVAL_MAX, INTERVAL_MIN,
    RequestMark, Work,
};
use crate::domain::ids::TenantNumber;
use crate::domain::names::{Slug, check_label};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Heartbeats written in one journal entry.
const HEARTBEATS_PER_ENTRY: usize = 256;

/// Registers agents and hears their heartbeats. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Agents {
    store: Store,
    clock: Arc<dyn Clock>,
    table: Arc<Table>,
    /// Since when heartbeats can be heard: this start.
    listening_since: Timestamp,
    /// Held while an agent is registered, changed or removed, and while heartbeats are written: rows then reach the
    /// database in the order in which the table changed.
    changing: Arc<Mutex<()>>,
}

/// An agent to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgent {
    /// Its name.
    pub name: String,
    /// What it is; none: `agent`.
    pub kind: Option<String>,
    /// Which version of it runs.
    pub version: Option<String>,
    /// How often it means to send a heartbeat; none: every minute.
    pub interval: Option<Duration>,
}

/// An agent as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The agent.
    pub agent: Agent,
    /// How it is now.
    pub state: AgentState,
    /// Since when.
    pub since: Timestamp,
}

/// Which agents somebody looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentFilter {
    /// Those of this tenant.
    pub tenant: Option<TenantNumber>,
    /// Those in this state.
    pub state: Option<AgentState>,
}

/// Some of the agents of all tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentPage {
    /// By tenant and name.
    pub agents: Vec<Seen>,
    /// How many there are of those that are looked for.
    pub total: usize,
    /// How many of those of the tenant, or of all, are in each state, in the order of [`AgentState::ALL`].
    pub by_state: [usize; AgentState::ALL.len()],
}

/// What became of a request for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// There was none of the name, and now there is.
    Created(Seen),
    /// It is as was asked for.
    Changed(Seen),
    /// The same request was carried out before.
    Repeated(Slug),
}

impl Agents {
    /// Loads the agents there are. Blocks on disk.
    pub fn load(store: Store, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let table = Arc::new(Table::new(store.load_rows()?));
        let listening_since = clock.now();
        Ok(Self { store, clock, table, listening_since, changing: Arc::default() })
    }

    /// Registers an agent, or changes what is known of it; that it is heard of counts as a heartbeat.
    pub async fn register(
        &self,
        actor: Actor,
        tenant: TenantNumber,
        new: NewAgent,
        mark: Option<RequestMark>,
    ) -> Result<Touched, Refusal> {
        let wanted = self.checked(tenant, new, mark)?;
        let _changing = self.changing.lock().await;
        let known = self.known(tenant, &wanted.name);
        if let Some(known) = &known {
            if is_repeat(known, mark) {
                return Ok(Touched::Repeated(known.name.clone()));
            }
            let agent = self.renewed(known, wanted);
            let kept = self.keep(actor, "agent.changed", Some(known.clone()), agent).await?;
            return Ok(Touched::Changed(kept));
        }
        self.check_room(tenant)?;
        Ok(Touched::Created(self.keep(actor, "agent.registered", None, wanted).await?))
    }

    /// Hears an agent's heartbeat. Nobody waits for the disk.
    pub fn hear(
        &self,
        tenant: TenantNumber,
        name: &str,
        mark: Option<RequestMark>,
    ) -> Result<Touched, Refusal> {
        let now = self.clock.now();
        let key = key(tenant, name)?;
        let mut table = self.table.write();
        let entry = table.get_mut(&key).ok_or_else(|| Refusal::not_found("agent", name))?;
        if is_repeat(&entry.agent, mark) {
            return Ok(Touched::Repeated(entry.agent.name.clone()));
        }
        entry.agent.hear(now, self.listening_since);
        entry.agent.last_request = mark.or(entry.agent.last_request);
        entry.written = Written::NotYet;
        Ok(Touched::Changed(self.seen(&entry.agent, now)))
    }

    /// Pauses an agent, or lets it work on.
    pub async fn set_work(
        &self,
        actor: Actor,
        tenant: TenantNumber,
        name: &str,
        work: Work,
        mark: Option<RequestMark>,
    ) -> Result<Touched, Refusal> {
        let _changing = self.changing.lock().await;
        let (_tenant, slug) = key(tenant, name)?;
        let known = self.known(tenant, &slug).ok_or_else(|| Refusal::not_found("agent", name))?;
        if is_repeat(&known, mark) {
            return Ok(Touched::Repeated(known.name));
        }
        let what = match work {
            Work::Paused => "agent.paused",
            Work::Wanted => "agent.resumed",
        };
        let mut agent = Agent { last_request: mark.or(known.last_request), ..known.clone() };
        agent.set_work(work, self.clock.now(), self.listening_since);
        Ok(Touched::Changed(self.keep(actor, what, Some(known), agent).await?))
    }

    /// Forgets an agent.
    pub async fn remove(&self, actor: Actor, tenant: TenantNumber, name: &str) -> Result<(), Refusal> {
        let _changing = self.changing.lock().await;
        let key = key(tenant, name)?;
        let known = self.known(tenant, &key.1).ok_or_else(|| Refusal::not_found("agent", name))?;
        let decided = self.store.execute(move |_catalog, _now| {
            let audit = audit_event(&actor, "agent.removed", Some(&known), &known);
            let effects = Effects::default().delete::<Agent>((known.tenant, &known.name)).audit(audit);
            Ok::<_, Refusal>((effects, ()))
        });
        decided.await?;
        self.table.write().remove(&key);
        Ok(())
    }

    /// Returns an agent.
    pub fn find(&self, tenant: TenantNumber, name: &str) -> Result<Seen, Refusal> {
        let known = self.known(tenant, &key(tenant, name)?.1);
        known
            .map(|agent| self.seen(&agent, self.clock.now()))
            .ok_or_else(|| Refusal::not_found("agent", name))
    }

    /// Returns a tenant's agents, by name.
    pub fn list(&self, tenant: TenantNumber) -> Vec<Seen> {
        let now = self.clock.now();
        let table = self.table.read();
        let own = table.values().filter(|entry| entry.agent.tenant == tenant);
        own.map(|entry| self.seen(&entry.agent, now)).collect()
    }

    /// Returns some of the agents of all tenants that are looked for, from one place on.
    pub fn page(&self, filter: AgentFilter, from: usize, most: usize) -> AgentPage {
        let now = self.clock.now();
        let (mut agents, mut total, mut by_state) = (Vec::new(), 0, [0; AgentState::ALL.len()]);
        let table = self.table.read();
        let of_tenant = |entry: &&Entry| filter.tenant.is_none_or(|tenant| entry.agent.tenant == tenant);
        for entry in table.values().filter(of_tenant) {
            let state = entry.agent.state(now, self.listening_since);
            let states = AgentState::ALL.iter().zip(&mut by_state);
            states.filter(|(known, _)| **known == state).for_each(|(_, count)| *count += 1);
            if filter.state.is_some_and(|wanted| wanted != state) {
                continue;
            }
            if total >= from && agents.len() < most {
                agents.push(self.seen(&entry.agent, now));
            }
            total += 1;
        }
        AgentPage { agents, total, by_state }
    }

    /// Returns the agents of all tenants with their tenants' slugs, by tenant and name.
    pub fn list_all(&self) -> Vec<(String, Seen)> {
        let (now, catalog) = (self.clock.now(), self.store.catalog());
        let slug = |number| catalog.tenant(number).map(|tenant| tenant.slug.as_str().to_owned());
        let named =
            |entry: &Entry| (slug(entry.agent.tenant).unwrap_or_default(), self.seen(&entry.agent, now));
        self.table.read().values().map(named).collect()
    }

    /// Tells whether the table answers: the one in memory, and the rows behind it. Blocks on disk.
    pub fn answers(&self) -> bool {
        let in_memory = self.table.read().len();
        in_memory <= AGENTS_MAX && self.store.count_rows::<Agent>().is_ok()
    }

    /// Writes the heartbeats that were not written yet. Called every minute and at the end.
    pub fn write_heartbeats(&self) {
        // Somebody changes an agent just now: the next round is soon enough.
        let Ok(_changing) = self.changing.try_lock() else { return };
        let fresh = self.take_unwritten();
        for portion in fresh.chunks(HEARTBEATS_PER_ENTRY) {
            let effects = portion.iter().fold(Effects::default(), Effects::put);
            if let Err(error) = self.store.put(effects) {
                tracing::warn!(error = %error, "Heartbeats of agents were not written");
                self.mark_unwritten(portion);
            }
        }
    }

    fn take_unwritten(&self) -> Vec<Agent> {
        let now = self.clock.now();
        let mut table = self.table.write();
        let fresh = table.values_mut().filter_map(|entry| {
            let changed = entry.agent.settle(now, self.listening_since);
            (changed || entry.written == Written::NotYet).then_some(entry)
        });
        fresh
            .map(|entry| {
                entry.written = Written::Yes;
                entry.agent.clone()
            })
            .collect()
    }

    fn mark_unwritten(&self, agents: &[Agent]) {
        let mut table = self.table.write();
        for agent in agents {
            if let Some(entry) = table.get_mut(&(agent.tenant, agent.name.clone())) {
                entry.written = Written::NotYet;
            }
        }
    }

    fn checked(
        &self,
        tenant: TenantNumber,
        new: NewAgent,
        mark: Option<RequestMark>,
    ) -> Result<Agent, Refusal> {
        let kind = new.kind.unwrap_or_else(|| "agent".to_owned());
        check_label("kind", &kind)?;
        new.version.as_deref().map(|version| check_label("version", version)).transpose()?;
        let interval = new.interval.unwrap_or(INTERVAL_DEFAULT);
        if !(INTERVAL_MIN..=INTERVAL_MAX).contains(&interval) {
            return Err(Refusal::Unacceptable(format!(
                "interval_seconds is {}; hint: it may be {} to {}",
                interval.as_secs(),
                INTERVAL_MIN.as_secs(),
                INTERVAL_MAX.as_secs()
            )));
        }
        let (name, now) = (Slug::parse(&new.name)?, self.clock.now());
        Ok(Agent {
            tenant,
            name,
            kind,
            version: new.version,
            interval,
            work: Work::Wanted,
            registered_at: now,
            last_heartbeat: now,
            last_request: mark,
            changes: Vec::new(),
        })
    }

    /// Returns a known agent as it is registered anew, which counts as a heartbeat.
    fn renewed(&self, known: &Agent, wanted: Agent) -> Agent {
        let mut agent = Agent {
            registered_at: known.registered_at,
            work: known.work,
            last_heartbeat: known.last_heartbeat,
            changes: known.changes.clone(),
            interval: known.interval,
            ..wanted
        };
        // What its silence made of it follows from the interval that it had.
        agent.hear(wanted.last_heartbeat, self.listening_since);
        Agent { interval: wanted.interval, ..agent }
    }

    fn check_room(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let table = self.table.read();
        if table.len() >= AGENTS_MAX {
            return Err(Refusal::TooMany { what: "agents", most: AGENTS_MAX });
        }
        if table.values().filter(|entry| entry.agent.tenant == tenant).count() >= AGENTS_PER_TENANT_MAX {
            return Err(Refusal::TooMany { what: "agents of this tenant", most: AGENTS_PER_TENANT_MAX });
        }
        Ok(())
    }

    fn known(&self, tenant: TenantNumber, name: &Slug) -> Option<Agent> {
        self.table.read().get(&(tenant, name.clone())).map(|entry| entry.agent.clone())
    }

    /// Makes an agent durable, then shows it.
    async fn keep(
        &self,
        actor: Actor,
        what: &'static str,
        before: Option<Agent>,
        agent: Agent,
    ) -> Result<Seen, Refusal> {
        let row = agent.clone();
        let decided = self.store.execute(move |_catalog, _now| {
            let audit = audit_event(&actor, what, before.as_ref(), &row);
            Ok::<_, Refusal>((Effects::default().put(&row).audit(audit), ()))
        });
        decided.await?;
        let seen = self.seen(&agent, self.clock.now());
        let key = (agent.tenant, agent.name.clone());
        let mut table = self.table.write();
        // A heartbeat that came meanwhile stays heard.
        let heard = table.get(&key).map_or(agent.last_heartbeat, |known| known.agent.last_heartbeat);
        let written = if heard > agent.last_heartbeat { Written::NotYet } else { Written::Yes };
        let mut agent = agent;
        if heard > agent.last_heartbeat {
            agent.hear(heard, self.listening_since);
        }
        table.insert(key, Entry { agent, written });
        Ok(seen)
    }

    fn seen(&self, agent: &Agent, now: Timestamp) -> Seen {
        let mut agent = agent.clone();
        agent.settle(now, self.listening_since);
        let state = agent.state(now, self.listening_since);
        let since = agent.state_since(now, self.listening_since);
        Seen { agent, state, since }
    }
}

fn is_repeat(agent: &Agent, mark: Option<RequestMark>) -> bool {
    mark.is_some() && agent.last_request == mark
}

/// Returns the table's key; a name that is no slug is nobody's.
fn key(tenant: TenantNumber, name: &str) -> Result<(TenantNumber, Slug), Refusal> {
    let slug = Slug::parse(name).map_err(|_no_slug| Refusal::not_found("agent", name))?;
    Ok((tenant, slug))
}

fn audit_event(
    actor: &Actor,
    what: &str,
    before: Option<&Agent>,
    agent: &Agent,
) -> crate::domain::event::NewEvent {
    let state = |agent: &Agent| {
        let (kind, version, work) = (&agent.kind, &agent.version, agent.work);
        json!({ "kind": kind, "version": version, "interval_seconds": agent.interval.as_secs(), "work": work })
    };
    let details = json!({
        "tenant": agent.tenant,
        "name": agent.name,
        "before": before.map(state),
        "after": if what == "agent.removed" { json!(null) } else { state(agent) },
    });
    audit::event(actor, what, agent.name.as_str(), &details)
}
