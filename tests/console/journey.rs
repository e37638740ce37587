//! The whole way of somebody who installs the appliance, from the first link to a viewer who is refused.

use crate::browser::Scripts;
use crate::desk::Desk;
use crate::first_run::{code, log_in_as, make_owner, protect};
use crate::{PASSWORD, between};

const SETTING: &str = "/console/settings/limits.rate_limit_max";

/// Becomes the owner, and signs in with a second factor.
fn begin(desk: &mut Desk) {
    make_owner(&desk.appliance, &mut desk.browser);
    log_in_as(&mut desk.browser, "owner", PASSWORD, None);
    let (secret, _recovery) = protect(&mut desk.browser);
    desk.browser.follow("form[action='/logout'] button");
    log_in_as(&mut desk.browser, "owner", PASSWORD, None);
    assert!(desk.browser.address().ends_with("/login"), "a password alone is not enough any more");
    let complaints = desk.browser.complaints();
    assert!(complaints.len() == 1 && complaints[0].contains("status of 403"), "{complaints:#?}");
    log_in_as(&mut desk.browser, "owner", PASSWORD, Some(&code(&secret, 1)));
    assert!(desk.browser.address().ends_with("/console"), "{}", desk.browser.address());
}

/// Makes a tenant and a token for it; returns the token, as the page shows it once.
fn tenant_and_token(desk: &mut Desk) -> String {
    desk.browser.follow("nav a[href='/console/tenants']");
    desk.browser.follow("a[href='/console/new-tenant']");
    desk.browser.fill("#slug", "acme");
    desk.browser.fill("#name", "Acme");
    desk.browser.follow("main button");
    desk.visit("/console/new-token?tenant=acme");
    desk.browser.fill("#name", "till");
    desk.browser.follow("main button");
    between(&desk.browser.markup(), "id=\"token-text\">", "<").to_owned()
}

/// Sends an event with the token, sees it come, and opens it.
fn first_event(desk: &mut Desk, scripts: Scripts, token: &str) {
    desk.browser.follow("nav a[href='/console/events']");
    desk.visit("/console/events?tenant=acme");
    if scripts == Scripts::On {
        desk.browser.await_text("Live: new events appear here.");
    }
    desk.appliance.send(token, &["--type", "sale"], "{\"order\":4711,\"total\":\"12.30\"}\n");
    match scripts {
        Scripts::On => desk.browser.await_text("1 new since the page was opened"),
        Scripts::Off => desk.browser.follow(".tail a"),
    }
    desk.photograph("journey-arrived");
    desk.browser.follow("#rows a");
    let page = desk.browser.markup();
    assert!(page.contains("4711") && page.contains("12.30") && page.contains("sale"), "{page}");
}

/// Changes a setting, and finds that in the audit log.
fn setting(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/settings']");
    desk.visit(SETTING);
    desk.browser.fill("#value", "2000");
    desk.browser.follow(&format!("form[action='{SETTING}'] button"));
    assert!(desk.browser.markup().contains("Saved."));
    let shown = desk.appliance.run(&["settings", "show", "limits.rate_limit_max", "--json"], "");
    assert_eq!(shown["value"], "2000");
    desk.browser.follow("nav a[href='/console/audit']");
    let page = desk.browser.markup();
    for told in ["limits.rate_limit_max", "token.created", "tenant.created", "operator.created"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    desk.photograph("journey-audit");
}

/// Makes a viewer, who sees everything and changes nothing.
fn viewer(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/operators']");
    desk.browser.fill("#name", "jo");
    desk.browser.fill("#password", PASSWORD);
    desk.browser.follow("form[action='/console/operators'] button");
    desk.browser.follow("form[action='/logout'] button");
    log_in_as(&mut desk.browser, "jo", PASSWORD, None);
    desk.visit("/console/tenants/acme");
    let page = desk.browser.markup();
    assert!(
        page.contains("acme") && page.matches("<form").count() == 1,
        "only the way out is a form: {page}"
    );
    // Whoever bends a form is refused all the same.
    desk.browser.bend("form[action='/logout']", "action", "/console/tenants/acme/delete");
    desk.browser.follow("header form button");
    assert!(desk.browser.markup().contains("Operators of the role viewer may not do that."));
    desk.photograph("journey-refused");
    let tenants = desk.appliance.run(&["tenant", "list", "--json"], "");
    assert!(tenants.as_array().unwrap().iter().any(|tenant| tenant["slug"] == "acme"), "{tenants}");
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::new(scripts) else { return };
    begin(&mut desk);
    let token = tenant_and_token(&mut desk);
    first_event(&mut desk, scripts, &token);
    setting(&mut desk);
    let complaints = desk.browser.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
    viewer(&mut desk);
}

#[test]
fn an_installation_is_walked_from_its_link_to_a_refused_viewer_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn an_installation_is_walked_from_its_link_to_a_refused_viewer_without_scripts() {
    walk(Scripts::Off);
}
