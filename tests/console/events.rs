//! Looking for events, watching them come, opening one, and reading who changed what.

use crate::browser::Scripts;
use crate::desk::Desk;

/// Texts that a page must show and never run.
const HOSTILE: &str = "<img src=x onerror=document.title='taken'>";

/// Returns a token that sends to a new tenant.
fn token_of(desk: &Desk, tenant: &str) -> String {
    desk.appliance.run(&["tenant", "create", tenant, "--json"], "");
    let ask = ["token", "create", "--tenant", tenant, "--name", "till", "--scope", "events:write", "--json"];
    desk.appliance.run(&ask, "")["token"].as_str().unwrap().to_owned()
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    let token = token_of(&desk, "acme");
    let send = |desk: &Desk, kind: &str, lines: &str| desk.appliance.send(&token, &["--type", kind], lines);

    // Nothing is there, and then something comes.
    desk.browser.follow("nav a[href='/console/events']");
    desk.visit("/console/events?tenant=acme");
    assert!(desk.browser.markup().contains("acme has no event yet"));
    desk.photograph("events-empty");
    if scripts == Scripts::On {
        desk.browser.await_text("Live: new events appear here.");
    }
    send(&desk, "sale", "{\"order\":1,\"total\":\"9.50\"}\n");
    if scripts == Scripts::On {
        desk.browser.await_text("1 new since the page was opened");
        desk.browser.click(".tail button");
        desk.browser.await_text("Paused.");
        send(&desk, "refund", &format!("{{\"order\":2,\"note\":\"{HOSTILE}\"}}\n"));
        desk.browser.click(".tail button");
        desk.browser.await_text("2 new since the page was opened");
        desk.browser.press("/", "Slash");
        desk.browser.type_text("sale");
        assert_eq!(
            desk.browser.evaluate("document.activeElement.value"),
            "sale",
            "a slash leads to the search"
        );
    } else {
        send(&desk, "refund", &format!("{{\"order\":2,\"note\":\"{HOSTILE}\"}}\n"));
        desk.browser.follow(".tail a");
    }
    let page = desk.browser.markup();
    assert!(page.contains(">sale</td>") && page.contains(">refund</td>"), "{page}");
    desk.photograph("events-live");

    // Filters, and one that is wrong.
    desk.browser.fill("#type", "refund");
    desk.browser.fill("#q", "");
    desk.browser.fill("#since", "yesterday");
    desk.browser.follow(".filters button");
    assert!(desk.browser.markup().contains("id=\"since-fault\""));
    desk.photograph("events-fault");
    desk.browser.fill("#since", "2020-01-01");
    desk.browser.follow(".filters button");
    let page = desk.browser.markup();
    assert!(!page.contains(">sale</td>") && page.contains(">refund</td>"), "{page}");
    desk.photograph("events-filtered");

    // One event, and its neighbour.
    desk.browser.follow("#rows a");
    let page = desk.browser.markup();
    assert!(page.contains("&lt;img src=x onerror") && !page.contains("<img"), "{page}");
    desk.photograph("event");
    desk.browser.follow("a[rel=next]");
    assert!(desk.browser.markup().contains("9.50"));

    // Who changed what.
    desk.browser.follow("nav a[href='/console/audit']");
    assert!(desk.browser.markup().contains("tenant.created"));
    desk.photograph("audit");
    desk.browser.fill("#what", "nothing.done");
    desk.browser.follow(".filters button");
    assert!(desk.browser.markup().contains("Nothing matches"));
    desk.photograph("audit-empty");
}

#[test]
fn an_operator_finds_watches_and_opens_events_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn an_operator_finds_and_opens_events_without_scripts() {
    walk(Scripts::Off);
}
