//! What the appliance says of its own routes, and the files that pages use.

/// Answers that change with the program alone.
mod fixed;

/// `GET /api/openapi.json` and `GET /api/docs`.
mod documents;

/// `GET /static/{file}`.
mod file;

pub(super) use self::documents::{show_docs, show_openapi};
pub(super) use self::file::show_file;
