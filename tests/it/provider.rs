//! Who sends signed webhooks.

use crate::actor::{Actor, Ask};
use crate::answer::Answer;
use data_encoding::HEXLOWER;
use http::Method;
use mainstay::crypto::mac::{MacHash, authenticate_once};

/// A provider that signs as scheme `hmac-sha256` does, or by hand.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    actor: Actor,
    path: String,
    secret: String,
}

/// Returns the HMAC-SHA256 in hexadecimal.
pub(crate) fn hex_code(secret: &str, signed: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&code(secret.as_bytes(), signed))
}

/// Returns the HMAC-SHA256.
pub(crate) fn code(secret: &[u8], signed: impl AsRef<[u8]>) -> Vec<u8> {
    authenticate_once(MacHash::Sha256, secret, &[signed.as_ref()])
}

impl Provider {
    /// Sends as somebody to a source.
    pub(crate) fn new(actor: Actor, tenant: &str, source: &str, secret: &str) -> Self {
        Self { actor, path: format!("/in/{tenant}/{source}"), secret: secret.to_owned() }
    }

    /// The same before another appliance's router.
    pub(crate) fn before(&self, actor: &Actor) -> Self {
        Self { actor: actor.clone(), ..self.clone() }
    }

    /// The same to another path.
    pub(crate) fn to(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// The same with another secret.
    pub(crate) fn knowing(&self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self.clone() }
    }

    /// Begins a delivery without a signature.
    pub(crate) fn deliver(&self, body: impl AsRef<[u8]>) -> Ask {
        self.actor.ask(Method::POST, &self.path).body(body.as_ref().to_vec())
    }

    /// Begins a delivery signed as `hmac-sha256` does.
    pub(crate) fn signed(&self, body: impl AsRef<[u8]>) -> Ask {
        let signature = format!("sha256={}", hex_code(&self.secret, &body));
        self.deliver(body).header("x-signature", signature)
    }

    /// Sends a delivery signed as `hmac-sha256` does.
    pub(crate) async fn send(&self, body: impl AsRef<[u8]>) -> Answer {
        self.signed(body).send().await
    }
}
