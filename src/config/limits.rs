//! `[limits]`: what one client may ask for.

use crate::config::choice::choice;
use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use ipnet::IpNet;
use std::time::Duration;

/// Longest timeout of a request or connection in milliseconds: an hour.
const TIMEOUT_MS_MAX: u64 = 3_600_000;

choice! {
    /// Which requests the rate limit counts.
    pub enum RateLimitApplies {
        /// Those without valid credentials.
        Unauthenticated = "unauthenticated",
        /// All of them.
        All = "all",
    }
}

/// Writes what other programs take for a window, such as `1 minute` or `60000`, as a duration.
fn window_text(text: &str) -> String {
    let text = text.trim();
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start();
    let number = text.strip_suffix(unit).unwrap_or(text).trim_end();
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "ms" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "second" | "seconds" => "s",
        "m" | "min" | "minute" | "minutes" => "m",
        "h" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return text.to_owned(),
    };
    format!("{number}{unit}")
}

section! {
    /// What one client may ask for.
    pub struct LimitsConfig in "limits" {
        /// Largest body of an event. A batch of events in one request is limited event by event.
        "body_bytes_max" body_bytes_max: usize = 1 << 20,
            Row::of(Kind::bytes(1 << 10, 64 << 20)).live()
                .bounds_note("at most a quarter of store.journal_segment_bytes")
                .plain_as("MAX_FILE_SIZE_MB", |megabytes| format!("{}MiB", megabytes.trim()));

        /// Time for receiving a request's body and again for answering it; for streams the longest pause.
        "request_timeout_ms" request_timeout: Duration = Duration::from_secs(30),
            Row::of(Kind::milliseconds(10, TIMEOUT_MS_MAX)).live().plain("REQUEST_TIMEOUT_MS");

        /// Time after which a connection without a request is closed.
        "connection_timeout_ms" connection_timeout: Duration = Duration::from_mins(1),
            Row::of(Kind::milliseconds(10, TIMEOUT_MS_MAX)).live().plain("CONNECTION_TIMEOUT_MS");

        /// Requests after which a connection is closed, so that load balancers spread clients anew; 0 for no limit.
        "requests_per_socket_max" requests_per_socket_max: u64 = 0,
            Row::of(Kind::count(0, 1_000_000_000)).live().plain("MAX_REQUESTS_PER_SOCKET");

        /// Most requests with a token worked on at a time. Requests without one have a quarter as many places of their own,
        /// sign-ins and operators an eighth each; no tenant, token or address fills its kind alone. Further ones are answered
        /// 503 with `Retry-After`.
        "in_flight_max" in_flight_max: usize = 1_024, Row::of(Kind::count(1, 65_536)).live();

        /// Most live event streams open at a time, half of the connections there may be; further ones are answered 503
        /// with `Retry-After`. They take no places of requests.
        "streams_max" streams_max: usize = 8_192, Row::of(Kind::count(1, 65_536)).live();

        /// Requests of one client address (IPv6: one /64) in a window; further ones are answered 429 with `Retry-After`.
        /// Health checks, metrics and `limits.exempt_networks` are not counted.
        "rate_limit_max" rate_limit_max: u32 = 100, Row::of(Kind::count(1, 1_000_000_000)).live().plain("RATE_LIMIT_MAX");

        /// Length of the window.
        "rate_limit_window" rate_limit_window: Duration = Duration::from_mins(1),
            Row::of(Kind::duration(1, 86_400)).live().plain_as("RATE_LIMIT_WINDOW", window_text);

        /// Which requests are counted: those without valid credentials (none were sent, or they were refused), or all.
        /// A valid token or signature counts as valid credentials, a source that asks for no signature does not.
        "rate_limit_applies" rate_limit_applies: RateLimitApplies = RateLimitApplies::Unauthenticated,
            Row::of(Kind::Choice(RateLimitApplies::WORDS)).live();

        /// Networks whose clients are neither counted nor blocked for failures. Somebody whom no trusted proxy vouches
        /// for stands in none of them.
        "exempt_networks" exempt_networks: Vec<IpNet> = Vec::new(), Row::of(Kind::NETWORKS).live();

        /// Networks of the proxies in front. Only from them `Forwarded` and `X-Forwarded-For` tell the client's
        /// address, read from the right; from anybody else the connection's own address counts.
        "trusted_proxies" trusted_proxies: Vec<IpNet> = Vec::new(), Row::of(Kind::NETWORKS).live();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_duration;
    use proptest::prelude::*;

    #[test]
    fn a_window_is_read_as_other_programs_write_it() {
        for (text, seconds) in [
            ("1 minute", 60),
            ("2 Minutes", 120),
            ("60000", 60),
            ("30s", 30),
            ("1 hour", 3_600),
            (" 5 min ", 300),
        ] {
            assert_eq!(parse_duration(&window_text(text)).unwrap().as_secs(), seconds, "{text}");
        }
        for wrong in ["", "minute", "a minute", "1 fortnight", "-1", "1.5 minutes"] {
            assert!(parse_duration(&window_text(wrong)).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_window_or_refused(text in ".*") {
            let _ = parse_duration(&window_text(&text));
        }
    }
}
