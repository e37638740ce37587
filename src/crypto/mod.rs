//! Pure functions over bytes. Nothing here knows what the bytes mean or where they come from.

/// SHA-256 (FIPS 180-4).
pub mod digest;

/// HMAC (RFC 2104).
pub mod mac;

/// Authenticated encryption: ChaCha20-Poly1305 (RFC 8439).
pub mod seal;

/// Argon2id (RFC 9106): hashes of passwords and keys made of passphrases.
pub mod password;
