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

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        match &error {
            SignatureError::Missing(_) => {
                let detail = error.to_string();
                Self::new(Code::SignatureMissing, detail).with_hint(Hint::Sign)
            }
            SignatureError::Repeated(_)
            | SignatureError::Malformed(_)
            | SignatureError::Stale(_)
            | SignatureError::Wrong => Self::new(Code::SignatureWrong, error.to_string()),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let (code, hint) = match &error {
            WebhookError::Signature(signature) => return signature.clone().into(),
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
    use crate::domain::ids::Seq;
    use crate::domain::names::Slug;
    use crate::domain::scheme::place::HeaderName;
    use crate::domain::scope::Scope;
    use std::time::Duration;

    fn of(error: impl Into<Problem>) -> (u16, &'static str, Hint) {
        let problem = error.into();
        (problem.status.as_u16(), problem.code.as_str(), problem.hint)
    }

    #[test]
    fn a_refused_caller_is_told_whether_the_credential_or_its_reach_is_at_fault() {
        assert_eq!(of(AccessError::Token(TokenRefusal::Unknown)), (401, "token_unknown", Hint::InvalidToken));
        assert_eq!(of(AccessError::Token(TokenRefusal::Expired)), (401, "token_expired", Hint::InvalidToken));
        assert_eq!(of(AccessError::Token(TokenRefusal::Revoked)), (401, "token_revoked", Hint::InvalidToken));
        let scope = AccessError::ScopeMissing(Scope::EventsRead);
        assert_eq!(of(scope), (403, "scope_missing", Hint::InsufficientScope));
        assert_eq!(of(AccessError::OtherTenant("b".into())), (403, "tenant_mismatch", Hint::None));
        assert_eq!(of(AccessError::TenantUnknown("b".into())), (404, "tenant_unknown", Hint::None));
        let suspended = AccessError::TenantSuspended(Slug::parse("b").unwrap());
        assert_eq!(of(suspended), (403, "tenant_suspended", Hint::None));
    }

    #[test]
    fn a_refused_event_is_told_whether_to_correct_it_or_to_wait() {
        for (error, status, code) in [
            (IngestError::Json(JsonError::Empty), 400, "invalid_json"),
            (IngestError::Json(JsonError::NotUtf8(1)), 400, "invalid_json"),
            (IngestError::Json(JsonError::Malformed("x".into())), 400, "invalid_json"),
            (IngestError::Json(JsonError::TooDeep), 400, "json_too_deep"),
            (IngestError::Name(NameError::Empty("source")), 400, "invalid_attribute"),
            (IngestError::AttributesTooLarge(1), 422, "attributes_too_large"),
            (IngestError::BatchTooLarge(2, 1), 413, "batch_too_large"),
            (IngestError::HeldBack, 422, "held_back"),
            (IngestError::KeyReusedBeside, 422, "idempotency_key_reused"),
            (IngestError::KeyReused(Seq(1)), 422, "idempotency_key_reused"),
            (IngestError::QueueFull, 503, "queue_full"),
            (IngestError::Draining, 503, "draining"),
            (IngestError::DiskReserve, 507, "disk_reserve"),
            (IngestError::Stopped, 503, "store_stopped"),
        ] {
            let (found, word, hint) = of(error);
            assert_eq!((found, word), (status, code));
            assert_eq!(matches!(hint, Hint::RetryAfter(_)), status >= 500, "{code}");
        }
    }

    #[test]
    fn a_refused_change_is_told_what_is_in_its_way() {
        let (what, name) = ("agent", String::from("till"));
        assert_eq!(of(Refusal::NotFound { what, name: name.clone() }), (404, "not_found", Hint::None));
        assert_eq!(of(Refusal::Exists { what, name }), (409, "exists", Hint::None));
        assert_eq!(of(Refusal::Reused), (422, "idempotency_key_reused", Hint::None));
        assert_eq!(of(Refusal::ReadOnly("no".into())), (409, "read_only", Hint::None));
        assert_eq!(of(Refusal::TooMany { what, most: 1 }), (422, "too_many", Hint::None));
        assert_eq!(of(Refusal::Unacceptable("no".into())), (422, "unacceptable", Hint::None));
        assert_eq!(of(Refusal::Name(NameError::Slug("A".into()))), (400, "invalid_slug", Hint::None));
    }

    #[test]
    fn a_refused_delivery_is_told_whether_to_sign_it_or_that_it_goes_nowhere() {
        let header = || HeaderName::parse("x-signature").unwrap();
        assert_eq!(of(SignatureError::Missing(header())), (401, "signature_missing", Hint::Sign));
        for wrong in [
            SignatureError::Repeated(header()),
            SignatureError::Malformed(header()),
            SignatureError::Stale(Duration::from_mins(5)),
            SignatureError::Wrong,
        ] {
            assert_eq!(of(WebhookError::Signature(wrong)), (403, "signature_wrong", Hint::None));
        }
        assert_eq!(of(WebhookError::SourceUnknown), (404, "source_unknown", Hint::None));
        assert_eq!(of(WebhookError::TenantReserved), (403, "tenant_reserved", Hint::None));
        let slug = Slug::parse("b").unwrap();
        assert_eq!(of(WebhookError::TenantSuspended(slug)), (403, "tenant_suspended", Hint::None));
        assert_eq!(of(WebhookError::Unusable), (503, "source_unusable", Hint::RetryAfter(300)));
        assert_eq!(of(WebhookError::Busy), (503, "too_busy", Hint::RetryAfter(1)));
        assert_eq!(of(WebhookError::Stopped), (503, "store_stopped", Hint::RetryAfter(5)));
    }

    #[test]
    fn a_refused_read_is_told_whether_it_can_ever_work() {
        assert_eq!(of(ReadError::NotFound).0, 404);
        assert_eq!(of(ReadError::StaleCursor).0, 410);
        assert_eq!(of(ReadError::CursorAhead), (400, "cursor_ahead", Hint::None));
        assert_eq!(of(ReadError::Busy), (503, "reads_busy", Hint::RetryAfter(1)));
        assert_eq!(of(ReadError::Stopped).0, 503);
        assert_eq!(of(KeyError::TooLong).0, 400);
    }
}
