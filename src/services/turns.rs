//! Turns at reading, so that reads never take all threads, and no tenant takes every turn.

use crate::domain::ids::TenantNumber;
use crate::platform::locks::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Reads that run at once; the rest wait.
const READS_MAX: usize = 16;

/// Reads of one tenant among them: where it asks for more than is read in time, the others still get their turn.
const READS_OF_TENANT_MAX: usize = READS_MAX / 2;

/// How long a read waits for its turn.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Gives turns. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    tenants: Arc<Mutex<HashMap<TenantNumber, Arc<Semaphore>>>>,
}

/// A turn, over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _among_all: OwnedSemaphorePermit,
    _of_tenant: Option<OwnedSemaphorePermit>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(READS_MAX)), tenants: Arc::default() }
    }
}

impl Turns {
    /// Waits for a turn, of a tenant's reads first among these; none when that takes too long.
    pub(super) async fn take(&self, tenant: Option<TenantNumber>) -> Option<Turn> {
        let turn = async {
            let of_tenant = match tenant {
                Some(tenant) => Some(self.of(tenant).acquire_owned().await.ok()?),
                None => None,
            };
            let among_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Turn { _among_all: among_all, _of_tenant: of_tenant })
        };
        tokio::time::timeout(WAIT_MAX, turn).await.ok().flatten()
    }

    fn of(&self, tenant: TenantNumber) -> Arc<Semaphore> {
        let mut tenants = lock(&self.tenants);
        if let Some(turns) = tenants.get(&tenant) {
            return Arc::clone(turns);
        }
        // Those who read nothing now need no turns.
        tenants.retain(|_, turns| Arc::strong_count(turns) > 1);
        let turns = Arc::new(Semaphore::new(READS_OF_TENANT_MAX));
        tenants.insert(tenant, Arc::clone(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tenant_takes_half_of_the_turns_and_others_get_theirs() {
        let (turns, mut held) = (Turns::default(), Vec::new());
        for tenant in [1, 2] {
            for _ in 0..READS_OF_TENANT_MAX {
                held.push(turns.take(Some(TenantNumber(tenant))).await.unwrap());
            }
            assert!(turns.take(Some(TenantNumber(tenant))).await.is_none());
        }
        assert!(turns.take(None).await.is_none(), "all are taken");
        held.truncate(READS_OF_TENANT_MAX);
        assert!(turns.take(Some(TenantNumber(3))).await.is_some());
        held.clear();
        assert!(turns.take(Some(TenantNumber(4))).await.is_some());
        assert_eq!(lock(&turns.tenants).len(), 1, "those without reads are forgotten");
    }
}
