//! An event's bytes, in journal and database: one layout, stable for ever.
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 1 | layout version, 1 |
//! | 1 | 1 | where the payload is: 0 behind the attributes, 1 in table `payloads` |
//! | 2 | 84 | the leaf ([`crate::domain::leaf`]), the only part that is hashed into the tree |
//! | 86 | 16 | salt of the attributes |
//! | 102 | 16 | salt of the payload |
//! | 118 | 2 | length `a` of the attributes |
//! | 120 | a | attributes ([`attributes`](crate::store::record::attributes)) |
//! | 120 + a | | the payload exactly as received, if it is here |
//!
//! Journal entries always carry the payload behind the attributes. In the database a payload over 1 KiB is moved to
//! rows of its own, so that listings read small records. The sequencer writes epoch and `received_at` into the leaf of
//! a finished record; everything else is computed by the thread that received the event.

/// The attributes' bytes.
pub mod attributes;

/// Reading a record's parts.
pub mod parts;

/// A record that is not numbered yet.
pub mod draft;
