//! The journal in front of the database.
//!
//! One fdatasync of a preallocated file takes about 120 µs whatever the size of the data; a database commit that can
//! be reopened quickly takes several times that and grows with the file. So every batch is first written here, synced
//! once and answered; the database follows behind.
//!
//! **Files.** Four zero-filled segments, `journal.0` to `journal.3`, each `store.journal_segment_bytes` long. A
//! segment is used from its beginning under a *generation*, a number that only grows; generation `g` lives in file
//! `g mod 4`. A segment is used again only when everything in it is durably in the database. A start begins a new
//! generation and never continues a segment.
//!
//! **Segment header** (the first 4,096 bytes; the rest of them is zero):
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8 | `MSTJRNL` and a zero |
//! | 8 | 4 | format version, big-endian like every number here |
//! | 12 | 16 | the store's random id |
//! | 28 | 8 | generation |
//! | 36 | 4 | CRC-32C of the bytes before |
//!
//! **Entry** (each begins at a multiple of 512, so that writing one never touches a sector of another):
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8 | `MSTENTRY` |
//! | 8 | 8 | generation |
//! | 16 | 8 | number, one more than the entry before |
//! | 24 | 8 | sequence number of the first event |
//! | 32 | 4 | count of events |
//! | 36 | 4 | count of row changes |
//! | 40 | 4 | length of the body |
//! | 44 | 4 | CRC-32C, seeded with the store's id, of the 44 bytes before and the body |
//! | 48 | | body: events (length 4, record), then row changes (code of the table 1, put (1) or delete (0) 1, key length 2, key, and for a put value length 4, value) |
//!
//! The checksum covers generation and store, so neither an older use of the segment nor another store's file can be
//! taken for an entry. Entries are decisions, not requests: replaying them needs no thinking and may be repeated.
//!
//! **End mark** (the last 512 bytes of a segment): `MSTNEXT` and a zero (8), the segment's generation (8), CRC-32C seeded
//! with the store's id (4). It is written when the next generation begins: after that one's header is synced and
//! before any entry in it, so a next segment that is gone is told from one that was never begun.
//!
//! **A torn end or corruption?** The sequencer writes an entry only after the one before is synced, so a crash can
//! damage only the newest. If a whole entry with a higher number than a missing one exists anywhere in the four files,
//! the disk has lost something that was acknowledged, and opening is refused.
//!
//! **Entries of newer programs.** Rows of a table that only a newer program knows are applied by the name that the
//! database keeps for the table's code. A whole entry with anything else unknown in it is acknowledged and cannot be
//! carried out, so opening is refused.

/// One entry as bytes.
pub mod entry;

/// One segment's header.
pub mod segment;

/// Finding the entries to replay.
pub mod scan;

/// Making the files, and appending to them.
pub mod writer;
