//! Operators: the first one.

use crate::crypto::password::{self, SALT_LEN};
use crate::domain::names::Slug;
use crate::domain::operator::{Operator, Role, check_password};
use crate::platform::entropy::{Entropy, array};
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use serde_json::json;
use std::sync::Arc;

/// Keeps the people who run the appliance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operators {
    store: Store,
    entropy: Arc<dyn Entropy>,
}

impl Operators {
    /// Stands on the store.
    pub fn new(store: Store, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, entropy }
    }

    /// Returns every operator, by name.
    pub fn list(&self) -> Vec<Arc<Operator>> {
        self.store.catalog().operators().map(Arc::clone).collect()
    }

    /// Creates the first operator, an owner; refused once there is one. Hashing takes some tens of milliseconds.
    pub async fn create_first(&self, actor: Actor, name: &str, password: &str) -> Result<(), Refusal> {
        let name = Slug::parse(name)?;
        check_password(password)?;
        let (password, salt) = (password.to_owned(), array::<SALT_LEN>(self.entropy.as_ref()));
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password, &salt)).await;
        let password_hash = match hashed {
            Ok(Ok(hash)) => hash,
            Ok(Err(error)) => return Err(Refusal::Unacceptable(error.to_string())),
            Err(_panicked) => return Err(Refusal::Unacceptable("the password could not be hashed".into())),
        };
        let decided = self.store.execute(move |catalog, now| {
            if let Some(present) = catalog.operators().next() {
                return Err(Refusal::exists("operator", &present.name));
            }
            let operator = Operator {
                name: name.as_str().to_owned(),
                role: Role::Owner,
                password_hash,
                created_at: now,
            };
            let details = json!({ "name": operator.name, "role": operator.role });
            let audit = audit::event(&actor, "operator.created", &operator.name, &details);
            Ok((Effects::default().put_operator(&operator).audit(audit), ()))
        });
        Ok(decided.await?)
    }
}
