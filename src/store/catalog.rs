//! Tenants, tokens, operators, sources, bans and settings as one immutable value, rebuilt by the applier after a command that changed them.
//!
//! Hot paths read it through an atomic pointer and never wait on disk to learn who is calling.

use crate::domain::ban::{Ban, Bans};
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::names::Slug;
use crate::domain::operator::Operator;
use crate::domain::retention_clock::Doubt;
use crate::domain::source::Source;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::error::StoreError;
use crate::store::people_rows::OperatorRow;
use crate::store::rows::{BanRow, SourceRow, TenantRow, TokenRow, read};
use crate::store::tables::{
    AHEAD, BANS, COUNTERS, DOUBTED_FROM, OPERATORS, RowTableDefinition, SETTINGS, SOURCES, TENANTS,
    TOKEN_USES, TOKENS,
};
use redb::{Database, ReadableDatabase, ReadableTable};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Who there is.
#[derive(Debug, Default)]
pub struct Catalog {
    tenants: BTreeMap<TenantNumber, Arc<Tenant>>,
    tenants_by_slug: HashMap<Slug, Arc<Tenant>>,
    tokens: HashMap<TokenId, Arc<Token>>,
    operators: BTreeMap<String, Arc<Operator>>,
    sources: BTreeMap<TenantNumber, BTreeMap<Slug, Arc<Source>>>,
    bans: Bans,
    settings: BTreeMap<String, String>,
}

impl Catalog {
    /// Reads the catalog's tables.
    pub(super) fn load(database: &Database) -> Result<Self, StoreError> {
        let mut catalog = Self::default();
        rows(database, TENANTS, |key, value| {
            let tenant = Arc::new(Tenant::from(read::<TenantRow>("tenant", format!("{key:?}"), value)?));
            catalog.tenants_by_slug.insert(tenant.slug.clone(), Arc::clone(&tenant));
            catalog.tenants.insert(tenant.number, tenant);
            Ok(())
        })?;
        rows(database, TOKENS, |key, value| {
            let name = String::from_utf8_lossy(key);
            let token = Token::from(read::<TokenRow>("token", name, value)?);
            catalog.tokens.insert(token.id.clone(), Arc::new(token));
            Ok(())
        })?;
        rows(database, OPERATORS, |key, value| {
            let name = String::from_utf8_lossy(key);
            let operator = Operator::from(read::<OperatorRow>("operator", name, value)?);
            catalog.operators.insert(operator.name.clone(), Arc::new(operator));
            Ok(())
        })?;
        rows(database, SOURCES, |key, value| {
            let source = Arc::new(Source::from(read::<SourceRow>("source", format!("{key:?}"), value)?));
            catalog.sources.entry(source.tenant).or_default().insert(source.name.clone(), source);
            Ok(())
        })?;
        rows(database, BANS, |key, value| {
            let network = String::from_utf8_lossy(key);
            catalog.bans.insert(Ban::try_from(read::<BanRow>("ban", network, value)?)?);
            Ok(())
        })?;
        rows(database, SETTINGS, |key, value| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            catalog.settings.insert(text(key), text(value));
            Ok(())
        })?;
        Ok(catalog)
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

/// Reads which times of events are not believed.
pub(super) fn doubt(database: &Database) -> Result<Option<Doubt>, StoreError> {
    let (from, ahead) = (counter(database, DOUBTED_FROM)?, counter(database, AHEAD)?);
    let doubt = Doubt { from: Timestamp::from_micros(from), ahead: Duration::from_micros(ahead) };
    Ok((from > 0).then_some(doubt))
}

/// Reads a lasting counter, 0 if it was never put.
pub(super) fn counter(database: &Database, name: &str) -> Result<u64, StoreError> {
    Ok(number(database, COUNTERS, "counter", name)?.unwrap_or(0))
}

/// Reads when a token was last used, as far as it was written.
pub(super) fn token_use(database: &Database, id: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(number(database, TOKEN_USES, "token use", id)?.map(Timestamp::from_micros))
}

fn number(
    database: &Database,
    definition: RowTableDefinition,
    what: &'static str,
    key: &str,
) -> Result<Option<u64>, StoreError> {
    let table = database.begin_read()?.open_table(definition)?;
    let Some(row) = table.get(key.as_bytes())? else { return Ok(None) };
    let bytes = row.value().try_into().map_err(|_length| StoreError::corrupt(what, key))?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

/// Walks over the rows of a table.
pub(super) fn rows(
    database: &Database,
    definition: RowTableDefinition,
    mut each: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let table = database.begin_read()?.open_table(definition)?;
    for row in table.iter()? {
        let (key, value) = row?;
        each(key.value(), value.value())?;
    }
    Ok(())
}
