//! A bound that many share so that none of them can fill it alone: places, memory, open streams.
//!
//! The fuller it is, the less a member may hold of it, and the last units go to those who hold nothing (after the
//! dynamic thresholds of shared packet buffers, Choudhury and Hahne, 1998). A single member stops short of the whole, and
//! many that hold on to what they have stop soon after: it takes dozens of addresses to leave a newcomer nothing.

use crate::domain::client::Client;
use crate::domain::ids::{TOKEN_ID_LEN, TenantNumber, TokenId};
use crate::platform::locks::lock;
use crate::services::access::{Holder, Reach};
use crate::services::operators::SignedIn;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Whom a share counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Member {
    /// An address, or a network of IPv6 that one client has.
    Client(Client),
    Tenant(TenantNumber),
    Token([u8; TOKEN_ID_LEN]),
    Operator(String),
}

impl Member {
    fn token(id: &TokenId) -> Self {
        Self::Token(id.as_str().as_bytes().try_into().expect("ids of tokens have one length"))
    }

    /// Returns how greedy a member may be: at 1 it gets a quarter of the whole alone, at 2 three eighths, at 8 three
    /// fifths, at 16 seven tenths. Where two members stand for one request, a token leaves room for its tenant's others.
    fn greed(&self) -> usize {
        match self {
            Self::Tenant(_) => 16,
            Self::Token(_) => 8,
            Self::Operator(_) => 2,
            Self::Client(_) => 1,
        }
    }

    /// Tells whether a member that holds so much may have more of what is free.
    fn may_have_more(&self, held: usize, free: usize, max: usize) -> bool {
        held == 0 || 2 * held * max < self.greed() * free * free
    }
}

/// Everyone whom a request's shares count for; nobody: only the whole is bounded. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members(Arc<[Member]>);

impl Members {
    /// Returns the one whose address it is.
    pub(crate) fn client(client: Client) -> Self {
        Self([Member::Client(client)].into())
    }

    /// Returns those who stand for a request: tenant and token, an operator, or the address of a stranger, who has none on
    /// the admin socket.
    pub(crate) fn of(reach: Option<&Reach>, signed_in: Option<&SignedIn>, stranger: Option<Client>) -> Self {
        match (reach, signed_in) {
            (Some(Reach { holder: Holder::Token(token), .. }), _) => {
                Self([Member::Tenant(token.tenant), Member::token(&token.id)].into())
            }
            (_, Some(signed_in)) => Self([Member::Operator(signed_in.operator.name.clone())].into()),
            _ => stranger.map(Self::client).unwrap_or_default(),
        }
    }
}

/// Marks an answer's head: for whom its memory counts while it waits to be taken.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) members: Members,
    /// Whether they proved who they are.
    pub(crate) proven: bool,
}

/// Longest answer on HTTP/1.1 that is not counted: it lies in the connection's buffer, and connections are bounded.
const UNCOUNTED_MAX: u64 = 16 * 1024;

/// Tells whether an answer of so many bytes has to be counted while it waits.
pub(crate) fn waits(multiplexed: bool, length: u64) -> bool {
    multiplexed || length > UNCOUNTED_MAX
}

/// Bytes taken or given back at once where a share grows with a body.
const STEP: usize = 64 * 1024;

/// So many units, shared out.
#[derive(Debug)]
pub(crate) struct Shares(Mutex<Taken>);

#[derive(Debug)]
struct Taken {
    max: usize,
    all: usize,
    by: HashMap<Member, usize>,
}

impl Shares {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Taken { max, all: 0, by: HashMap::new() })))
    }

    /// Changes how many units there are; what is held stays held.
    pub(crate) fn resize(&self, max: usize) {
        self.lock().max = max;
    }

    /// Returns how many units are held and how many there are.
    pub(crate) fn used(&self) -> (usize, usize) {
        let taken = self.lock();
        (taken.all, taken.max)
    }

    /// Takes so many units, or all there are where that is less, until the share is dropped; none without room.
    pub(crate) fn take(self: &Arc<Self>, members: &Members, units: usize) -> Option<Share> {
        let mut share = self.begin(members);
        share.grow(units).then_some(share)
    }

    /// Begins with nothing, for a share that grows.
    pub(crate) fn begin(self: &Arc<Self>, members: &Members) -> Share {
        Share { shares: Arc::clone(self), members: members.clone(), units: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        lock(&self.0)
    }
}

/// Units that are held.
#[derive(Debug)]
#[must_use = "the units are taken only while this is held"]
pub(crate) struct Share {
    shares: Arc<Shares>,
    members: Members,
    units: usize,
}

impl Share {
    /// Takes or gives back, so that so many bytes are covered; tells whether there was room.
    pub(crate) fn cover(&mut self, bytes: usize) -> bool {
        let wanted = bytes.next_multiple_of(STEP);
        match wanted.checked_sub(self.units) {
            Some(0) => true,
            Some(more) => self.grow(more),
            None => {
                self.shrink(self.units - wanted);
                true
            }
        }
    }

    fn grow(&mut self, more: usize) -> bool {
        let mut taken = self.shares.lock();
        let more = more.min(taken.max.max(1));
        let free = taken.max.saturating_sub(taken.all);
        let held = |member: &Member| taken.by.get(member).copied().unwrap_or_default();
        let may = |member: &Member| member.may_have_more(held(member), free, taken.max);
        if more > free || !self.members.0.iter().all(may) {
            return false;
        }
        taken.all += more;
        for member in self.members.0.iter() {
            *taken.by.entry(member.clone()).or_default() += more;
        }
        self.units += more;
        true
    }

    fn shrink(&mut self, less: usize) {
        let mut taken = self.shares.lock();
        taken.all -= less;
        for member in self.members.0.iter() {
            if let Some(held) = taken.by.get_mut(member) {
                *held -= less;
                if *held == 0 {
                    taken.by.remove(member);
                }
            }
        }
        self.units -= less;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.units > 0 {
            self.shrink(self.units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Members {
        Members::client(Client::of([192, 0, 2, last].into()))
    }

    fn token(tenant: u32, name: u8) -> Members {
        Members([Member::Tenant(TenantNumber(tenant)), Member::Token([name; TOKEN_ID_LEN])].into())
    }

    /// Takes single units until there is no more room.
    fn fill(shares: &Arc<Shares>, members: &Members) -> Vec<Share> {
        std::iter::from_fn(|| shares.take(members, 1)).collect()
    }

    #[test]
    fn it_takes_dozens_of_addresses_to_leave_a_newcomer_nothing() {
        let shares = Shares::new(256);
        let mut held = Vec::new();
        let newcomer = (0..=255).position(|address| {
            held.push(fill(&shares, &client(address)));
            shares.used().0 == 256
        });
        let firsts: Vec<usize> = held.iter().take(12).map(Vec::len).collect();
        assert_eq!(firsts, [69, 42, 28, 19, 14, 11, 9, 7, 6, 5, 4, 3]);
        assert_eq!(newcomer, Some(41));
        drop(held);
        assert!(shares.used() == (0, 256) && shares.lock().by.is_empty());
    }

    #[test]
    fn a_token_leaves_room_for_its_tenant_and_a_tenant_for_others() {
        let shares = Shares::new(1_000);
        let first = fill(&shares, &token(1, 1));
        let second = fill(&shares, &token(1, 2));
        let other = fill(&shares, &token(2, 3));
        assert_eq!([first.len(), second.len(), other.len()], [610, 94, 122]);
    }

    #[test]
    fn a_small_bound_is_used_up_and_one_of_nothing_gives_nothing() {
        let shares = Shares::new(1);
        let held = fill(&shares, &client(1));
        assert_eq!(held.len(), 1);
        drop(held);
        shares.resize(0);
        assert!(shares.take(&client(1), 1).is_none());
    }

    #[test]
    fn what_is_held_grows_and_shrinks_in_steps() {
        let (shares, nobody) = (Shares::new(3 * STEP), Members::default());
        let mut held = shares.begin(&nobody);
        assert!(held.cover(1) && held.cover(STEP) && held.cover(STEP + 1));
        assert_eq!(shares.used().0, 2 * STEP);
        assert!(shares.take(&nobody, STEP + 1).is_none());
        assert!(held.cover(0) && held.cover(3 * STEP));
        drop(held);
        assert_eq!(shares.used().0, 0);
    }

    #[test]
    fn more_than_there_is_takes_all_of_it() {
        let (shares, one) = (Shares::new(10), client(1));
        let all = shares.take(&one, 20).unwrap();
        assert!(shares.take(&client(2), 1).is_none());
        drop(all);
        assert!(shares.take(&one, 10).is_some());
    }
}
