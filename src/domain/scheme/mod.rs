//! How webhooks prove who sent them, and where they say which delivery and which type they are. A scheme is data: the
//! ones of well-known providers and the operator's own are read by the same code.

/// What a signature is computed over.
pub mod template;

/// Where something stands in a delivery.
pub mod place;

/// One value out of a JSON payload.
pub mod pointer;

/// What a scheme consists of.
pub mod definition;

/// The schemes of well-known providers.
pub mod builtin;

/// Every scheme there is: built in and configured.
pub mod table;

/// Does the signature hold?
pub mod verify;

/// Deliveries for tests.
#[cfg(test)]
mod testing;

/// What a delivery says of itself: id, type, challenge.
pub mod read;

/// Vectors from the providers' documentation.
#[cfg(test)]
mod vectors;

/// Deliveries that mean no good.
#[cfg(test)]
mod hostile;
