//! Tokens: all of them, a new one, and one with its rotation and its end.

/// A token as pages show it.
mod view;

/// A token's text, shown once.
mod made;

/// The list.
mod list;

/// Making one.
mod create;

/// One of them.
mod one;

/// Every page and form of tokens.
mod page;

pub(in crate::web) use self::page::TokenPage;
pub(in crate::web::console) use self::page::answer;
pub(in crate::web::console) use self::view::TokenView;
