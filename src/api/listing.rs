//! Portions of lists.

use crate::http::portion::Bounds;
use crate::http::request::query::Parameters;
use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};

/// Reads which portion of a list is wanted.
pub(super) fn bounds(parameters: &mut Parameters<'_>) -> Bounds {
    let limit = parameters.parse("limit", |text| match text.parse() {
        Ok(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        _ => Err(format!("is no number from 1 to {LIMIT_MAX}")),
    });
    let after = parameters.text("after").map(str::to_owned);
    Bounds { after, before: None, limit: limit.unwrap_or(LIMIT_DEFAULT) }
}

/// Reads a whole number from 1 on.
pub(super) fn number(text: &str, max: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| format!("is not a whole number from 1 to {max}"))
}
