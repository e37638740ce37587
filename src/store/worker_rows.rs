//! Rows that stand outside the catalog.

use crate::domain::ids::TenantNumber;
use crate::domain::time::Timestamp;
use crate::domain::usage::Day;
use crate::platform::believed_clock::BelievedClock;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::load;
use crate::store::rows::period::UsageRow;
use crate::store::rows::stored::Stored;
use crate::store::rows::value::TokenUse;
use std::sync::Arc;

impl Store {
    /// Tells whether the clock is ahead of what is believed: nothing is to be dropped for its age.
    pub fn doubts_clock(&self) -> bool {
        self.shared.clock.is_doubted()
    }

    /// Returns the clock as far as it is believed.
    pub fn clock(&self) -> &Arc<BelievedClock> {
        &self.shared.clock
    }

    /// Reads every row of a type, by key. Blocks on disk.
    pub fn load_rows<T: Stored>(&self) -> Result<Vec<T>, StoreError> {
        self.read(|shared| load::load_all(&shared.database))
    }

    /// Reads one row. Blocks on disk.
    pub fn find_row<T: Stored>(&self, key: T::Key<'_>) -> Result<Option<T>, StoreError> {
        self.read(|shared| load::find(&shared.database, &key))
    }

    /// Counts the rows of a type. Blocks on disk.
    pub fn count_rows<T: Stored>(&self) -> Result<u64, StoreError> {
        self.read(|shared| load::count::<T>(&shared.database))
    }

    /// Reads a lasting counter, 0 if it was never put.
    pub fn counter(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|shared| load::counter(&shared.database, name))
    }

    /// Reads when a token was last used, as far as it was written.
    pub fn token_use(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.find_row::<TokenUse>(id)?.map(|TokenUse { at, .. }| at))
    }

    /// Reads what tenants used from one day to another, both included. Blocks on disk.
    pub fn load_usage(&self, from: Day, to: Day) -> Result<Vec<UsageRow>, StoreError> {
        let keys = (from, TenantNumber(0))..=(to, TenantNumber(u32::MAX));
        self.read(|shared| load::load_range(&shared.database, keys))
    }

    /// Reads what one tenant used from one day to another, both included: a look-up for each day. Blocks on disk.
    pub fn load_usage_of(
        &self,
        tenant: TenantNumber,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRow>, StoreError> {
        let days = (from.0..=to.0).map(Day);
        days.filter_map(|day| self.find_row((day, tenant)).transpose()).collect()
    }
}
