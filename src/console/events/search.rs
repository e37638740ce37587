//! What a search text is taken for: a sequence number, an idempotency key or a trace id.

use crate::api::events::trace_id;
use crate::console::events::row::Listed;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::Seq;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::services::reading::{Page, Query, ReadError, Reading};

/// What a search text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A sequence number: that event, whatever the filters say.
    Number,
    /// A key, within the filters.
    Key,
    /// A trace id, within the filters.
    Trace,
}

impl Taken {
    /// Returns what people call it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Number => "sequence number",
            Self::Key => "idempotency key",
            Self::Trace => "trace id",
        }
    }
}

/// Why a search text was not looked for.
pub(super) enum Unsearched {
    /// It can be none of the three.
    Unusable(String),
    /// The ledger could not be read.
    Unread(ReadError),
}

/// Looks for a text. A number is a sequence number if the tenant has that event, and a key otherwise; what may be a trace
/// id is a key if one is known, and a trace id otherwise; all else is a key.
pub(super) async fn search(
    reading: &Reading,
    tenant: &Tenant,
    text: &str,
    query: &Query,
    now: Timestamp,
) -> Result<(Taken, Listed), Unsearched> {
    if let Some(seq) = number(text) {
        let alone = move |event| Ok(Listed::new(&Page { events: vec![event], next: None, prev: None }, now));
        match reading.find(tenant, seq, alone).await {
            Ok(listed) => return Ok((Taken::Number, listed)),
            Err(ReadError::NotFound) => {}
            Err(error) => return Err(Unsearched::Unread(error)),
        }
    }
    let key = IdempotencyKey::parse(text).map_err(|error| Unsearched::Unusable(error.to_string()))?;
    let mut keyed = query.clone();
    keyed.filter.key = Some(key);
    let list = move |page: Page| Ok(Listed::new(&page, now));
    let listed = reading.list(tenant, keyed, list).await.map_err(Unsearched::Unread)?;
    let trace = trace_id(&text.to_ascii_lowercase()).ok().filter(|_| listed.rows.is_empty());
    let Some(trace) = trace else { return Ok((Taken::Key, listed)) };
    let mut traced = query.clone();
    traced.filter.trace_id = Some(trace);
    let listed = reading.list(tenant, traced, list).await.map_err(Unsearched::Unread)?;
    Ok((Taken::Trace, listed))
}

fn number(text: &str) -> Option<Seq> {
    // People write thousands apart.
    let digits: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok().map(Seq) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_number_also_in_groups() {
        assert_eq!(number("42"), Some(Seq(42)));
        assert_eq!(number("1\u{202f}234 567"), Some(Seq(1_234_567)));
        for other in ["", " ", "-1", "1.5", "4a", "99999999999999999999"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
