//! From a new tenant to its first event, and what becomes of tokens and sources.

use crate::browser::Scripts;
use crate::desk::Desk;
use crate::{PASSWORD, between};

/// Makes a tenant, and waits for its first event on the page that asks for it.
fn first_event(desk: &mut Desk, scripts: Scripts) {
    desk.visit("/console/tenants");
    desk.photograph("tenants");
    desk.browser.follow("a[href='/console/new-tenant']");
    desk.browser.fill("#slug", "Not A Slug");
    desk.browser.fill("#name", "Acme & Sons");
    desk.browser.follow("main button");
    let page = desk.browser.markup();
    assert!(page.contains("value=\"Not A Slug\"") && page.contains("id=\"slug-fault\""), "{page}");
    desk.photograph("new-tenant");
    desk.browser.fill("#slug", "acme");
    desk.browser.follow("main button");
    assert!(desk.browser.address().contains("/console/tenants/acme/first-event"));
    desk.photograph("first-event");
    desk.browser.follow("section form button");
    desk.photograph("first-event-token");
    let page = desk.browser.markup();
    let token = between(&page, "Authorization: Bearer ", "'").to_owned();
    assert!(page.contains(&desk.appliance.address), "the command names the appliance");
    desk.appliance.send(&token, &["--type", "hello"], "{\"hello\":\"world\"}\n");
    match scripts {
        Scripts::On => desk.browser.await_text("hello from first-steps"),
        Scripts::Off => {
            desk.browser.follow(".awaited a");
            assert!(desk.browser.markup().contains("hello from first-steps"));
        }
    }
    desk.photograph("first-event-arrived");
    desk.browser.follow("main .actions a.button");
    let page = desk.browser.markup();
    assert!(page.contains("Acme &amp; Sons") && page.contains("first-steps"), "{page}");
}

/// Changes the tenant's settings, and suspends and activates it.
fn settings(desk: &mut Desk) {
    desk.browser.fill("#rate_limit", "often");
    desk.browser.follow("form[action$='/settings'] button");
    assert!(desk.browser.markup().contains("id=\"rate_limit-fault\""));
    desk.photograph("tenant-fault");
    desk.browser.fill("#rate_limit", "1000/1m");
    desk.browser.follow("form[action$='/settings'] button");
    assert!(desk.browser.markup().contains("Saved."));
    for state in ["suspended", "active"] {
        desk.browser.follow("form[action$='/status'] button");
        assert!(desk.browser.address().contains(&format!("done={state}")), "{}", desk.browser.address());
    }
    desk.photograph("tenant");
}

/// Makes, rotates and revokes a token.
fn tokens(desk: &mut Desk) {
    desk.browser.follow("a[href='/console/new-token?tenant=acme']");
    desk.browser.fill("#name", "Till 1");
    desk.browser.fill("#expires_in", "soon");
    desk.browser.click("#events-read");
    desk.browser.follow("main button");
    let page = desk.browser.markup();
    assert!(page.contains("id=\"expires_in-fault\"") && page.contains("value=\"Till 1\""), "{page}");
    desk.photograph("new-token");
    desk.browser.fill("#expires_in", "90d");
    desk.browser.follow("main button");
    let page = desk.browser.markup();
    let token = between(&page, "id=\"token-text\">", "<").to_owned();
    assert!(page.contains("events:write, events:read") && page.matches(&token).count() == 4, "{page}");
    desk.photograph("token-made");
    desk.browser.follow("main .actions a.button");
    assert!(!desk.browser.markup().contains(&token), "it is shown once");
    desk.browser.follow("form[action$='/rotate'] button");
    let page = desk.browser.markup();
    assert_ne!(between(&page, "id=\"token-text\">", "<"), token);
    desk.browser.follow("main .actions a.button");
    desk.photograph("token");
    let id = token.split('_').nth(1).unwrap().to_owned();
    desk.browser.click(".destruction summary");
    desk.browser.fill("#confirm", &id);
    desk.browser.follow(".destruction button");
    assert!(desk.browser.markup().contains("Revoked: it works no more."));
    desk.browser.follow("nav a[href='/console/tokens']");
    assert!(desk.browser.markup().contains("revoked"));
    desk.photograph("tokens");
}

/// Makes, rotates and deletes a source.
fn sources(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/sources']");
    desk.photograph("sources-empty");
    desk.browser.follow("main .actions a");
    desk.browser.fill("#tenant", "acme");
    desk.browser.fill("#name", "pos");
    desk.browser.click("#unsigned");
    desk.browser.follow("main button");
    assert!(desk.browser.markup().contains("id=\"unsigned-fault\""));
    desk.photograph("new-source");
    desk.browser.click("#unsigned");
    desk.browser.follow("main button");
    let secret = between(&desk.browser.markup(), "id=\"secret-text\">", "<").to_owned();
    assert_eq!(secret.len(), 64);
    desk.photograph("source-made");
    desk.browser.follow("main .actions a.button");
    assert!(!desk.browser.markup().contains(&secret), "it is shown once");
    desk.photograph("source");
    desk.browser.follow("nav a[href='/console/sources']");
    desk.photograph("sources");
    desk.visit("/console/sources/acme/pos");
    desk.browser.click(".destruction summary");
    desk.browser.fill("#confirm", "pos");
    desk.browser.follow(".destruction button");
    assert!(desk.browser.markup().contains("Deleted."));
}

/// Looks at the same pages as somebody who may only look.
fn viewer(desk: &mut Desk) {
    let create = ["operator", "create", "jo", "--role", "viewer", "--password-stdin", "--json"];
    desk.appliance.run(&create, PASSWORD);
    desk.browser.follow("form[action='/logout'] button");
    desk.browser.fill("#name", "jo");
    desk.browser.fill("#password", PASSWORD);
    desk.browser.follow("button");
    desk.visit("/console/tenants/acme");
    let page = desk.browser.markup();
    assert!(page.contains("1000/1m") && !page.contains("Delete the tenant") && !page.contains("new-token"));
    desk.photograph("tenant-viewer");
    desk.visit("/console/new-tenant");
    assert!(desk.browser.markup().contains("may not do that"));
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    first_event(&mut desk, scripts);
    settings(&mut desk);
    tokens(&mut desk);
    sources(&mut desk);
    viewer(&mut desk);
}

#[test]
fn an_operator_brings_a_tenant_to_its_first_event_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn an_operator_brings_a_tenant_to_its_first_event_without_scripts() {
    walk(Scripts::Off);
}
