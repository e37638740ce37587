//! Sessions as pages list them.

use crate::console::words::Moment;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;

/// A session.
pub(super) struct SessionView {
    pub(super) id: String,
    pub(super) began: Moment,
    pub(super) seen: Moment,
    pub(super) address: String,
    pub(super) agent: String,
    /// Whether the page was asked for with it.
    pub(super) is_this: bool,
}

impl SessionView {
    /// Lists sessions, the one that asks first.
    pub(super) fn all(sessions: &[Session], asking: &Session, now: Timestamp) -> Vec<Self> {
        let view = |session: &Session| Self {
            id: session.id(),
            began: Moment::new(session.began_at, now),
            seen: Moment::new(session.seen_at, now),
            address: session.address.clone(),
            agent: session.agent.clone(),
            is_this: session.digest == asking.digest,
        };
        let mut views: Vec<_> = sessions.iter().map(view).collect();
        views.sort_by_key(|session| !session.is_this);
        views
    }
}
