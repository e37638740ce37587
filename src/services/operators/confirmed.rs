//! Proof that an operator typed their password just now, which changes of the own account ask for.

use crate::domain::operator::Operator;
use crate::services::refusal::Refusal;
use crate::store::catalog::Catalog;

/// An operator whose password was typed just now.
///
/// Work goes on in between: the password may have been reset, or the account deleted, before the change is decided. Then
/// the proof is worth nothing.
#[derive(Clone, Debug)]
pub struct Confirmed {
    name: String,
    password_hash: String,
}

impl Confirmed {
    /// Notes that this operator's password was typed.
    pub(super) fn new(operator: &Operator) -> Self {
        Self { name: operator.name.clone(), password_hash: operator.password_hash.clone() }
    }

    /// Returns who typed it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the operator as they are now; refused once the password is another.
    pub(super) fn find(&self, catalog: &Catalog) -> Result<Operator, Refusal> {
        let known = catalog.operator(&self.name).map(|operator| Operator::clone(operator));
        known.filter(|operator| operator.password_hash == self.password_hash).ok_or_else(|| {
            Refusal::Unacceptable("the password was changed in the meantime; hint: sign in again".into())
        })
    }
}
