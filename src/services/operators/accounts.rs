//! Accounts: create, change, delete.

use crate::domain::names::Slug;
use crate::domain::operator::{OPERATORS_MAX, Operator, Role};
use crate::domain::secret::Secret;
use crate::services::audit::{self, Actor};
use crate::services::authority::check_manager;
use crate::services::operators::confirmed::Confirmed;
use crate::services::operators::passwords::Passwords;
use crate::services::operators::sessions::Sessions;
use crate::services::refusal::{Refusal, RefusalExt};
use crate::services::request::{Request, carry_out, to_its_end};
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Keeps the people who run the appliance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operators {
    store: Store,
    passwords: Passwords,
    sessions: Sessions,
}

/// Somebody who is to run the appliance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    /// Login name: a slug.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub password: Option<Secret>,
}

/// What is to change of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorChange {
    /// What they may do.
    pub role: Role,
}

/// Another password for an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub password: Option<Secret>,
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
        self.create_first_if(actor, name, password, || Ok(())).await
    }

    /// The same, if `still` says so at the moment when it is decided: hashing the password took a while.
    pub(super) async fn create_first_if(
        &self,
        actor: Actor,
        name: &str,
        password: &Secret,
        still: impl FnOnce() -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let check = |_actor: &Actor, catalog: &Catalog, _name: &str| match catalog.operators().next() {
            Some(present) => Err(Refusal::exists("operator", &present.name)),
            None => still(),
        };
        self.insert(actor.into(), name, Role::Owner, password, check).await.map(drop)
    }

    /// Creates an operator; returns the password too if it was made.
    pub async fn create(
        &self,
        request: impl Into<Request>,
        new: NewOperator,
    ) -> Result<(Arc<Operator>, Option<Secret>), Refusal> {
        let (password, made) = self.password_of(new.password);
        let check = |actor: &Actor, catalog: &Catalog, name: &str| {
            check_manager(actor, catalog).at("role")?;
            match catalog.operator(name) {
                Some(_) => Err(Refusal::exists("operator", name).at("name")),
                None if catalog.operators().count() >= OPERATORS_MAX => {
                    Err(Refusal::TooMany { what: "operators", most: OPERATORS_MAX })
                }
                None => Ok(()),
            }
        };
        Ok((self.insert(request.into(), &new.name, new.role, &password, check).await?, made))
    }

    /// Returns the password that was sent, or else one that is made, which is to be shown.
    fn password_of(&self, sent: Option<Secret>) -> (Secret, Option<Secret>) {
        let made = sent.is_none().then(|| self.passwords.draw());
        (sent.or_else(|| made.clone()).expect("a password is sent or made"), made)
    }

    async fn insert(
        &self,
        request: Request,
        name: &str,
        role: Role,
        password: &Secret,
        check: impl FnOnce(&Actor, &Catalog, &str) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Arc<Operator>, Refusal> {
        let name = Slug::parse(name).at("name")?.as_str().to_owned();
        let password_hash = self.passwords.hash(password).await?;
        carry_out(&self.store, request, move |actor, catalog, now| {
            check(actor, catalog, &name)?;
            let operator = Operator { name, role, password_hash, totp: None, created_at: now };
            let details = json!({ "name": operator.name, "role": operator.role });
            let effects = audit::record(actor, "operator.created", &operator.name, &details);
            Ok((effects.put(&operator).made(operator.place()), Arc::new(operator)))
        })
        .await
    }

    /// Gives an operator another role and ends their sessions: what a page showed no longer holds.
    pub async fn set_role(&self, actor: Actor, name: &str, role: Role) -> Result<Arc<Operator>, Refusal> {
        let decide = move |actor: &Actor, catalog: &Catalog, before: Operator| {
            check_manager(actor, catalog).at("role")?;
            if before.role == role {
                return Ok((None, before));
            }
            check_owner_left(catalog, &before).at("role")?;
            let details = json!({ "before": { "role": before.role }, "after": { "role": role } });
            let effects = audit::record(actor, "operator.changed", &before.name, &details);
            let operator = Operator { role, ..before };
            Ok((Some(effects.put(&operator)), operator))
        };
        self.change(actor.into(), name, decide).await
    }

    /// Gives an operator who typed the present password another one, and ends their sessions. The second factor stays.
    pub async fn set_password(
        &self,
        actor: Actor,
        confirmed: &Confirmed,
        password: &Secret,
    ) -> Result<Arc<Operator>, Refusal> {
        let (what, name) = ("operator.password_changed", confirmed.name());
        let own = confirmed.clone();
        let change = move |_actor: &Actor, catalog: &Catalog, _before| own.find(catalog);
        self.put_password(actor.into(), what, name, password, change).await
    }

    /// Recovers an operator who is locked out: another password, no second factor, no sessions. Returns the password
    /// if it was made.
    pub async fn reset(
        &self,
        request: impl Into<Request>,
        name: &str,
        new: NewPassword,
    ) -> Result<Option<Secret>, Refusal> {
        let (password, made) = self.password_of(new.password);
        let without = |actor: &Actor, catalog: &Catalog, before| {
            check_manager(actor, catalog).at("password")?;
            Ok(Operator { totp: None, ..before })
        };
        self.put_password(request.into(), "operator.reset", name, &password, without).await?;
        Ok(made)
    }

    /// Puts another password into what `change` makes of the operator as they are by then.
    async fn put_password(
        &self,
        request: Request,
        what: &'static str,
        name: &str,
        password: &Secret,
        change: impl FnOnce(&Actor, &Catalog, Operator) -> Result<Operator, Refusal> + Send + 'static,
    ) -> Result<Arc<Operator>, Refusal> {
        self.find(name)?;
        let password_hash = self.passwords.hash(password).await?;
        let decide = move |actor: &Actor, catalog: &Catalog, before: Operator| {
            let operator = Operator { password_hash, ..change(actor, catalog, before)? };
            let effects = audit::record(actor, what, &operator.name, &json!({ "name": operator.name }));
            Ok((Some(effects.put(&operator).made(operator.place())), operator))
        };
        self.change(request, name, decide).await
    }

    /// Carries out what `decide` makes of an operator, then ends their sessions; nothing, or a repeat, ends none. Returns
    /// the operator as `decide` left them.
    async fn change(
        &self,
        request: Request,
        name: &str,
        decide: impl FnOnce(&Actor, &Catalog, Operator) -> Result<(Option<Effects>, Operator), Refusal>
        + Send
        + 'static,
    ) -> Result<Arc<Operator>, Refusal> {
        let (operators, name, wanted) = (self.clone(), name.to_owned(), name.to_owned());
        let decide = move |actor: &Actor, catalog: &Catalog, _now| {
            let (effects, operator) = decide(actor, catalog, Operator::clone(&*find(catalog, &wanted)?))?;
            let changes = effects.is_some();
            Ok((effects.unwrap_or_default(), (changes, Arc::new(operator))))
        };
        to_its_end(async move {
            let (changes, operator) = carry_out(&operators.store, request, decide).await?;
            if changes {
                operators.sessions.end_all_of(&name);
            }
            Ok(operator)
        })
        .await
    }

    /// Ends all sessions of an operator; returns how many there were.
    pub fn end_sessions(&self, actor: &Actor, name: &str) -> Result<usize, Refusal> {
        check_manager(actor, &self.store.catalog_now())?;
        self.find(name)?;
        let count = self.sessions.end_all_of(name);
        if count > 0 {
            self.record_ended(actor, name, count);
        }
        Ok(count)
    }

    /// Ends one session by its public name.
    pub fn end_session(&self, actor: &Actor, id: &str) -> Result<(), Refusal> {
        check_manager(actor, &self.store.catalog_now())?;
        let session = self.sessions.find_named(id).ok_or_else(|| Refusal::not_found("session", id))?;
        self.sessions.end(&session.digest);
        self.record_ended(actor, &session.operator, 1);
        Ok(())
    }

    /// The sessions are over, whether or not that can be written.
    fn record_ended(&self, actor: &Actor, name: &str, count: usize) {
        let effects = audit::record(actor, "operator.sessions_ended", name, &json!({ "count": count }));
        if let Err(error) = self.store.put(effects) {
            tracing::warn!(error = %error, "The end of sessions was not recorded");
        }
    }

    /// Deletes an operator and ends their sessions. The last owner stays.
    pub async fn delete(&self, actor: Actor, name: &str) -> Result<(), Refusal> {
        let decide = |actor: &Actor, catalog: &Catalog, operator: Operator| {
            check_manager(actor, catalog)?;
            check_owner_left(catalog, &operator)?;
            let details = json!({ "name": operator.name, "role": operator.role });
            let effects = audit::record(actor, "operator.deleted", &operator.name, &details);
            Ok((Some(effects.delete::<Operator>(&operator.name)), operator))
        };
        self.change(actor.into(), name, decide).await.map(drop)
    }
}

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
