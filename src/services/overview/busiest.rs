//! Which tenants use most.

use crate::domain::usage::Totals;
use std::cmp::Reverse;

/// How many of the busiest are named by events, and how many by time.
const EACH: usize = 5;

/// A busy tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Its slug.
    pub tenant: String,
    /// What it used.
    pub used: Totals,
}

/// The five tenants with most events and the five whose requests took most time, by events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Busiest {
    /// The busiest tenants.
    pub tenants: Vec<Busy>,
    /// How many others used anything.
    pub others: usize,
}

impl Busiest {
    /// Finds them.
    pub(super) fn of(used: Vec<(String, Totals)>) -> Self {
        let all: Vec<_> = used.into_iter().map(|(tenant, used)| Busy { tenant, used }).collect();
        let first = |measure: fn(&Totals) -> u64| {
            let mut order: Vec<_> = all.iter().collect();
            order.sort_by_key(|busy| (Reverse(measure(&busy.used)), busy.tenant.clone()));
            let most = order.into_iter().filter(|busy| measure(&busy.used) > 0).take(EACH);
            most.cloned().collect::<Vec<_>>()
        };
        let mut tenants = first(|used| used.events);
        for busy in first(|used| used.micros) {
            if !tenants.contains(&busy) {
                tenants.push(busy);
            }
        }
        tenants.sort_by_key(|busy| (Reverse(busy.used.events), Reverse(busy.used.micros)));
        Self { others: all.len() - tenants.len(), tenants }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_by_events_and_by_time_are_named_once() {
        let used = |events, micros| Totals { events, micros, ..Totals::default() };
        let all =
            (0..20).map(|at| (format!("t{at:02}"), used(at, if at == 0 { 1_000 } else { at }))).collect();
        let found = Busiest::of(all);
        let names: Vec<_> = found.tenants.iter().map(|busy| busy.tenant.as_str()).collect();
        assert_eq!((names, found.others), (vec!["t19", "t18", "t17", "t16", "t15", "t00"], 14));
        assert_eq!(Busiest::of(Vec::new()), Busiest::default());
    }
}
