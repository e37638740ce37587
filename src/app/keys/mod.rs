//! The keys outside the database: secrets in it are sealed with a key that a copy of it does not hold.
//!
//! `DATA_DIR/keys/` (mode 0700) holds `sealing.key` (mode 0600), made together with the database and never replaced.
//! The database knows the key's id, so a missing or another key is told at start, and no new one is made in silence.

/// The text of a key's file.
pub mod text;

/// The directory of the keys, and what can go wrong with their files.
pub mod directory;

/// The files of an export.
pub mod bundle;

/// An export: one text file, encrypted with a passphrase.
pub mod archive;

/// Into an export and out of it.
pub mod transfer;
