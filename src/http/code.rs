//! The code of every problem: a stable word, its status, what it means and the way out. Handlers name codes from this
//! list and nothing else; the OpenAPI document, its page and the README show it.

use http::StatusCode;
use serde::{Serialize, Serializer};
use std::fmt::{self, Write};

macro_rules! codes {
    ($($name:ident = $status:ident, $word:literal, $meaning:literal, $way_out:literal;)+) => {
        /// The code of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)+
        }

        impl Code {
            /// Every code, by status.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// Returns the status of answers with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// Returns what has happened.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),+ }
            }

            /// Returns what to do about it.
            pub const fn way_out(self) -> &'static str {
                match self { $(Self::$name => $way_out),+ }
            }
        }
    };
}

#[rustfmt::skip]
codes! {
    InvalidRequest = BAD_REQUEST, "invalid_request", "The request cannot be parsed as HTTP.", "Check its first line and headers.";
    InvalidPath = BAD_REQUEST, "invalid_path", "The path is not in its plain form.", "No `..`, `//`, encoded slashes or control characters.";
    InvalidHost = BAD_REQUEST, "invalid_host", "`Host` is missing, there twice, or no host.", "Send the appliance's name as `Host`, once.";
    InvalidQuery = BAD_REQUEST, "invalid_query", "Parameters are unknown, repeated or have bad values.", "Correct those listed in `errors`.";
    InvalidHeader = BAD_REQUEST, "invalid_header", "A header is not UTF-8.", "Encode it as UTF-8.";
    RepeatedHeader = BAD_REQUEST, "repeated_header", "A header that may stand once was sent more than once.", "Send it once.";
    ConflictingCredentials = BAD_REQUEST, "conflicting_credentials", "`Authorization` and `X-API-Key` hold different tokens.", "Send one of them.";
    InvalidContentType = BAD_REQUEST, "invalid_content_type", "`Content-Type` is not a media type.", "Such as `application/json`.";
    InvalidJson = BAD_REQUEST, "invalid_json", "What should be JSON is not.", "Correct it at the place named.";
    JsonTooDeep = BAD_REQUEST, "json_too_deep", "JSON is nested deeper than `GET /v1` allows.", "Send a flatter document, or another media type.";
    InvalidCloudevent = BAD_REQUEST, "invalid_cloudevent", "Attributes of a CloudEvent are missing or bad.", "Correct those listed in `errors`.";
    InvalidAttribute = BAD_REQUEST, "invalid_attribute", "A source, type or subject is empty, too long or holds control characters.", "Send 1 to 255 characters.";
    InvalidSlug = BAD_REQUEST, "invalid_slug", "A name is no slug.", "Lower-case letters, digits and hyphens.";
    InvalidBody = BAD_REQUEST, "invalid_body", "The body's members are not those expected here.", "Send the members named in the document.";
    InvalidIdempotencyKey = BAD_REQUEST, "invalid_idempotency_key", "`Idempotency-Key` is empty, too long or unprintable.", "Send 1 to 255 characters.";
    BodyIncomplete = BAD_REQUEST, "body_incomplete", "The body ended early; nothing of it was stored.", "Send it again.";
    CursorAhead = BAD_REQUEST, "cursor_ahead", "A cursor lies behind the last event.", "Use cursors that this appliance gave.";
    TokenMissing = UNAUTHORIZED, "token_missing", "No token was sent.", "Send `Authorization: Bearer mst_…` or `X-API-Key: mst_…`.";
    TokenUnknown = UNAUTHORIZED, "token_unknown", "There is no such token.", "Ask the operator for one.";
    TokenExpired = UNAUTHORIZED, "token_expired", "The token has expired.", "Ask the operator for a new one.";
    TokenRevoked = UNAUTHORIZED, "token_revoked", "The token was revoked.", "Ask the operator for a new one.";
    SessionOver = UNAUTHORIZED, "session_over", "The operator's session has ended; said at a stream's end.", "Sign in again.";
    SignatureMissing = UNAUTHORIZED, "signature_missing", "The delivery is not signed.", "Send the header named.";
    FormForged = FORBIDDEN, "form_forged", "A form was not sent by a page of this session.", "Load the page again.";
    RoleLacking = FORBIDDEN, "role_lacking", "The operator's role does not allow it.", "Ask an owner.";
    ScopeMissing = FORBIDDEN, "scope_missing", "The token lacks a scope.", "Create a token that has it.";
    TenantMismatch = FORBIDDEN, "tenant_mismatch", "`X-Tenant-Id` names another tenant than the token's.", "Leave it out, or use that tenant's token.";
    TenantReserved = FORBIDDEN, "tenant_reserved", "Events of tenant `system` are written by the appliance alone.", "Name another tenant.";
    TenantSuspended = FORBIDDEN, "tenant_suspended", "The tenant is suspended.", "Ask the operator.";
    SignatureWrong = FORBIDDEN, "signature_wrong", "The signature is wrong, old, malformed or there twice.", "Compare secret, scheme and clock with the sender's.";
    TlsRequired = FORBIDDEN, "tls_required", "The request came in the clear.", "Send it to the HTTPS address, and replace a token that was sent.";
    NotFound = NOT_FOUND, "not_found", "There is no such path or thing.", "Check the name.";
    TenantUnknown = NOT_FOUND, "tenant_unknown", "There is no such tenant, or it was deleted.", "Check `X-Tenant-Id`.";
    SourceUnknown = NOT_FOUND, "source_unknown", "There is no such tenant or source.", "Create the source, or correct the path.";
    EventNotFound = NOT_FOUND, "event_not_found", "The tenant has no such event.", "Check number and tenant.";
    CheckNotFound = NOT_FOUND, "check_not_found", "There is no such check.", "`GET /readyz?verbose` lists them.";
    NoAuthority = NOT_FOUND, "no_authority", "The certificate is the operator's own.", "Trust whoever issued it.";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "The path does not take that method.", "Use one of `Allow`.";
    BodyTimeout = REQUEST_TIMEOUT, "body_timeout", "The body was not there in time.", "Send it faster or in smaller pieces.";
    ReaderTooSlow = REQUEST_TIMEOUT, "reader_too_slow", "A stream's reader took nothing for too long; said at the stream's end.", "Come again with `Last-Event-ID`.";
    Exists = CONFLICT, "exists", "There is one of that name already.", "Choose another name, or change the existing one.";
    RequestInProgress = CONFLICT, "request_in_progress", "The same request is being carried out.", "Wait a moment and send it again with the same key.";
    ReadOnly = CONFLICT, "read_only", "It is decided outside the console: by a setting's file, variable or flag, or by the certificate's files.", "Change it there, or remove it there first.";
    CursorStale = GONE, "cursor_stale", "The cursor is of another epoch of the ledger.", "Begin anew without it.";
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body_too_large", "The body or an event in it is too large.", "Send less, or raise `limits.body_bytes_max`.";
    BatchTooLarge = PAYLOAD_TOO_LARGE, "batch_too_large", "Together the events do not fit one journal entry.", "Send fewer, or leave `atomic=true` out.";
    BatchTooLong = PAYLOAD_TOO_LARGE, "batch_too_long", "The batch has too many events.", "Send several, or lines.";
    UriTooLong = URI_TOO_LONG, "uri_too_long", "The address is too long.", "Shorten path and query.";
    UnsupportedFormat = UNSUPPORTED_MEDIA_TYPE, "unsupported_format", "CloudEvents are read in JSON only.", "Send `application/cloudevents+json`.";
    UnsupportedEncoding = UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", "Compressed bodies are not accepted.", "Send it without `Content-Encoding`.";
    AttributesTooLarge = UNPROCESSABLE_ENTITY, "attributes_too_large", "An event's attributes are too large together.", "Put what is long into the payload.";
    HeldBack = UNPROCESSABLE_ENTITY, "held_back", "The event was fine and others of its batch were not.", "Correct those and send all again.";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The key was used with another payload.", "Use a new key for a new event.";
    BatchRefused = UNPROCESSABLE_ENTITY, "batch_refused", "Events of an atomic batch are refused and none is stored.", "Correct those in `errors` and send all again.";
    TooMany = UNPROCESSABLE_ENTITY, "too_many", "There are as many as there can be.", "Remove one first.";
    Unacceptable = UNPROCESSABLE_ENTITY, "unacceptable", "A value is not acceptable.", "The detail says what is.";
    RateLimited = TOO_MANY_REQUESTS, "rate_limited", "Too many requests without valid credentials from this address.", "Wait as `Retry-After` says, or send a valid token.";
    AddressBlocked = TOO_MANY_REQUESTS, "address_blocked", "The address is blocked for failures, or by the operator.", "Wait as `Retry-After` says, or ask the operator.";
    HeadersTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", "More than 100 headers, or 64 KiB of them.", "Send fewer.";
    InternalError = INTERNAL_SERVER_ERROR, "internal_error", "The appliance made a mistake.", "Look for the request id in its log.";
    Starting = SERVICE_UNAVAILABLE, "starting", "The appliance is starting.", "Try again in a moment.";
    Draining = SERVICE_UNAVAILABLE, "draining", "The appliance is stopping.", "Try again in a moment, with the same key.";
    TooBusy = SERVICE_UNAVAILABLE, "too_busy", "Too many requests or large bodies at once.", "Send it again with the same key.";
    QueueFull = SERVICE_UNAVAILABLE, "queue_full", "More events wait than may.", "Send it again with the same key.";
    ReadsBusy = SERVICE_UNAVAILABLE, "reads_busy", "Too many reads at once.", "Ask again.";
    TooManyStreams = SERVICE_UNAVAILABLE, "too_many_streams", "As many event streams are open as there may be.", "Come again, or raise `limits.streams_max`.";
    AnswerTimeout = SERVICE_UNAVAILABLE, "answer_timeout", "The answer took too long; what was sent may be stored.", "Send it again with the same key.";
    SourceUnusable = SERVICE_UNAVAILABLE, "source_unusable", "The source's scheme or secret cannot be used.", "The appliance's log says why.";
    StoreStopped = SERVICE_UNAVAILABLE, "store_stopped", "The store has stopped; what was sent may be stored.", "Send it again with the same key.";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "The change was not carried out.", "Look at the appliance's log and try again.";
    DiskReserve = INSUFFICIENT_STORAGE, "disk_reserve", "The disk has less room than its reserve.", "Make room; reading goes on.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// Returns the list as the README shows it.
pub fn codes_markdown() -> String {
    let mut text = String::from("| Code | Status | Means | Way out |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let (status, meaning, way_out) = (code.status().as_u16(), code.meaning(), code.way_out());
        writeln!(text, "| `{code}` | {status} | {meaning} | {way_out} |").expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_is_a_word_of_its_own_and_the_list_is_sorted_by_status() {
        let words: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())));
        assert!(Code::ALL.windows(2).all(|pair| pair[0].status() <= pair[1].status()));
        assert!(Code::ALL.iter().all(|code| code.status().as_u16() >= 400));
    }

    #[test]
    fn the_readme_has_the_generated_table_of_codes() {
        let readme = include_str!("../../README.md");
        let (_, rest) = readme.split_once("<!-- codes -->\n").unwrap();
        let (table, _) = rest.split_once("<!-- /codes -->").unwrap();
        assert_eq!(table, codes_markdown(), "put what codes_markdown returns between the marks in README.md");
    }
}
