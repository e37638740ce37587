//! What can be done with agents.

use super::new_agent::NewAgent;
use crate::domain::agent::{AGENTS_MAX, AGENTS_PER_TENANT_MAX, Agent, AgentState, Work};
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::request::IdempotentRequest;
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::locks::{read, write};
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::services::request::{Request, carry_out, to_its_end};
use crate::store::effects::{Effects, ROWS_PER_ENTRY};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Registers agents and hears their heartbeats. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Agents {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Taken for moments and never across an await.
    table: Arc<RwLock<Entries>>,
    /// Since when heartbeats can be heard: this start.
    listening_since: Timestamp,
    /// Held while an agent is registered, changed or removed, and while heartbeats are written: rows then reach the
    /// database in the order in which the table changed.
    changing: Arc<Mutex<()>>,
}

/// Agents by tenant and name.
type Entries = BTreeMap<(TenantNumber, Slug), Entry>;

/// An agent, and whether what is known of it is in the database.
#[derive(Clone, Debug)]
struct Entry {
    agent: Agent,
    is_written: bool,
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

/// An agent that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// There was none of the name before.
    New(Seen),
    /// It was known, and is now as it was sent.
    Known(Seen),
}

impl Agents {
    /// Loads the agents there are. Blocks on disk.
    pub fn load(store: Store, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let entry = |agent: Agent| ((agent.tenant, agent.name.clone()), Entry { agent, is_written: true });
        let table = Arc::new(RwLock::new(store.load_rows()?.into_iter().map(entry).collect()));
        let listening_since = clock.now();
        Ok(Self { store, clock, table, listening_since, changing: Arc::default() })
    }

    /// Registers an agent, or changes what is known of it; that it is heard of counts as a heartbeat.
    pub async fn register(
        &self,
        request: impl Into<Request>,
        tenant: TenantNumber,
        new: NewAgent,
    ) -> Result<Registered, Refusal> {
        let (wanted, request) = (new.check(tenant, self.clock.now())?, request.into());
        let (agents, changing) = (self.clone(), Arc::clone(&self.changing).lock_owned().await);
        if let Ok(known) = self.known(tenant, wanted.name.as_str()) {
            let agent = self.renewed(&known, wanted);
            let kept = agents.keep(changing, request, "agent.changed", Some(known), agent);
            return Ok(Registered::Known(to_its_end(kept).await?));
        }
        self.check_room(tenant)?;
        let kept = agents.keep(changing, request, "agent.registered", None, wanted);
        Ok(Registered::New(to_its_end(kept).await?))
    }

    /// Hears an agent's heartbeat. Nobody waits for the disk; one with an idempotency key is written at once.
    pub fn hear(
        &self,
        request: impl Into<Request>,
        tenant: TenantNumber,
        name: &str,
    ) -> Result<Seen, Refusal> {
        let (once, now) = (request.into().once, self.clock.now());
        let key = key(tenant, name)?;
        let mut table = write(&self.table);
        let entry = table.get_mut(&key).ok_or_else(|| Refusal::not_found("agent", name))?;
        entry.agent.hear(now, self.listening_since);
        entry.is_written = false;
        if once.is_some() {
            self.write_once(once, &entry.agent);
        }
        Ok(self.seen(&entry.agent, now))
    }

    /// Writes the heartbeat of a request with an idempotency key, without waiting.
    fn write_once(&self, once: Option<IdempotentRequest>, agent: &Agent) {
        // While another request changes agents the row is left to the next round.
        let changing = self.changing.try_lock();
        let effects = Effects::default();
        let effects = if changing.is_ok() { effects.put(agent) } else { effects };
        if let Err(error) = self.store.put_once(once, effects, agent.place()) {
            tracing::debug!(error = %error, "A heartbeat's idempotency key was not remembered");
        }
    }

    /// Pauses an agent, or lets it work on.
    pub async fn set_work(
        &self,
        request: impl Into<Request>,
        tenant: TenantNumber,
        name: &str,
        work: Work,
    ) -> Result<Seen, Refusal> {
        let changing = Arc::clone(&self.changing).lock_owned().await;
        let known = self.known(tenant, name)?;
        let what = match work {
            Work::Paused => "agent.paused",
            Work::Wanted => "agent.resumed",
        };
        let mut agent = known.clone();
        agent.set_work(work, self.clock.now(), self.listening_since);
        to_its_end(self.clone().keep(changing, request.into(), what, Some(known), agent)).await
    }

    /// Forgets an agent.
    pub async fn remove(&self, actor: Actor, tenant: TenantNumber, name: &str) -> Result<(), Refusal> {
        let _changing = self.changing.lock().await;
        let known = self.known(tenant, name)?;
        let key = (tenant, known.name.clone());
        carry_out(&self.store, actor, move |actor, _catalog, _now| {
            let effects = record(actor, "agent.removed", Some(&known), &known);
            Ok((effects.delete::<Agent>((known.tenant, &known.name)), ()))
        })
        .await?;
        write(&self.table).remove(&key);
        Ok(())
    }

    /// Returns an agent.
    pub fn find(&self, tenant: TenantNumber, name: &str) -> Result<Seen, Refusal> {
        Ok(self.seen(&self.known(tenant, name)?, self.clock.now()))
    }

    /// Returns a tenant's agents, by name.
    pub fn list(&self, tenant: TenantNumber) -> Vec<Seen> {
        let now = self.clock.now();
        let table = read(&self.table);
        let own = table.values().filter(|entry| entry.agent.tenant == tenant);
        own.map(|entry| self.seen(&entry.agent, now)).collect()
    }

    /// Returns some of the agents of all tenants that are looked for, from one place on.
    pub fn page(&self, filter: AgentFilter, from: usize, most: usize) -> AgentPage {
        let now = self.clock.now();
        let (mut agents, mut total, mut by_state) = (Vec::new(), 0, [0; AgentState::ALL.len()]);
        let table = read(&self.table);
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
        read(&self.table).values().map(named).collect()
    }

    /// Tells whether the table answers: the one in memory, and the rows behind it. Blocks on disk.
    pub fn answers(&self) -> bool {
        let in_memory = read(&self.table).len();
        in_memory <= AGENTS_MAX && self.store.count_rows::<Agent>().is_ok()
    }

    /// Writes the heartbeats that were not written yet. Called every minute and at the end.
    pub fn write_heartbeats(&self) {
        // Somebody changes an agent just now: the next round is soon enough.
        let Ok(_changing) = self.changing.try_lock() else { return };
        let fresh = self.take_unwritten();
        for portion in fresh.chunks(ROWS_PER_ENTRY) {
            let effects = portion.iter().fold(Effects::default(), Effects::put);
            if let Err(error) = self.store.put(effects) {
                tracing::warn!(error = %error, "Heartbeats of agents were not written");
                self.mark_unwritten(portion);
            }
        }
    }

    fn take_unwritten(&self) -> Vec<Agent> {
        let now = self.clock.now();
        let mut table = write(&self.table);
        let fresh = table.values_mut().filter_map(|entry| {
            let changed = entry.agent.settle(now, self.listening_since);
            let was_written = std::mem::replace(&mut entry.is_written, true);
            (changed || !was_written).then(|| entry.agent.clone())
        });
        fresh.collect()
    }

    fn mark_unwritten(&self, agents: &[Agent]) {
        let mut table = write(&self.table);
        for agent in agents {
            if let Some(entry) = table.get_mut(&(agent.tenant, agent.name.clone())) {
                entry.is_written = false;
            }
        }
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
        let table = read(&self.table);
        if table.len() >= AGENTS_MAX {
            return Err(Refusal::TooMany { what: "agents", most: AGENTS_MAX });
        }
        if table.values().filter(|entry| entry.agent.tenant == tenant).count() >= AGENTS_PER_TENANT_MAX {
            return Err(Refusal::TooMany { what: "agents of this tenant", most: AGENTS_PER_TENANT_MAX });
        }
        Ok(())
    }

    fn known(&self, tenant: TenantNumber, name: &str) -> Result<Agent, Refusal> {
        let table = read(&self.table);
        let known = table.get(&key(tenant, name)?).ok_or_else(|| Refusal::not_found("agent", name))?;
        Ok(known.agent.clone())
    }

    /// Makes an agent durable, then shows it. What keeps other changes away is given up at the end.
    async fn keep(
        self,
        _changing: OwnedMutexGuard<()>,
        request: Request,
        what: &'static str,
        before: Option<Agent>,
        mut agent: Agent,
    ) -> Result<Seen, Refusal> {
        let row = agent.clone();
        carry_out(&self.store, request, move |actor, _catalog, _now| {
            Ok((record(actor, what, before.as_ref(), &row).put(&row).made(row.place()), ()))
        })
        .await?;
        let seen = self.seen(&agent, self.clock.now());
        let key = (agent.tenant, agent.name.clone());
        let mut table = write(&self.table);
        // A heartbeat that came meanwhile stays heard.
        let heard = table.get(&key).map_or(agent.last_heartbeat, |known| known.agent.last_heartbeat);
        let is_written = heard <= agent.last_heartbeat;
        if !is_written {
            agent.hear(heard, self.listening_since);
        }
        table.insert(key, Entry { agent, is_written });
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

/// Returns the table's key; a name that is no slug is nobody's.
fn key(tenant: TenantNumber, name: &str) -> Result<(TenantNumber, Slug), Refusal> {
    let slug = Slug::parse(name).map_err(|_no_slug| Refusal::not_found("agent", name))?;
    Ok((tenant, slug))
}

fn record(actor: &Actor, what: &str, before: Option<&Agent>, agent: &Agent) -> Effects {
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
    audit::record(actor, what, agent.name.as_str(), &details)
}
