//! Sessions: in memory for every request, in the database for the next start.

use crate::crypto::digest::Digest;
use crate::domain::operator::Operator;
use crate::domain::session::{self, SECRET_BYTES, SESSIONS_PER_OPERATOR_MAX, Session};
use crate::domain::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::entropy::{Entropy, array};
use crate::platform::locks::{read, write};
use crate::services::operators::confirmed::Confirmed;
use crate::store::effects::{Effects, ROWS_PER_ENTRY};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// How exactly it is known when a session was last used.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// Keeps operators' sessions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Taken for moments and never across an await.
    table: Arc<RwLock<HashMap<Digest, Entry>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    session: Session,
    /// What of `seen_at` is in the database.
    written_at: Timestamp,
}

/// A session that has just begun.
#[derive(Clone)]
pub struct Begun {
    /// The text for the cookie; shown to nobody else.
    pub text: String,
    /// The session.
    pub session: Session,
}

/// An operator with the session their request came with.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is.
    pub operator: Arc<Operator>,
    /// By which session.
    pub session: Session,
}

impl Sessions {
    /// Loads the sessions there are. Blocks on disk.
    pub fn load(store: Store, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let entry = |session: Session| (session.digest, Entry { written_at: session.seen_at, session });
        let table = store.load_rows()?.into_iter().map(entry).collect();
        Ok(Self { store, clock, entropy, table: Arc::new(RwLock::new(table)) })
    }

    /// Begins a session of an operator who proved to be one; of too many the one that was idle longest ends. None if the
    /// password that was proven is not theirs any more: a reset ends sessions, also the ones about to begin.
    pub fn begin(&self, operator: &Operator, address: IpAddr, agent: &str) -> Option<Begun> {
        let (now, secret) = (self.clock.now(), array::<SECRET_BYTES>(self.entropy.as_ref()));
        let text = session::text_of(&secret);
        let digest = session::digest_of(&text).expect("the text is a secret's");
        let session = Session {
            digest,
            operator: operator.name.clone(),
            began_at: now,
            seen_at: now,
            address: address.to_string(),
            agent: session::shortened_agent(agent),
        };
        let mut effects = Effects::default().put(&session);
        // Under the lock: a change of the operator ends the sessions after that, this one included.
        let mut table = write(&self.table);
        Confirmed::new(operator).find(&self.store.catalog_now()).ok()?;
        let mut own: Vec<_> = table
            .values()
            .filter(|entry| entry.session.operator == operator.name)
            .map(|entry| (entry.session.seen_at, entry.session.digest))
            .collect();
        own.sort_unstable();
        let surplus = (own.len() + 1).saturating_sub(SESSIONS_PER_OPERATOR_MAX);
        for (_, digest) in own.into_iter().take(surplus) {
            table.remove(&digest);
            effects = effects.delete::<Session>(&digest);
        }
        table.insert(digest, Entry { session: session.clone(), written_at: now });
        drop(table);
        self.put(effects);
        Some(Begun { text, session })
    }

    /// Finds out who a cookie's text belongs to and notes that they were here.
    pub fn recognize(&self, text: &str) -> Option<SignedIn> {
        let (digest, now) = (session::digest_of(text)?, self.clock.now());
        let session = read(&self.table).get(&digest).map(|entry| entry.session.clone())?;
        if session.is_over(now) {
            self.end(&digest);
            return None;
        }
        let operator = Arc::clone(self.store.catalog_now().operator(&session.operator)?);
        if now.duration_since(session.seen_at) >= SEEN_EVERY
            && let Some(entry) = write(&self.table).get_mut(&digest)
        {
            entry.session.seen_at = entry.session.seen_at.max(now);
        }
        Some(SignedIn { operator, session })
    }

    /// Tells who a session still belongs to. Nobody was here by that: what only goes on keeps no session alive.
    pub fn look_at(&self, digest: &Digest) -> Option<SignedIn> {
        let session = read(&self.table).get(digest).map(|entry| entry.session.clone())?;
        let operator = Arc::clone(self.store.catalog_now().operator(&session.operator)?);
        (!session.is_over(self.clock.now())).then_some(SignedIn { operator, session })
    }

    /// Returns an operator's sessions, the one used last first.
    pub fn list(&self, operator: &str) -> Vec<Session> {
        let mut own = self.list_all();
        own.retain(|session| session.operator == operator);
        own
    }

    /// Returns every session, the one used last first.
    pub fn list_all(&self) -> Vec<Session> {
        let now = self.clock.now();
        let table = read(&self.table);
        let open = table.values().map(|entry| &entry.session).filter(|one| !one.is_over(now));
        let mut all: Vec<_> = open.cloned().collect();
        drop(table);
        all.sort_by_key(|session| std::cmp::Reverse((session.seen_at, session.digest)));
        all
    }

    /// Ends a session.
    pub fn end(&self, digest: &Digest) {
        if write(&self.table).remove(digest).is_some() {
            self.put(Effects::default().delete::<Session>(digest));
        }
    }

    /// Ends one of an operator's sessions by its public name; tells whether there was one.
    pub fn end_named(&self, operator: &str, id: &str) -> bool {
        let found = self.find_named(id).filter(|session| session.operator == operator);
        found.inspect(|session| self.end(&session.digest)).is_some()
    }

    /// Returns the session with a public name.
    pub fn find_named(&self, id: &str) -> Option<Session> {
        self.list_all().into_iter().find(|session| session.id() == id)
    }

    /// Ends all sessions of an operator; returns how many there were.
    pub fn end_all_of(&self, operator: &str) -> usize {
        self.end_where(|session| session.operator == operator)
    }

    /// Ends all sessions of an operator but one.
    pub fn end_others(&self, kept: &Session) {
        self.end_where(|session| session.operator == kept.operator && session.digest != kept.digest);
    }

    fn end_where(&self, ends: impl Fn(&Session) -> bool) -> usize {
        let mut table = write(&self.table);
        let ended: Vec<_> =
            table.values().filter(|entry| ends(&entry.session)).map(|entry| entry.session.digest).collect();
        for digest in &ended {
            table.remove(digest);
        }
        drop(table);
        for portion in ended.chunks(ROWS_PER_ENTRY) {
            self.put(portion.iter().fold(Effects::default(), Effects::delete::<Session>));
        }
        ended.len()
    }

    /// Forgets sessions that have ended and writes when the others were used. Called every minute and at the stop.
    pub fn write_uses(&self) {
        let now = self.clock.now();
        self.end_where(|session| session.is_over(now));
        let mut changed = Vec::new();
        for entry in write(&self.table).values_mut() {
            if entry.written_at != entry.session.seen_at {
                entry.written_at = entry.session.seen_at;
                changed.push(entry.session.clone());
            }
        }
        for portion in changed.chunks(ROWS_PER_ENTRY) {
            self.put(portion.iter().fold(Effects::default(), Effects::put));
        }
    }

    /// A session that is not written works until the next start; the log says so.
    fn put(&self, effects: Effects) {
        if let Err(error) = self.store.put(effects) {
            tracing::warn!(error = %error, "A change of sessions was not written");
        }
    }
}
