//! Another tenant, whose token is an attacker's.

use crate::appliance::Appliance;
use crate::wire::{attacker, http_client};

/// Events of the tenant; a page holds them all.
const EVENTS: usize = 64;

/// Bytes of each.
const EVENT_LEN: usize = 16 * 1024;

/// Path of a page of a mebibyte.
pub(crate) const LARGE_PAGE: &str = "/v1/events?limit=64";

/// Path of a page of one event.
pub(crate) const SMALL_PAGE: &str = "/v1/events?limit=1";

/// Creates tenant `rival` with large events and returns its token.
pub(crate) async fn token_of_rival(appliance: &Appliance) -> String {
    appliance.run(&["tenant", "create", "rival"], "");
    let token = appliance.token("rival");
    let lines = format!("{{\"n\":\"{}\"}}\n", "x".repeat(EVENT_LEN)).repeat(EVENTS);
    let client = http_client(attacker(0), None).build().unwrap();
    let request = client.post(format!("http://{}/v1/events", appliance.address));
    let request = request.header("content-type", "application/x-ndjson").header("idempotency-key", "seed");
    let answer = request.bearer_auth(&token).body(lines).send().await.expect("the events are taken");
    assert_eq!(answer.status(), 200);
    assert!(!answer.text().await.unwrap().contains("\"error\""));
    token
}
