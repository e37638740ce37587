//! The methods that a path takes, as `Allow` shows them (RFC 9110, section 10.2.1).

use http::Method;

/// Every method that a route may have, in the order in which they are shown.
const KNOWN: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// A set of methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// Returns the names, joined by commas.
    pub fn text(self) -> String {
        let held = KNOWN.iter().enumerate().filter(|(at, _)| self.0 & (1 << at) != 0);
        held.map(|(_, method)| method.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> FromIterator<&'a Method> for Methods {
    /// Collects methods; one that no route may have is a mistake in the table.
    fn from_iter<I: IntoIterator<Item = &'a Method>>(methods: I) -> Self {
        let place = |method: &Method| {
            KNOWN.iter().position(|known| known == method).expect("the table of routes has known methods")
        };
        Self(methods.into_iter().fold(0, |set, method| set | 1 << place(method)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_shown_in_one_order_whatever_order_they_came_in() {
        let of = |methods: &[Method]| methods.iter().collect::<Methods>().text();
        assert_eq!(of(&[Method::DELETE, Method::PUT, Method::HEAD, Method::GET]), "GET, HEAD, PUT, DELETE");
        assert_eq!(of(&[Method::POST, Method::POST]), "POST");
        assert_eq!(of(&[]), "");
    }
}
