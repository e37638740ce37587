//! Rows that workers write and that stand outside the catalog.

use crate::domain::agent::Agent;
use crate::domain::ids::TenantNumber;
use crate::domain::job::Run;
use crate::domain::link::Link;
use crate::domain::series::{Length, Sample, Stretch};
use crate::domain::session::Session;
use crate::domain::usage::{Day, Totals};
use crate::store::catalog::rows;
use crate::store::effects::{series_code, usage_key};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::people_rows::{LinkRow, SessionRow};
use crate::store::rows::{AgentRow, read};
use crate::store::tables::{AGENTS, JOB_RUNS, LINKS, SERIES, SESSIONS, USAGE};
use redb::{ReadableDatabase, ReadableTableMetadata};

/// What a tenant used on a day.
pub type UsageRow = ((Day, TenantNumber), Totals);

impl Store {
    /// Tells whether the clock jumped ahead and is not believed yet: nothing is to be dropped for its age by what it shows.
    pub fn doubts_clock(&self) -> bool {
        self.shared.doubt().is_some()
    }

    /// Reads every agent. Blocks on disk.
    pub fn load_agents(&self) -> Result<Vec<Agent>, StoreError> {
        self.read(|shared| {
            let mut agents = Vec::new();
            rows(&shared.database, AGENTS, |key, value| {
                agents.push(Agent::from(read::<AgentRow>("agent", format!("{key:?}"), value)?));
                Ok(())
            })?;
            Ok(agents)
        })
    }

    /// Reads every run of every job, by job and time. Blocks on disk.
    pub fn load_runs(&self) -> Result<Vec<Run>, StoreError> {
        self.read(|shared| {
            let mut runs = Vec::new();
            rows(&shared.database, JOB_RUNS, |key, value| {
                runs.push(read::<Run>("job run", format!("{key:?}"), value)?);
                Ok(())
            })?;
            Ok(runs)
        })
    }

    /// Reads what tenants used from one day to another, both included. Blocks on disk.
    pub fn load_usage(&self, from: Day, to: Day) -> Result<Vec<UsageRow>, StoreError> {
        let (first, last) = (usage_key(from, TenantNumber(0)), usage_key(to, TenantNumber(u32::MAX)));
        self.read(|shared| {
            let table = shared.database.begin_read()?.open_table(USAGE)?;
            let mut used = Vec::new();
            for row in table.range(first.as_slice()..=last.as_slice())? {
                let (key, value) = row?;
                let place = parse_key(key.value()).ok_or_else(|| StoreError::corrupt("usage", "key"))?;
                used.push((place, read::<Totals>("usage", format!("{:?}", key.value()), value.value())?));
            }
            Ok(used)
        })
    }

    /// Reads what is kept of minutes and hours. Blocks on disk.
    pub fn load_series(&self) -> Result<Vec<(Stretch, Sample)>, StoreError> {
        self.read(|shared| {
            let mut series = Vec::new();
            rows(&shared.database, SERIES, |key, value| {
                let stretch = parse_stretch(key).ok_or_else(|| StoreError::corrupt("series", "key"))?;
                series.push((stretch, read::<Sample>("series", format!("{key:?}"), value)?));
                Ok(())
            })?;
            Ok(series)
        })
    }

    /// Reads what one tenant used from one day to another, both included: a look-up for each day. Blocks on disk.
    pub fn load_usage_of(
        &self,
        tenant: TenantNumber,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRow>, StoreError> {
        self.read(|shared| {
            let table = shared.database.begin_read()?.open_table(USAGE)?;
            let mut used = Vec::new();
            for day in (from.0..=to.0).map(Day) {
                let key = usage_key(day, tenant);
                if let Some(row) = table.get(key.as_slice())? {
                    used.push(((day, tenant), read::<Totals>("usage", format!("{key:?}"), row.value())?));
                }
            }
            Ok(used)
        })
    }

    /// Reads every session. Blocks on disk.
    pub fn load_sessions(&self) -> Result<Vec<Session>, StoreError> {
        self.read(|shared| {
            let mut sessions = Vec::new();
            rows(&shared.database, SESSIONS, |_key, value| {
                sessions.push(Session::from(read::<SessionRow>("session", "a digest", value)?));
                Ok(())
            })?;
            Ok(sessions)
        })
    }

    /// Counts the sessions' rows. Blocks on disk.
    pub fn count_sessions(&self) -> Result<u64, StoreError> {
        self.read(|shared| Ok(shared.database.begin_read()?.open_table(SESSIONS)?.len()?))
    }

    /// Reads the link for a purpose. Blocks on disk.
    pub fn load_link(&self, purpose: &str) -> Result<Option<Link>, StoreError> {
        self.read(|shared| {
            let table = shared.database.begin_read()?.open_table(LINKS)?;
            let row = table.get(purpose.as_bytes())?;
            row.map(|row| Ok(Link::from(read::<LinkRow>("link", purpose, row.value())?))).transpose()
        })
    }

    /// Counts the agents' rows. Blocks on disk.
    pub fn count_agents(&self) -> Result<u64, StoreError> {
        self.read(|shared| Ok(shared.database.begin_read()?.open_table(AGENTS)?.len()?))
    }
}

fn parse_key(key: &[u8]) -> Option<(Day, TenantNumber)> {
    let (day, rest) = key.split_first_chunk::<4>()?;
    let tenant = u32::from_be_bytes(rest.try_into().ok()?);
    Some((Day(u32::from_be_bytes(*day)), TenantNumber(tenant)))
}

fn parse_stretch(key: &[u8]) -> Option<Stretch> {
    let (code, number) = key.split_first()?;
    let length = [Length::Minute, Length::Hour].into_iter().find(|length| series_code(*length) == *code)?;
    Some(Stretch { length, number: u32::from_be_bytes(number.try_into().ok()?) })
}
