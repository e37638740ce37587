//! Tenants, tokens, operators, sources, bans and settings as one immutable value. After a command that changed them the
//! applier derives the next value from the present one and the changed rows; both share the tables that did not change.
//!
//! Hot paths read it through an atomic pointer and never wait on disk to learn who is calling.

use crate::domain::ban::{Ban, Bans};
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::names::Slug;
use crate::domain::operator::Operator;
use crate::domain::source::Source;
use crate::domain::tenant::Tenant;
use crate::domain::token::Token;
use crate::store::effects::RowChange;
use crate::store::error::StoreError;
use crate::store::rows::stored::{Stored, decode};
use crate::store::rows::value::Setting;
use crate::store::tables::{BANS, OPERATORS, RowTable, SETTINGS, SOURCES, TENANTS, TOKENS};
use redb::{Database, ReadableDatabase, ReadableTable};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Who there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    tenants: Arc<BTreeMap<TenantNumber, Arc<Tenant>>>,
    tenants_by_slug: Arc<HashMap<Slug, Arc<Tenant>>>,
    tokens: Arc<HashMap<TokenId, Arc<Token>>>,
    operators: Arc<BTreeMap<String, Arc<Operator>>>,
    sources: Arc<BTreeMap<TenantNumber, BTreeMap<Slug, Arc<Source>>>>,
    bans: Arc<Bans>,
    settings: Arc<BTreeMap<String, String>>,
}

/// The tables the catalog is made from.
const TABLES: [RowTable; 6] = [TENANTS, TOKENS, OPERATORS, SOURCES, BANS, SETTINGS];

impl Catalog {
    /// Reads the catalog's tables.
    pub(super) fn load(database: &Database) -> Result<Self, StoreError> {
        let mut catalog = Self::default();
        let transaction = database.begin_read()?;
        for table in TABLES {
            for row in transaction.open_table(table.definition())?.iter()? {
                let (key, value) = row?;
                catalog.change(table, key.value(), Some(value.value()))?;
            }
        }
        catalog.index_slugs();
        Ok(catalog)
    }

    /// Returns the catalog after changes of rows; none if they are all of other tables.
    pub(super) fn changed_by<'a>(
        &self,
        rows: impl Iterator<Item = &'a RowChange>,
    ) -> Result<Option<Self>, StoreError> {
        let mut next = None;
        for row in rows {
            let Some(table) = TABLES.into_iter().find(|table| table.code == row.table) else { continue };
            next.get_or_insert_with(|| self.clone()).change(table, &row.key, row.value.as_deref())?;
        }
        if let Some(next) = &mut next
            && !Arc::ptr_eq(&next.tenants, &self.tenants)
        {
            next.index_slugs();
        }
        Ok(next)
    }

    /// Takes a row in, or out.
    fn change(&mut self, table: RowTable, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        match table {
            TENANTS => {
                let (number, tenant) = (number_of(key), decode_some::<Tenant>(key, value)?);
                set(Arc::make_mut(&mut self.tenants), number, tenant.map(Arc::new));
            }
            TOKENS => match decode_some::<Token>(key, value)? {
                Some(token) => {
                    drop(Arc::make_mut(&mut self.tokens).insert(token.id.clone(), Arc::new(token)));
                }
                None => drop(Arc::make_mut(&mut self.tokens).remove(text_of(key).as_str())),
            },
            OPERATORS => {
                let operator = decode_some::<Operator>(key, value)?;
                set(Arc::make_mut(&mut self.operators), text_of(key), operator.map(Arc::new));
            }
            SOURCES => {
                let (tenant, name) = key.split_at_checked(4).unwrap_or_default();
                self.change_source(number_of(tenant), &text_of(name), decode_some(key, value)?);
            }
            BANS => match decode_some::<Ban>(key, value)? {
                Some(ban) => Arc::make_mut(&mut self.bans).insert(ban),
                None => {
                    if let Ok(network) = text_of(key).parse() {
                        Arc::make_mut(&mut self.bans).remove(&network);
                    }
                }
            },
            SETTINGS => {
                let setting = decode_some::<Setting>(key, value)?;
                set(
                    Arc::make_mut(&mut self.settings),
                    text_of(key),
                    setting.map(|Setting { value, .. }| value),
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn change_source(&mut self, tenant: TenantNumber, name: &str, source: Option<Source>) {
        let sources = Arc::make_mut(&mut self.sources);
        let own = sources.entry(tenant).or_default();
        match source {
            Some(source) => drop(own.insert(source.name.clone(), Arc::new(source))),
            None => drop(own.remove(name)),
        }
        if own.is_empty() {
            sources.remove(&tenant);
        }
    }

    fn index_slugs(&mut self) {
        let by_slug = |tenant: &Arc<Tenant>| (tenant.slug.clone(), Arc::clone(tenant));
        self.tenants_by_slug = Arc::new(self.tenants.values().map(by_slug).collect());
    }

    /// Returns the tenant with the number.
    pub fn tenant(&self, number: TenantNumber) -> Option<&Arc<Tenant>> {
        self.tenants.get(&number)
    }

    /// Returns the tenant with the slug, deleted ones too.
    pub fn tenant_by_slug(&self, slug: &str) -> Option<&Arc<Tenant>> {
        self.tenants_by_slug.get(slug)
    }

    /// Returns every tenant, deleted ones too, by number.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.tenants.values()
    }

    /// Returns how many tenants there have ever been.
    pub fn tenants_ever(&self) -> usize {
        self.tenants.len()
    }

    /// Returns the token with the id.
    pub fn token(&self, id: &str) -> Option<&Arc<Token>> {
        self.tokens.get(id)
    }

    /// Returns every token, in no order.
    pub fn tokens(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.tokens.values()
    }

    /// Returns the operator with the name.
    pub fn operator(&self, name: &str) -> Option<&Arc<Operator>> {
        self.operators.get(name)
    }

    /// Returns a tenant's source.
    pub fn source(&self, tenant: TenantNumber, name: &str) -> Option<&Arc<Source>> {
        self.sources.get(&tenant)?.get(name)
    }

    /// Returns a tenant's sources, by name.
    pub fn sources_of(&self, tenant: TenantNumber) -> impl Iterator<Item = &Arc<Source>> {
        self.sources.get(&tenant).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns every source, by tenant and name.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.sources.values().flat_map(BTreeMap::values)
    }

    /// Returns the networks that the operator keeps out.
    pub fn bans(&self) -> &Bans {
        &self.bans
    }

    /// Returns what was set at the console, by key. No program checks it on the way: a newer or older one may have
    /// written it.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// Returns every operator, by name.
    pub fn operators(&self) -> impl Iterator<Item = &Arc<Operator>> {
        self.operators.values()
    }
}

fn decode_some<T: Stored>(key: &[u8], value: Option<&[u8]>) -> Result<Option<T>, StoreError> {
    value.map(|value| decode(key, value)).transpose()
}

fn set<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

fn number_of(key: &[u8]) -> TenantNumber {
    TenantNumber(key.try_into().map_or(u32::MAX, u32::from_be_bytes))
}

fn text_of(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::store::database::{in_memory, write_rows};
    use crate::store::rows::value::Counter;
    use crate::store::tables::{COUNTERS, ROW_TABLES};
    use proptest::prelude::*;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    fn of_row<T: DeserializeOwned>(row: Value) -> T {
        serde_json::from_value(row).unwrap()
    }

    fn tenant(number: u32, variant: u64) -> Tenant {
        of_row(json!({ "number": number, "slug": format!("tenant-{number}-{variant}"), "name": "T",
            "status": "active", "settings": {}, "created_at": Timestamp::from_micros(variant) }))
    }

    fn token(number: u32, variant: u64) -> Token {
        let id = format!("{}{}", "a".repeat(15), number + 2);
        of_row(json!({ "id": id, "tenant": number, "name": variant.to_string(), "scopes": [], "secrets": [],
            "created_at": Timestamp::default() }))
    }

    fn operator(number: u32, variant: u64) -> Operator {
        of_row(json!({ "name": format!("operator-{number}"), "role": "admin",
            "password_hash": variant.to_string(), "created_at": Timestamp::default() }))
    }

    fn source(number: u32, variant: u64) -> Source {
        of_row(json!({ "tenant": number / 2, "name": format!("source-{number}"), "scheme": "hmac-sha256",
            "default_type": variant.to_string(), "automatic_keys": "on", "unsigned": "refused", "secrets": [],
            "created_at": Timestamp::default() }))
    }

    fn ban(number: u32, variant: u64) -> Ban {
        let network = format!("10.{number}.0.0/{}", 16 + number);
        let reason = Some(variant.to_string());
        let network = network.parse().unwrap();
        Ban { network, reason, since: Timestamp::default(), until: None }
    }

    /// A put, or a deletion, of one of a few rows of every table of the catalog and one beside it.
    fn any_change() -> impl Strategy<Value = RowChange> {
        (0..7, 0..4_u32, 0..3_u64, any::<bool>()).prop_map(|(table, number, variant, keep)| {
            let put = match table {
                0 => RowChange::put(&tenant(number, variant)),
                1 => RowChange::put(&token(number, variant)),
                2 => RowChange::put(&operator(number, variant)),
                3 => RowChange::put(&source(number, variant)),
                4 => RowChange::put(&ban(number, variant)),
                5 => RowChange::put(&Setting::new(&number.to_string(), &variant.to_string())),
                _ => RowChange::put(&Counter::new(&number.to_string(), variant)),
            };
            RowChange { value: put.value.filter(|_| keep), ..put }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_derived_catalog_is_the_one_in_the_database(
            batches in proptest::collection::vec(proptest::collection::vec(any_change(), 1..6), 1..12),
        ) {
            let database = in_memory(&ROW_TABLES);
            let mut catalog = Catalog::load(&database).unwrap();
            for rows in batches {
                write_rows(&database, &rows);
                let next = catalog.changed_by(rows.iter()).unwrap();
                prop_assert_eq!(next.is_some(), rows.iter().any(|row| row.table != COUNTERS.code));
                catalog = next.unwrap_or(catalog);
                prop_assert_eq!(&catalog, &Catalog::load(&database).unwrap());
            }
        }
    }

    #[test]
    fn tables_that_do_not_change_are_shared() {
        let present = Catalog::default();
        let rows = [RowChange::put(&token(1, 1))];
        let next = present.changed_by(rows.iter()).unwrap().unwrap();
        assert!(!Arc::ptr_eq(&present.tokens, &next.tokens));
        assert!(Arc::ptr_eq(&present.tenants, &next.tenants) && Arc::ptr_eq(&present.bans, &next.bans));
        assert!(Arc::ptr_eq(&present.tenants_by_slug, &next.tenants_by_slug));
    }
}
