//! Where a follower is between ledger and batches: the place through which it has got everything.

/// How far one follower has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// Everything through here was given, nothing behind it.
    pub(super) through: u64,
    /// What comes next is read out of the ledger.
    pub(super) behind: bool,
}

/// What is to become of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// All of it was given before.
    Known,
    /// What lies behind this place is to be given.
    Behind(u64),
    /// Something in front of it was missed: the ledger is to be read.
    Missed,
}

impl Position {
    /// Begins at a place in the ledger, whose last event is given too, or behind that one.
    pub(super) fn begin(place: Option<u64>, last: u64) -> Self {
        let through = place.unwrap_or(last);
        Self { through, behind: through < last }
    }

    /// Decides about a batch that is complete from behind `after` through `through`.
    pub(super) fn receive(&mut self, after: u64, through: u64) -> Received {
        if through <= self.through {
            return Received::Known;
        }
        if after > self.through {
            self.behind = true;
            return Received::Missed;
        }
        Received::Behind(std::mem::replace(&mut self.through, through))
    }

    /// Notes a page that was read out of the ledger: its last event, where the next page begins if there is one, and
    /// the ledger's last event from before it was read.
    pub(super) fn read(&mut self, end: Option<u64>, next: Option<u64>, last: u64) {
        let through = next.unwrap_or_else(|| end.unwrap_or(0).max(last));
        self.through = self.through.max(through);
        self.behind = next.is_some();
    }

    /// Notes that everything up to a place was handed on and no batch waits.
    pub(super) fn rest(&mut self, passed: u64) {
        if !self.behind {
            self.through = self.through.max(passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Attributes;
    use crate::domain::ids::{Seq, TenantNumber};
    use crate::domain::names::Slug;
    use crate::domain::time::Timestamp;
    use crate::services::live::feeds::{Batch, ByTenant, Feeds, Round};
    use crate::services::reading::StoredEvent;
    use proptest::prelude::*;
    use std::sync::Arc;
    use tokio::sync::broadcast::Receiver;
    use tokio::sync::broadcast::error::TryRecvError;

    /// What may happen next, in any order.
    #[derive(Clone, Debug)]
    enum Step {
        /// Events of a tenant are stored; large ones find no room in memory.
        Store(u32, usize, bool),
        BeginRound,
        HandOn,
        FailRound,
        /// A follower comes, from now on or behind a place that many events back.
        Enter(u32, Option<u64>),
        /// A follower leaves and comes again where it was.
        Resume(usize),
        /// A follower looks for a batch.
        Take(usize),
        /// A follower that is behind reads a page.
        Read(usize, usize),
        Rest(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let tenant = 0..2_u32;
        let step = prop_oneof![
            8 => (tenant.clone(), 1..4_usize, any::<bool>()).prop_map(|(t, n, large)| Step::Store(t, n, large)),
            6 => Just(Step::BeginRound),
            6 => Just(Step::HandOn),
            1 => Just(Step::FailRound),
            2 => (tenant, proptest::option::of(0..9_u64)).prop_map(|(t, back)| Step::Enter(t, back)),
            1 => (0..4_usize).prop_map(Step::Resume),
            6 => (0..4_usize).prop_map(Step::Take),
            6 => (0..4_usize, 1..4_usize).prop_map(|(who, limit)| Step::Read(who, limit)),
            2 => (0..4_usize).prop_map(Step::Rest),
        ];
        proptest::collection::vec(step, 0..250)
    }

    struct Follower {
        tenant: u32,
        batches: Receiver<Arc<Batch>>,
        position: Position,
        began: u64,
        got: Vec<u64>,
    }

    /// An appliance as small as it can be: the ledger is a list of tenants.
    struct World {
        feeds: Feeds,
        ledger: Vec<(u32, bool)>,
        round: Option<Round>,
        followers: Vec<Follower>,
    }

    impl World {
        fn last(&self) -> u64 {
            self.ledger.len() as u64
        }

        fn of(&self, tenant: u32, after: u64, to: u64) -> impl Iterator<Item = u64> {
            (after + 1..=to).filter(move |seq| self.ledger[usize::try_from(*seq).unwrap() - 1].0 == tenant)
        }

        fn hand_on(&mut self) {
            let Some(round) = self.round.take() else { return };
            let mut events = ByTenant::new();
            for seq in round.after + 1..=round.to {
                let (tenant, large) = self.ledger[usize::try_from(seq).unwrap() - 1];
                if round.tenants.contains(&TenantNumber(tenant)) {
                    let len = if large { 8 << 20 } else { 100 };
                    events.entry(TenantNumber(tenant)).or_default().push((event(seq), len));
                }
            }
            self.feeds.hand_on(round.to, events);
            self.feeds.pass(round.to);
        }

        fn enter(&mut self, tenant: u32, place: Option<u64>) -> (Receiver<Arc<Batch>>, Position) {
            let last = self.last();
            let (batches, last) = self.feeds.enter(TenantNumber(tenant), || last);
            (batches, Position::begin(place, last))
        }

        fn take(&mut self, who: usize) -> bool {
            let Some(follower) = self.followers.get_mut(who).filter(|one| !one.position.behind) else {
                return false;
            };
            match follower.batches.try_recv() {
                Ok(batch) => {
                    if let Received::Behind(place) = follower.position.receive(batch.after, batch.through) {
                        let seqs = batch.events.iter().map(|live| live.event().seq.0);
                        follower.got.extend(seqs.filter(|seq| *seq > place));
                    }
                    true
                }
                Err(TryRecvError::Lagged(_)) => true,
                Err(_) => false,
            }
        }

        fn read(&mut self, who: usize, limit: usize) {
            let Some(follower) = self.followers.get(who).filter(|one| one.position.behind) else { return };
            let last = self.last();
            let page: Vec<_> =
                self.of(follower.tenant, follower.position.through, last).take(limit).collect();
            let next = page.last().copied().filter(|end| page.len() == limit && *end < last);
            let follower = &mut self.followers[who];
            follower.position.read(page.last().copied(), next, last);
            follower.got.extend(page);
        }

        fn step(&mut self, step: Step) {
            match step {
                Step::Store(tenant, count, large) => self.ledger.extend(vec![(tenant, large); count]),
                Step::BeginRound if self.round.is_none() => self.round = self.feeds.begin_round(self.last()),
                Step::HandOn => self.hand_on(),
                Step::FailRound => {
                    if let Some(round) = self.round.take() {
                        self.feeds.skip(round.to, &round.tenants);
                        self.feeds.pass(round.to);
                    }
                }
                Step::Enter(tenant, back) if self.followers.len() < 4 => {
                    let place = back.map(|back| self.last().saturating_sub(back));
                    let (batches, position) = self.enter(tenant, place);
                    let began = position.through;
                    self.followers.push(Follower { tenant, batches, position, began, got: Vec::new() });
                }
                Step::BeginRound | Step::Enter(..) => {}
                Step::Resume(who) => {
                    let Some(follower) = self.followers.get(who) else { return };
                    let (tenant, position) = (follower.tenant, follower.position.through);
                    self.feeds.leave(TenantNumber(tenant));
                    let (batches, position) = self.enter(tenant, Some(position));
                    let follower = &mut self.followers[who];
                    (follower.batches, follower.position) = (batches, position);
                }
                Step::Take(who) => drop(self.take(who)),
                Step::Read(who, limit) => self.read(who, limit),
                Step::Rest(who) => {
                    let passed = self.feeds.passed();
                    if let Some(follower) = self.followers.get_mut(who).filter(|one| one.batches.is_empty()) {
                        follower.position.rest(passed);
                    }
                }
            }
        }

        fn check(&self) {
            for follower in &self.followers {
                let position = follower.position.through;
                let expected: Vec<_> = self.of(follower.tenant, follower.began, position).collect();
                assert_eq!(follower.got, expected, "behind {} up to {position}", follower.began);
            }
        }
    }

    fn event(seq: u64) -> StoredEvent {
        StoredEvent {
            seq: Seq(seq),
            tenant: Slug::parse("acme").unwrap(),
            received_at: Timestamp::from_micros(0),
            attributes: Attributes::new("s", "t").unwrap(),
            payload: bytes::Bytes::new(),
        }
    }

    proptest! {
        #[test]
        fn in_whatever_order_things_happen_every_event_is_given_once_and_in_order(steps in steps()) {
            let (feeds, followers) = (Feeds::new(), Vec::new());
            let mut world = World { feeds, ledger: Vec::new(), round: None, followers };
            for step in steps {
                world.step(step);
                world.check();
            }
            while world.round.is_some() || { world.round = world.feeds.begin_round(world.last()); world.round.is_some() } {
                world.hand_on();
            }
            for who in 0..world.followers.len() {
                while world.take(who) || world.followers[who].position.behind {
                    world.read(who, 3);
                }
                world.check();
                let follower = &world.followers[who];
                let all: Vec<_> = world.of(follower.tenant, follower.began, world.last()).collect();
                prop_assert_eq!(&follower.got, &all);
            }
        }
    }
}
