//! Accounts: create, change, delete.

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
        self.insert(actor, name, Role::Owner, password, |catalog, _name| match catalog.operators().next() {
            Some(present) => Err(Refusal::exists("operator", &present.name)),
            None => Ok(()),
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
        self.insert(actor, name, role, password, |catalog, name| match catalog.operator(name) {
            Some(_) => Err(Refusal::exists("operator", name)),
            None if catalog.operators().count() >= OPERATORS_MAX => {
                Err(Refusal::TooMany { what: "operators", most: OPERATORS_MAX })
            }
            None => Ok(()),
        })
        .await?;
        self.find(name)
    }

    async fn insert(
        &self,
        actor: Actor,
        name: &str,
        role: Role,
        password: &Secret,
        check: impl Fn(&Catalog, &str) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let name = Slug::parse(name)?;
        // Before the hashing, and again when it is decided.
        check(&self.store.catalog(), name.as_str())?;
        let password_hash = self.passwords.hash(password).await?;
        let decided = self.store.execute(move |catalog, now| {
            check(catalog, name.as_str())?;
            let name = name.as_str().to_owned();
            let operator = Operator { name, role, password_hash, totp: None, created_at: now };
            let details = json!({ "name": operator.name, "role": operator.role });
            let audit = audit::event(&actor, "operator.created", &operator.name, &details);
            Ok((Effects::default().put_operator(&operator).audit(audit), ()))
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
            Ok((Effects::default().put_operator(&operator).audit(audit), true))
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
        let without = |operator| Operator { totp: None, ..operator };
        self.put_password(actor, "operator.reset", name, password, without).await
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
            Ok::<_, Refusal>((Effects::default().put_operator(&operator).audit(audit), ()))
        });
        decided.await?;
        self.sessions.end_all_of(name);
        Ok(())
    }

    /// Deletes an operator and ends their sessions. The last owner stays.
    pub async fn delete(&self, actor: Actor, name: &str) -> Result<(), Refusal> {
        let wanted = name.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let operator = find(catalog, &wanted)?;
            check_owner_left(catalog, &operator)?;
            let details = json!({ "name": operator.name, "role": operator.role });
            let audit = audit::event(&actor, "operator.deleted", &operator.name, &details);
            Ok((Effects::default().delete_operator(&operator.name).audit(audit), ()))
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
