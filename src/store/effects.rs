//! Changes of rows, and what a command decided: absolute puts and deletes, which the applier writes blindly.

use crate::crypto::digest::Digest;
use crate::domain::agent::Agent;
use crate::domain::ban::Ban;
use crate::domain::event::NewEvent;
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::job::Run;
use crate::domain::link::Link;
use crate::domain::names::Slug;
use crate::domain::operator::Operator;
use crate::domain::retention_clock::Doubt;
use crate::domain::series::{Length, Sample, Stretch};
use crate::domain::session::Session;
use crate::domain::source::Source;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::domain::usage::{Day, Totals};
use crate::store::people_rows::{LinkRow, OperatorRow, SessionRow};
use crate::store::rows::{AgentRow, BanRow, SourceRow, TenantRow, TokenRow, write};
use crate::store::tables::{AHEAD, DOUBTED_FROM, RowTable};
use ipnet::IpNet;

/// One row put or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The table.
    pub table: RowTable,
    /// The row's key.
    pub key: Vec<u8>,
    /// The new value; none deletes the row.
    pub value: Option<Vec<u8>>,
}

/// What a command decided: rows and events of tenant `system`, all in one journal entry.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub(super) rows: Vec<RowChange>,
    pub(super) audit: Vec<NewEvent>,
}

impl Effects {
    /// Puts a tenant.
    #[must_use]
    pub fn put_tenant(self, tenant: &Tenant) -> Self {
        self.put(RowTable::Tenants, tenant.number.0.to_be_bytes().to_vec(), write(&TenantRow::from(tenant)))
    }

    /// Puts a token.
    #[must_use]
    pub fn put_token(self, token: &Token) -> Self {
        self.put(RowTable::Tokens, token.id.as_str().as_bytes().to_vec(), write(&TokenRow::from(token)))
    }

    /// Puts an operator.
    #[must_use]
    pub fn put_operator(self, operator: &Operator) -> Self {
        self.put(RowTable::Operators, operator.name.clone().into_bytes(), write(&OperatorRow::from(operator)))
    }

    /// Deletes an operator.
    #[must_use]
    pub fn delete_operator(mut self, name: &str) -> Self {
        let key = name.as_bytes().to_vec();
        self.rows.push(RowChange { table: RowTable::Operators, key, value: None });
        self
    }

    /// Puts a session.
    #[must_use]
    pub fn put_session(self, session: &Session) -> Self {
        self.put(RowTable::Sessions, session.digest.to_vec(), write(&SessionRow::from(session)))
    }

    /// Deletes a session.
    #[must_use]
    pub fn delete_session(mut self, digest: &Digest) -> Self {
        self.rows.push(RowChange { table: RowTable::Sessions, key: digest.to_vec(), value: None });
        self
    }

    /// Puts the link for a purpose, or deletes it.
    #[must_use]
    pub fn set_link(mut self, purpose: &str, link: Option<&Link>) -> Self {
        let value = link.map(|link| write(&LinkRow::from(link)));
        self.rows.push(RowChange { table: RowTable::Links, key: purpose.as_bytes().to_vec(), value });
        self
    }

    /// Puts a source.
    #[must_use]
    pub fn put_source(self, source: &Source) -> Self {
        let key = tenants_own(source.tenant, &source.name);
        self.put(RowTable::Sources, key, write(&SourceRow::from(source)))
    }

    /// Deletes a source.
    #[must_use]
    pub fn delete_source(mut self, tenant: TenantNumber, name: &Slug) -> Self {
        self.rows.push(RowChange { table: RowTable::Sources, key: tenants_own(tenant, name), value: None });
        self
    }

    /// Puts an agent.
    #[must_use]
    pub fn put_agent(self, agent: &Agent) -> Self {
        let key = tenants_own(agent.tenant, &agent.name);
        self.put(RowTable::Agents, key, write(&AgentRow::from(agent)))
    }

    /// Deletes an agent.
    #[must_use]
    pub fn delete_agent(mut self, tenant: TenantNumber, name: &Slug) -> Self {
        self.rows.push(RowChange { table: RowTable::Agents, key: tenants_own(tenant, name), value: None });
        self
    }

    /// Puts a job's run.
    #[must_use]
    pub fn put_run(self, run: &Run) -> Self {
        self.put(RowTable::JobRuns, run_key(run), write(run))
    }

    /// Deletes a job's run.
    #[must_use]
    pub fn delete_run(mut self, run: &Run) -> Self {
        self.rows.push(RowChange { table: RowTable::JobRuns, key: run_key(run), value: None });
        self
    }

    /// Puts what a tenant used on a day.
    #[must_use]
    pub fn put_usage(self, day: Day, tenant: TenantNumber, totals: Totals) -> Self {
        self.put(RowTable::Usage, usage_key(day, tenant).to_vec(), write(&totals))
    }

    /// Deletes what a tenant used on a day.
    #[must_use]
    pub fn delete_usage(mut self, day: Day, tenant: TenantNumber) -> Self {
        let key = usage_key(day, tenant).to_vec();
        self.rows.push(RowChange { table: RowTable::Usage, key, value: None });
        self
    }

    /// Puts what is kept of a minute or an hour.
    #[must_use]
    pub fn put_series(self, stretch: Stretch, sample: &Sample) -> Self {
        self.put(RowTable::Series, series_key(stretch), write(sample))
    }

    /// Deletes what is kept of a minute or an hour.
    #[must_use]
    pub fn delete_series(mut self, stretch: Stretch) -> Self {
        self.rows.push(RowChange { table: RowTable::Series, key: series_key(stretch), value: None });
        self
    }

    /// Puts a ban.
    #[must_use]
    pub fn put_ban(self, ban: &Ban) -> Self {
        self.put(RowTable::Bans, ban.network.to_string().into_bytes(), write(&BanRow::from(ban)))
    }

    /// Deletes a ban.
    #[must_use]
    pub fn delete_ban(mut self, network: &IpNet) -> Self {
        let key = network.to_string().into_bytes();
        self.rows.push(RowChange { table: RowTable::Bans, key, value: None });
        self
    }

    /// Puts what is set at the console.
    #[must_use]
    pub fn put_setting(self, key: &str, value: &str) -> Self {
        self.put(RowTable::Settings, key.as_bytes().to_vec(), value.as_bytes().to_vec())
    }

    /// Deletes what was set at the console.
    #[must_use]
    pub fn delete_setting(mut self, key: &str) -> Self {
        let key = key.as_bytes().to_vec();
        self.rows.push(RowChange { table: RowTable::Settings, key, value: None });
        self
    }

    /// Puts a lasting counter.
    #[must_use]
    pub fn put_counter(self, name: &str, value: u64) -> Self {
        self.put(RowTable::Counters, name.as_bytes().to_vec(), value.to_be_bytes().to_vec())
    }

    /// Puts which times of events are not believed.
    #[must_use]
    pub(super) fn put_doubt(self, doubt: Option<Doubt>) -> Self {
        let from = doubt.map_or(0, |doubt| doubt.from.as_micros());
        let ahead = doubt.map_or(0, |doubt| u64::try_from(doubt.ahead.as_micros()).unwrap_or(u64::MAX));
        self.put_counter(DOUBTED_FROM, from).put_counter(AHEAD, ahead)
    }

    /// Puts when a token was last used.
    #[must_use]
    pub fn put_token_use(self, id: &TokenId, at: Timestamp) -> Self {
        let (key, value) = (id.as_str().as_bytes().to_vec(), at.as_micros().to_be_bytes().to_vec());
        self.put(RowTable::TokenUses, key, value)
    }

    /// Adds an event of tenant `system`.
    #[must_use]
    pub fn audit(mut self, event: NewEvent) -> Self {
        self.audit.push(event);
        self
    }

    /// Returns about how many bytes the effects take in memory and journal.
    pub(super) fn len(&self) -> usize {
        let rows = self.rows.iter().map(|row| 8 + row.key.len() + row.value.as_ref().map_or(0, Vec::len));
        let audit = self.audit.iter().map(|event| 512 + event.payload.len());
        rows.sum::<usize>() + audit.sum::<usize>()
    }

    fn put(mut self, table: RowTable, key: Vec<u8>, value: Vec<u8>) -> Self {
        self.rows.push(RowChange { table, key, value: Some(value) });
        self
    }
}

/// Returns the key of something that has its name within a tenant.
fn tenants_own(tenant: TenantNumber, name: &Slug) -> Vec<u8> {
    [&tenant.0.to_be_bytes(), name.as_str().as_bytes()].concat()
}

fn run_key(run: &Run) -> Vec<u8> {
    [run.job.as_bytes(), &[0], &run.started_at.as_micros().to_be_bytes()].concat()
}

/// Returns the key of what a tenant used on a day.
pub(super) fn usage_key(Day(day): Day, TenantNumber(tenant): TenantNumber) -> [u8; 8] {
    ((u64::from(day) << 32) | u64::from(tenant)).to_be_bytes()
}

fn series_key(Stretch { length, number }: Stretch) -> Vec<u8> {
    [&[series_code(length)][..], &number.to_be_bytes()].concat()
}

/// Returns the first byte of the keys of minutes or hours.
pub(super) const fn series_code(length: Length) -> u8 {
    match length {
        Length::Minute => b'm',
        Length::Hour => b'h',
    }
}
