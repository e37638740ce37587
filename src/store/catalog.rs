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
use crate::store::rows::load;
use crate::store::rows::value::Setting;
use crate::store::tables::{AHEAD, BANS, DOUBTED_FROM, OPERATORS, SETTINGS, SOURCES, TENANTS, TOKENS};
use redb::Database;
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
        for tenant in load::load_all::<Tenant>(database)?.into_iter().map(Arc::new) {
            catalog.tenants_by_slug.insert(tenant.slug.clone(), Arc::clone(&tenant));
            catalog.tenants.insert(tenant.number, tenant);
        }
        for token in load::load_all::<Token>(database)? {
            catalog.tokens.insert(token.id.clone(), Arc::new(token));
        }
        for operator in load::load_all::<Operator>(database)? {
            catalog.operators.insert(operator.name.clone(), Arc::new(operator));
        }
        for source in load::load_all::<Source>(database)? {
            catalog.sources.entry(source.tenant).or_default().insert(source.name.clone(), Arc::new(source));
        }
        for ban in load::load_all::<Ban>(database)? {
            catalog.bans.insert(ban);
        }
        for Setting { key, value } in load::load_all::<Setting>(database)? {
            catalog.settings.insert(key, value);
        }
        Ok(catalog)
    }

    /// Tells whether the catalog is made from the table with the code.
    pub(super) fn reads(table: u8) -> bool {
        [TENANTS, TOKENS, OPERATORS, SOURCES, BANS, SETTINGS].iter().any(|read| read.code == table)
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
    let (from, ahead) = (load::counter(database, DOUBTED_FROM)?, load::counter(database, AHEAD)?);
    let doubt = Doubt { from: Timestamp::from_micros(from), ahead: Duration::from_micros(ahead) };
    Ok((from > 0).then_some(doubt))
}
