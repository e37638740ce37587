//! Which tenants have numbers of their own.

use crate::domain::ids::TenantNumber;
use crate::domain::tenant::Tenant;
use std::sync::OnceLock;

/// Most tenants with numbers of their own, and one place for all others: six bits of an entry.
pub(super) const PLACES: usize = 64;

/// The place of tenants beyond the bound.
pub(super) const OTHER: usize = PLACES - 1;

/// A tenant that was given a place.
#[derive(Debug)]
struct Named {
    number: TenantNumber,
    slug: Box<str>,
}

/// Places of tenants, given at a tenant's first request and kept.
#[derive(Debug)]
pub(super) struct Places([OnceLock<Named>; PLACES - 1]);

impl Places {
    pub(super) fn new() -> Self {
        Self([const { OnceLock::new() }; PLACES - 1])
    }

    pub(super) fn of(&self, tenant: &Tenant) -> usize {
        let named = || Named { number: tenant.number, slug: tenant.slug.as_str().into() };
        let taken = |place: &OnceLock<Named>| place.get_or_init(named).number == tenant.number;
        // Numbers are given one by one, so the first try is mostly the right one.
        let start = tenant.number.0 as usize % (PLACES - 1);
        let mut order = (start..PLACES - 1).chain(0..start);
        order.find(|at| self.0.get(*at).is_some_and(taken)).unwrap_or(OTHER)
    }

    /// Returns the slug of the tenant at a place.
    pub(super) fn slug(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.get().map(|named| named.slug.as_ref())
    }
}
