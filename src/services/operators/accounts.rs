//! Accounts: create, change, delete.

use crate::crypto::digest::Digest;
use crate::domain::agent::RequestMark;
use crate::domain::names::Slug;
use crate::domain::operator::{OPERATORS_MAX, Operator, Role};
use crate::domain::secret::Secret;
use crate::services::audit::{self, Actor};
use crate::services::operators::passwords::Passwords;
use crate::services::operators::sessions::Sessions;
use crate::services::refusal::Refusal;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use serde_json::json;
use std::sync::Arc;

/// Keeps the people who run the appliance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operators {
    store: Store,
    passwords: Passwords,
    sessions: Sessions,
}

/// What became of a request that may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// It was carried out.
    Done,
    /// It came before and changed nothing now.
    Repeated,
}

impl Operators {
    /// Stands on the store. Sessions of operators that change are ended.
    pub fn new(store: Store, passwords: Passwords, sessions: Sessions) -> Self {
        Self { store, passwords, sessions }
    }

    /// Returns every operator, by name.
    pub fn list(&self) -> Vec<Arc<Operator>> {
        self.store.catalog().operators().map(Arc::clone).collect()
    }

    /// Tells whether there is an operator.
    pub fn is_any(&self) -> bool {
        self.store.catalog_now().operators().next().is_some()
    }

    /// Returns an operator.
    pub fn find(&self, name: &str) -> Result<Arc<Operator>, Refusal> {
        find(&self.store.catalog_now(), name)
    }

    /// Makes a password for somebody who is to choose another one.
    pub fn draw_password(&self) -> Secret {
        self.passwords.draw()
    }

    /// Creates the first operator, an owner; refused once there is one.
    pub async fn create_first(&self, actor: Actor, name: &str, password: &Secret) -> Result<(), Refusal> {
        self.insert(actor, name, Role::Owner, password, None, |catalog, _name| {
            match catalog.operators().next() {
                Some(present) => Err(Refusal::exists("operator", &present.name)),
                None => Ok(()),
            }
        })
        .await
    }

    /// Creates an operator.
    pub async fn create(
        &self,
        actor: Actor,
        name: &str,
        role: Role,
        password: &Secret,
    ) -> Result<Arc<Operator>, Refusal> {
        self.create_once(actor, name, role, password, None).await?;
        self.find(name)
    }

    /// The same for a request with an idempotency key: a repeat makes nobody.
    pub async fn create_once(
        &self,
        actor: Actor,
        name: &str,
        role: Role,
        password: &Secret,
        mark: Option<RequestMark>,
    ) -> Result<Once, Refusal> {
        let request = mark.map(|RequestMark(digest)| digest);
        if self.is_repeat(name, request) {
            return Ok(Once::Repeated);
        }
        let check = |catalog: &Catalog, name: &str| match catalog.operator(name) {
            Some(_) => Err(Refusal::exists("operator", name)),
            None if catalog.operators().count() >= OPERATORS_MAX => {
                Err(Refusal::TooMany { what: "operators", most: OPERATORS_MAX })
            }
            None => Ok(()),
        };
        let made = self.insert(actor, name, role, password, request, check).await;
        match made {
            // The same request came twice at once.
            Err(Refusal::Exists { .. }) if self.is_repeat(name, request) => Ok(Once::Repeated),
            made => made.map(|()| Once::Done),
        }
    }

    /// Tells whether a request was carried out before.
    fn is_repeat(&self, name: &str, request: Option<Digest>) -> bool {
        let catalog = self.store.catalog_now();
        let known = catalog.operator(name).zip(request);
        known.is_some_and(|(operator, request)| operator.requests.contains(&request))
    }

    async fn insert(
        &self,
        actor: Actor,
        name: &str,
        role: Role,
        password: &Secret,
        request: Option<Digest>,
        check: impl Fn(&Catalog, &str) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let name = Slug::parse(name)?;
        // Before the hashing, and again when it is decided.
        check(&self.store.catalog(), name.as_str())?;
        let password_hash = self.passwords.hash(password).await?;
        let decided = self.store.execute(move |catalog, now| {
            check(catalog, name.as_str())?;
            let (name, requests) = (name.as_str().to_owned(), request.into_iter().collect());
            let operator = Operator { name, role, password_hash, totp: None, created_at: now, requests };
            let details = json!({ "name": operator.name, "role": operator.role });
            let audit = audit::event(&actor, "operator.created", &operator.name, &details);
            Ok((Effects::default().put(&operator).audit(audit), ()))
        });
        Ok(decided.await?)
    }

    /// Gives an operator another role and ends their sessions: what a page showed no longer holds.
    pub async fn set_role(&self, actor: Actor, name: &str, role: Role) -> Result<Arc<Operator>, Refusal> {
        let wanted = name.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let before = find(catalog, &wanted)?;
            if before.role == role {
                return Ok((Effects::default(), false));
            }
            check_owner_left(catalog, &before)?;
            let details = json!({ "before": { "role": before.role }, "after": { "role": role } });
            let audit = audit::event(&actor, "operator.changed", &before.name, &details);
            let operator = Operator { role, ..Operator::clone(&before) };
            Ok((Effects::default().put(&operator).audit(audit), true))
        });
        if decided.await? {
            self.sessions.end_all_of(name);
        }
        self.find(name)
    }

    /// Gives an operator another password and ends their sessions. The second factor stays.
    pub async fn set_password(&self, actor: Actor, name: &str, password: &Secret) -> Result<(), Refusal> {
        self.put_password(actor, "operator.password_changed", name, password, |operator| operator).await
    }

    /// Recovers an operator who is locked out: another password, no second factor, no sessions.
    pub async fn reset(&self, actor: Actor, name: &str, password: &Secret) -> Result<(), Refusal> {
        self.reset_once(actor, name, password, None).await.map(drop)
    }

    /// The same for a request with an idempotency key: a repeat changes nothing.
    pub async fn reset_once(
        &self,
        actor: Actor,
        name: &str,
        password: &Secret,
        mark: Option<RequestMark>,
    ) -> Result<Once, Refusal> {
        let request = mark.map(|RequestMark(digest)| digest);
        if self.is_repeat(name, request) {
            return Ok(Once::Repeated);
        }
        let without = move |operator: Operator| {
            let mut operator = Operator { totp: None, ..operator };
            operator.remember(request);
            operator
        };
        self.put_password(actor, "operator.reset", name, password, without).await?;
        Ok(Once::Done)
    }

    async fn put_password(
        &self,
        actor: Actor,
        what: &'static str,
        name: &str,
        password: &Secret,
        change: impl Fn(Operator) -> Operator + Send + 'static,
    ) -> Result<(), Refusal> {
        self.find(name)?;
        let password_hash = self.passwords.hash(password).await?;
        let wanted = name.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let before = Operator::clone(&*find(catalog, &wanted)?);
            let operator = change(Operator { password_hash: password_hash.clone(), ..before });
            let audit = audit::event(&actor, what, &operator.name, &json!({ "name": operator.name }));
            Ok::<_, Refusal>((Effects::default().put(&operator).audit(audit), ()))
        });
        decided.await?;
        self.sessions.end_all_of(name);
        Ok(())
    }

    /// Ends all sessions of an operator; returns how many there were.
    pub fn end_sessions(&self, actor: &Actor, name: &str) -> Result<usize, Refusal> {
        self.find(name)?;
        let count = self.sessions.end_all_of(name);
        if count > 0 {
            self.record_ended(actor, name, count);
        }
        Ok(count)
    }

    /// Ends one session by its public name.
    pub fn end_session(&self, actor: &Actor, id: &str) -> Result<(), Refusal> {
        let session = self.sessions.find_named(id).ok_or_else(|| Refusal::not_found("session", id))?;
        self.sessions.end(&session.digest);
        self.record_ended(actor, &session.operator, 1);
        Ok(())
    }

    /// The sessions are over, whether or not that can be written.
    fn record_ended(&self, actor: &Actor, name: &str, count: usize) {
        let event = audit::event(actor, "operator.sessions_ended", name, &json!({ "count": count }));
        if let Err(error) = self.store.put(Effects::default().audit(event)) {
            tracing::warn!(error = %error, "The end of sessions was not recorded");
        }
    }

    /// Deletes an operator and ends their sessions. The last owner stays.
    pub async fn delete(&self, actor: Actor, name: &str) -> Result<(), Refusal> {
        let wanted = name.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let operator = find(catalog, &wanted)?;
            check_owner_left(catalog, &operator)?;
            let details = json!({ "name": operator.name, "role": operator.role });
            let audit = audit::event(&actor, "operator.deleted", &operator.name, &details);
            Ok((Effects::default().delete::<Operator>(&operator.name).audit(audit), ()))
        });
        decided.await?;
        self.sessions.end_all_of(name);
        Ok(())
    }
}

/// Returns the operator with the name.
pub(super) fn find(catalog: &Catalog, name: &str) -> Result<Arc<Operator>, Refusal> {
    catalog.operator(name).map(Arc::clone).ok_or_else(|| Refusal::not_found("operator", name))
}

/// Refuses what would leave the appliance without an owner.
fn check_owner_left(catalog: &Catalog, leaving: &Operator) -> Result<(), Refusal> {
    let mut others = catalog.operators().filter(|one| one.name != leaving.name);
    if leaving.role != Role::Owner || others.any(|one| one.role == Role::Owner) {
        return Ok(());
    }
    let name = &leaving.name;
    Err(Refusal::Unacceptable(format!("`{name}` is the last owner; hint: make another operator owner first")))
}
