//! The one mapping from the services' errors to statuses and codes. Every variant is spelled out, so that a new one
//! does not compile until it has its place here.

use crate::domain::idempotency::KeyError;
use crate::domain::json::JsonError;
use crate::domain::names::NameError;
use crate::domain::scheme::verify::SignatureError;
use crate::domain::token::TokenRefusal;
use crate::http::code::Code;
use crate::http::problem::{FieldError, Hint, Problem};
use crate::services::access::AccessError;
use crate::services::ingest::IngestError;
use crate::services::reading::ReadError;
use crate::services::refusal::Refusal;
use crate::services::webhooks::WebhookError;

/// Seconds after which a sender may find the queue emptier.
const QUEUE_RETRY_SECONDS: u32 = 1;

/// Seconds after which a stopped appliance may be back: systemd restarts it within that time.
const RESTART_RETRY_SECONDS: u32 = 5;

/// Seconds after which somebody may have mended a source's configuration.
const SOURCE_RETRY_SECONDS: u32 = 300;

/// Seconds after which somebody may have made room on the disk.
const DISK_RETRY_SECONDS: u32 = 60;

/// Seconds after which the oldest requests that are remembered may have become old enough to be forgotten.
const REQUESTS_RETRY_SECONDS: u32 = 3_600;

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        let code = match refusal {
            TokenRefusal::Unknown => Code::TokenUnknown,
            TokenRefusal::Expired => Code::TokenExpired,
            TokenRefusal::Revoked => Code::TokenRevoked,
        };
        let detail = format!("{refusal}; hint: ask the operator for a new one");
        Self::new(code, detail).with_hint(Hint::InvalidToken)
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let (code, hint) = match &error {
            AccessError::Token(refusal) => return (*refusal).into(),
            AccessError::ScopeMissing(_) => (Code::ScopeMissing, Hint::InsufficientScope),
            AccessError::OtherTenant(_) => (Code::TenantMismatch, Hint::None),
            AccessError::TenantUnknown(_) => (Code::TenantUnknown, Hint::None),
            AccessError::TenantReserved => (Code::TenantReserved, Hint::None),
            AccessError::TenantSuspended(_) => (Code::TenantSuspended, Hint::None),
        };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        let (code, hint) = match &error {
            IngestError::Json(json) => return json.clone().into(),
            IngestError::Name(name) => return name.clone().into(),
            IngestError::AttributesTooLarge(_) => (Code::AttributesTooLarge, Hint::None),
            IngestError::BatchTooLarge(..) => (Code::BatchTooLarge, Hint::None),
            IngestError::HeldBack => (Code::HeldBack, Hint::None),
            IngestError::KeyReused(_) | IngestError::KeyReusedBeside => {
                (Code::IdempotencyKeyReused, Hint::None)
            }
            IngestError::QueueFull => (Code::QueueFull, Hint::RetryAfter(QUEUE_RETRY_SECONDS)),
            IngestError::Draining => (Code::Draining, Hint::RetryAfter(RESTART_RETRY_SECONDS)),
            IngestError::DiskReserve => (Code::DiskReserve, Hint::RetryAfter(DISK_RETRY_SECONDS)),
            IngestError::Stopped => (Code::StoreStopped, Hint::RetryAfter(RESTART_RETRY_SECONDS)),
        };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let (code, hint) = match &error {
            WebhookError::Signature(SignatureError::Missing(_)) => (Code::SignatureMissing, Hint::Sign),
            WebhookError::Signature(
                SignatureError::Repeated(_)
                | SignatureError::Malformed(_)
                | SignatureError::Stale(_)
                | SignatureError::Wrong,
            ) => (Code::SignatureWrong, Hint::None),
            WebhookError::SourceUnknown => (Code::SourceUnknown, Hint::None),
            WebhookError::TenantSuspended(_) => (Code::TenantSuspended, Hint::None),
            WebhookError::TenantReserved => (Code::TenantReserved, Hint::None),
            WebhookError::Unusable => (Code::SourceUnusable, Hint::RetryAfter(SOURCE_RETRY_SECONDS)),
            WebhookError::Busy => (Code::TooBusy, Hint::RetryAfter(QUEUE_RETRY_SECONDS)),
            WebhookError::Stopped => (Code::StoreStopped, Hint::RetryAfter(RESTART_RETRY_SECONDS)),
        };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        let code = match &error {
            JsonError::Empty | JsonError::NotUtf8(_) | JsonError::Malformed(_) | JsonError::Unexpected(_) => {
                Code::InvalidJson
            }
            JsonError::TooDeep => Code::JsonTooDeep,
        };
        Self::new(code, error.to_string())
    }
}

impl From<NameError> for Problem {
    fn from(error: NameError) -> Self {
        let code = match &error {
            NameError::Slug(_) => Code::InvalidSlug,
            NameError::Empty(_) | NameError::TooLong(_) | NameError::Control(_) => Code::InvalidAttribute,
        };
        Self::new(code, error.to_string())
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Empty | KeyError::TooLong | KeyError::Unprintable => {
                Self::new(Code::InvalidIdempotencyKey, error.to_string())
            }
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let (code, hint) = match &error {
            ReadError::NotFound => (Code::EventNotFound, Hint::None),
            ReadError::StaleCursor => (Code::CursorStale, Hint::None),
            ReadError::CursorAhead => (Code::CursorAhead, Hint::None),
            ReadError::Busy => (Code::ReadsBusy, Hint::RetryAfter(QUEUE_RETRY_SECONDS)),
            ReadError::Stopped => (Code::StoreStopped, Hint::RetryAfter(RESTART_RETRY_SECONDS)),
        };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let error = |part: &Refusal| Some(FieldError::new(part.field()?, part.to_string()));
        Self { errors: refusal.parts().iter().filter_map(error).collect(), ..of_refusal(&refusal) }
    }
}

fn of_refusal(refusal: &Refusal) -> Problem {
    let (code, hint) = match refusal {
        Refusal::Several(parts) if let [first, ..] = &**parts => return of_refusal(first),
        Refusal::Field { field, reason } => {
            let problem = of_refusal(reason);
            return match **reason {
                Refusal::Unreadable(_) => Problem { detail: format!("{field}: {reason}").into(), ..problem },
                _ => problem,
            };
        }
        Refusal::Name(name) => return name.clone().into(),
        // The layer finds what a repeat made.
        Refusal::Repeated { .. } | Refusal::InProgress => {
            (Code::RequestInProgress, Hint::RetryAfter(QUEUE_RETRY_SECONDS))
        }
        Refusal::Reused => (Code::IdempotencyKeyReused, Hint::None),
        Refusal::TooManyRequests => (Code::RateLimited, Hint::RateLimited(REQUESTS_RETRY_SECONDS)),
        Refusal::NotFound { .. } => (Code::NotFound, Hint::None),
        Refusal::Exists { .. } => (Code::Exists, Hint::None),
        Refusal::RoleLacking(_) => (Code::RoleLacking, Hint::None),
        Refusal::ScopeLacking(_) => (Code::ScopeMissing, Hint::InsufficientScope),
        Refusal::ReadOnly(_) => (Code::ReadOnly, Hint::None),
        Refusal::TooMany { .. } => (Code::TooMany, Hint::None),
        Refusal::Password(_) | Refusal::Unreadable(_) | Refusal::Unacceptable(_) | Refusal::Several(_) => {
            (Code::Unacceptable, Hint::None)
        }
        Refusal::NotWritten(_) => (Code::Unavailable, Hint::None),
        Refusal::Unavailable(_) => (Code::Unavailable, Hint::RetryAfter(QUEUE_RETRY_SECONDS)),
    };
    Problem::new(code, refusal.to_string()).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scheme::place::HeaderName;
    use crate::domain::scope::Scope;

    #[test]
    fn a_refusal_within_another_is_told_as_itself_and_says_what_is_missing() {
        let header = HeaderName::parse("x-signature").unwrap();
        let unsigned = WebhookError::Signature(SignatureError::Missing(header));
        let expired = AccessError::Token(TokenRefusal::Expired);
        let narrow = AccessError::ScopeMissing(Scope::EventsRead);
        let table: [(Problem, u16, &str, Hint); 9] = [
            (expired.into(), 401, "token_expired", Hint::InvalidToken),
            (narrow.into(), 403, "scope_missing", Hint::InsufficientScope),
            (AccessError::TenantUnknown("b".into()).into(), 404, "tenant_unknown", Hint::None),
            (IngestError::Json(JsonError::TooDeep).into(), 400, "json_too_deep", Hint::None),
            (IngestError::Name(NameError::Empty("source")).into(), 400, "invalid_attribute", Hint::None),
            (IngestError::HeldBack.into(), 422, "held_back", Hint::None),
            (Refusal::Name(NameError::Slug("A".into())).into(), 400, "invalid_slug", Hint::None),
            (unsigned.into(), 401, "signature_missing", Hint::Sign),
            (WebhookError::Signature(SignatureError::Wrong).into(), 403, "signature_wrong", Hint::None),
        ];
        for (problem, status, code, hint) in table {
            assert_eq!((problem.status.as_u16(), problem.code.as_str(), problem.hint), (status, code, hint));
        }
    }

    #[test]
    fn who_may_not_hand_something_out_is_told_the_field_that_asks_for_too_much() {
        let table = [
            (Refusal::RoleLacking("no".into()), "role_lacking", Hint::None),
            (Refusal::ScopeLacking("no".into()), "scope_missing", Hint::InsufficientScope),
        ];
        for (reason, code, hint) in table {
            let problem = Problem::from(Refusal::Field { field: "scopes", reason: Box::new(reason) });
            assert_eq!((problem.status.as_u16(), problem.code.as_str(), problem.hint), (403, code, hint));
            assert_eq!(problem.errors.first().map(|error| error.field.as_str()), Some("scopes"));
        }
    }

    #[test]
    fn where_waiting_helps_the_answer_says_how_long() {
        let table: [(Problem, &str, u32); 9] = [
            (IngestError::QueueFull.into(), "queue_full", 1),
            (IngestError::Draining.into(), "draining", 5),
            (IngestError::DiskReserve.into(), "disk_reserve", 60),
            (IngestError::Stopped.into(), "store_stopped", 5),
            (WebhookError::Unusable.into(), "source_unusable", 300),
            (WebhookError::Busy.into(), "too_busy", 1),
            (WebhookError::Stopped.into(), "store_stopped", 5),
            (ReadError::Busy.into(), "reads_busy", 1),
            (ReadError::Stopped.into(), "store_stopped", 5),
        ];
        for (problem, code, seconds) in table {
            assert_eq!((problem.code.as_str(), problem.hint), (code, Hint::RetryAfter(seconds)));
        }
    }
}
