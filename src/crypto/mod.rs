//! Pure functions over bytes. Nothing here knows what the bytes mean or where they come from.

/// SHA-256 (FIPS 180-4).
pub mod digest;

/// HMAC (RFC 2104).
pub mod mac;

/// Argon2id (RFC 9106) for passwords.
pub mod password;
