//! Every scheme there is: built in and configured.

use crate::domain::scheme::builtin;
use crate::domain::scheme::definition::Scheme;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every scheme by its name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Schemes(Arc<BTreeMap<String, Arc<Scheme>>>);

impl Schemes {
    /// Adds the operator's own schemes to the built-in ones, which keep their names.
    pub fn new(own: impl IntoIterator<Item = Scheme>) -> Self {
        let all = own.into_iter().chain(builtin::all());
        Self(Arc::new(all.map(|scheme| (scheme.name.as_str().to_owned(), Arc::new(scheme))).collect()))
    }

    /// Returns the scheme of a name.
    pub fn find(&self, name: &str) -> Option<&Arc<Scheme>> {
        self.0.get(name)
    }

    /// Returns every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::Slug;

    #[test]
    fn own_schemes_stand_beside_the_built_in_ones() {
        let mut own = builtin::all().remove(0);
        own.name = Slug::parse("vendor").unwrap();
        let schemes = Schemes::new([own]);
        assert!(schemes.find("vendor").is_some() && schemes.find("github").is_some());
        assert!(schemes.find("other").is_none());
        assert_eq!(schemes.names().count(), builtin::all().len() + 1);
    }
}
