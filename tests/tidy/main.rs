//! The house rules, held by test over the repository's own text: floors and import order, who may name what, sizes,
//! names, words and dependencies. Every finding names a place and the way out.

/// Reads the repository and reports what breaks a rule.
mod tree;

/// Finds the paths that a source names, macros and `use` trees included.
mod paths;

/// A module imports only modules listed above it.
mod floors;

/// Some crates and clocks belong to one floor.
mod owners;

/// How long files and functions may be.
mod sizes;

/// What files are called, and what stands in `mod.rs`.
mod shape;

/// Words that have no place in the repository.
mod words;

/// The threat model names tests that exist.
mod threats;

/// Dependencies are explained and used.
mod dependencies;

/// Log lines use the listed field names.
mod fields;
