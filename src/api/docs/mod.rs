//! The OpenAPI document with its page, and the files that pages use.

/// Answers that change with the program alone.
mod fixed;

/// `GET /api/openapi.json` and `GET /api/docs`.
mod documents;

/// `GET /static/{file}`.
mod file;

pub(super) use self::documents::ROUTES as DOCUMENTS;
pub(super) use self::file::ROUTES as FILES;
