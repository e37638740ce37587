//! The names of fields in log lines: one list, so that a field means the same thing wherever it stands.
//!
//! Log macros spell the names out (`info!(seq, tenant = %tenant, "Stored event {seq}")`); `tests/tidy` compares them
//! with this list. Units come last in a name.

/// Every field name and what stands in it.
pub const FIELDS: &[(&str, &str)] = &[
    ("rid", "request id, as in the answer's X-Request-Id"),
    ("tenant", "tenant slug"),
    ("version", "version of HTTP that the request came in: HTTP/1.0, HTTP/1.1 or HTTP/2"),
    ("method", "HTTP method"),
    ("path", "matched route pattern such as /v1/events/{seq}, never the path that was sent"),
    ("status", "HTTP status code of the answer"),
    ("latency_ms", "time from the request's head to the answer's head, with three decimals"),
    ("user_agent", "the client's program in its own words, at most 128 bytes"),
    ("content_type", "media type of the request's body without parameters, at most 128 bytes"),
    ("trace_id", "trace that the request belongs to, from its traceparent header"),
    ("client", "client address, whole or masked as the settings say"),
    ("limited", "which limit refused the request: address, blocked_address or blocked_source"),
    ("more", "how many lines of the same kind were left out"),
    ("answered_2xx", "requests of the whole run that succeeded"),
    ("answered_3xx", "requests of the whole run that were sent elsewhere"),
    ("answered_4xx", "requests of the whole run that were refused"),
    ("answered_5xx", "requests of the whole run that failed"),
    ("events_stored", "events of the whole run that were stored"),
    ("events_repeated", "events of the whole run that were there already"),
    ("events_refused", "events of the whole run that were not acceptable"),
    ("requests_limited", "requests of the whole run that a limit or a block refused"),
    ("panics", "threads and handlers of the whole run that panicked"),
    ("uptime_s", "time since the start"),
    ("seq", "sequence number of an event"),
    ("entry", "number of a journal entry"),
    ("epoch", "epoch of the ledger"),
    ("generation", "generation of a journal segment"),
    ("count", "how many things the message speaks of"),
    ("events", "how many events"),
    ("bytes", "how many bytes"),
    ("elapsed_ms", "how long something took"),
    ("source", "name of a source"),
    ("token_id", "public half of a token's text"),
    ("operator", "name of an operator"),
    ("part", "part of the appliance: a thread, a listener"),
    ("thread", "name of a thread"),
    ("worker", "name of a background worker"),
    ("signal", "name of a signal that was received"),
    ("file", "file or directory of this machine"),
    ("address", "address and port"),
    ("https", "address of the HTTPS listener"),
    ("http", "address of the plain HTTP listener"),
    ("ops", "address of the listener for metrics and health"),
    ("setting", "key of a setting"),
    ("value", "value of a setting that is no secret"),
    ("origin", "where a setting's value comes from"),
    ("subject", "whom a certificate names"),
    ("begins", "when a certificate becomes valid"),
    ("ended", "when a certificate ended"),
    ("not_after", "when a certificate will end"),
    ("schema", "version of the database's schema"),
    ("program", "version of the program"),
    ("location", "source file, line and column"),
    ("reason", "why something was done"),
    ("error", "error with all its causes, joined by a colon"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_listed_once_and_explained() {
        let names: std::collections::HashSet<_> = FIELDS.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), FIELDS.len());
        assert!(FIELDS.iter().all(|(_, meaning)| !meaning.is_empty()));
    }
}
