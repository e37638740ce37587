//! What the address of a list asks for, and the ways to its other pages.

use crate::console::address::with_query;
use crate::http::call::Call;
use crate::http::portion::{Bounds, Portion};
use crate::http::request::query::Parameters;

/// Things on a page: some 20 KiB of markup.
const PAGE_LEN: usize = 50;

/// Most tenants that a field offers by name: they take some kilobytes.
const OFFERED_MAX: usize = 200;

/// What the address of a list asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Only this tenant's; empty: all.
    pub(super) tenant: String,
    /// What names hold.
    pub(super) search: String,
    /// Only those in this state; empty: the usual ones.
    pub(super) state: String,
    pub(super) bounds: Bounds,
}

impl Asked {
    /// Reads an address. What is unknown or wrong in it asks for nothing.
    pub(super) fn read(call: &Call<'_>) -> Self {
        let names = ["tenant", "q", "state", "after", "before"];
        let query = Parameters::read(call.query(), &names);
        let text = |name: &str| query.text(name).unwrap_or_default().trim().to_owned();
        let place = |name: &str| query.text(name).map(str::to_owned);
        let bounds = Bounds { after: place("after"), before: place("before"), limit: PAGE_LEN };
        Self { tenant: text("tenant"), search: text("q"), state: text("state"), bounds }
    }

    /// Tells whether not everything is asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        [&self.tenant, &self.search, &self.state].iter().any(|text| !text.is_empty())
    }

    /// Tells whether one of the texts holds what is searched for, whatever the case.
    pub(super) fn finds(&self, texts: &[&str]) -> bool {
        let wanted = self.search.to_lowercase();
        wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    }

    /// Returns the address of a page for the tenant that is asked for.
    pub(super) fn lead_to(&self, path: &str) -> String {
        with_query(path, [("tenant", self.tenant.as_str())])
    }

    /// Returns the addresses of the pages before and after a portion.
    pub(super) fn ways<T>(&self, path: &str, portion: &Portion<T>) -> (Option<String>, Option<String>) {
        let page = |name: &'static str, place: &Option<String>| {
            let place = place.as_deref()?;
            let kept =
                [("tenant", &*self.tenant), ("q", &*self.search), ("state", &*self.state), (name, place)];
            Some(with_query(path, kept))
        };
        (page("before", &portion.before), page("after", &portion.after))
    }
}

/// Returns the slugs that a field for a tenant offers: all that are there, or none when they are many.
pub(super) fn offered_tenants(services: &crate::http::edge::Services) -> Vec<String> {
    let there = services.tenants.present();
    let mut slugs: Vec<_> = there.iter().map(|tenant| tenant.slug.as_str().to_owned()).collect();
    slugs.sort_unstable();
    if slugs.len() <= OFFERED_MAX { slugs } else { Vec::new() }
}
