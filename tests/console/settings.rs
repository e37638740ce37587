//! Operators, settings, certificate, diagnostics and help; and a viewer, who changes nothing.

use crate::PASSWORD;
use crate::browser::Scripts;
use crate::desk::Desk;

const ONE: &str = "/console/settings/limits.rate_limit_max";

fn operators(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/operators']");
    desk.browser.fill("#name", "Jo Smith");
    desk.browser.follow("form[action='/console/operators'] button");
    assert!(desk.browser.markup().contains("name-fault"), "a name with a blank is told beside its field");
    desk.photograph("operators-fault");
    desk.browser.fill("#name", "al");
    desk.browser.follow("form[action='/console/operators'] button");
    assert!(desk.browser.markup().contains("Password of al"));
    desk.photograph("operators-made");
    desk.browser.fill("#name", "jo");
    desk.browser.fill("#password", PASSWORD);
    desk.browser.follow("form[action='/console/operators'] button");
    assert!(desk.browser.markup().contains("Saved."));
    desk.photograph("operators");
    desk.browser.follow("a[href='/console/operators/owner']");
    assert!(desk.browser.markup().contains("this is you"));
    desk.photograph("operator-self");
    desk.visit("/console/operators/al");
    desk.browser.choose("#role", "admin");
    desk.browser.follow("form[action='/console/operators/al/role'] button");
    assert!(desk.browser.markup().contains("<dd>admin</dd>"));
    desk.browser.click("summary");
    desk.photograph("operator");
    desk.browser.fill("#confirm", "al");
    desk.browser.follow(".destruction button");
    assert!(desk.browser.markup().contains("Deleted."));
}

fn settings(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/settings']");
    desk.photograph("settings");
    desk.browser.fill("#q", "rate_limit_max");
    desk.browser.follow("form[role='search'] button");
    desk.photograph("settings-search");
    desk.browser.follow(&format!("a[href='{ONE}']"));
    desk.browser.fill("#value", "many");
    desk.browser.follow(&format!("form[action='{ONE}'] button"));
    let page = desk.browser.markup();
    assert!(page.contains("not a whole number") && page.contains("value=\"many\""), "{page}");
    desk.photograph("setting-fault");
    desk.browser.fill("#value", "2000");
    desk.browser.follow(&format!("form[action='{ONE}'] button"));
    assert!(desk.browser.markup().contains("Saved."));
    desk.photograph("setting");
    let shown = desk.appliance.run(&["settings", "show", "limits.rate_limit_max", "--json"], "");
    assert_eq!((&shown["value"], &shown["origin"]), (&"2000".into(), &"console".into()));
    desk.visit("/console/settings?only=changed");
    desk.photograph("settings-changed");
    desk.visit("/console/settings/listen.https");
    assert!(desk.browser.markup().contains("flag --set"));
    desk.photograph("setting-outside");
}

fn certificate(desk: &mut Desk) {
    desk.browser.follow("nav a[href='/console/certificate']");
    let before = desk.appliance.run(&["tls", "show", "--json"], "");
    desk.browser.follow("form[action='/console/certificate/renew'] button");
    assert!(desk.browser.markup().contains("The server has a new certificate."));
    let after = desk.appliance.run(&["tls", "show", "--json"], "");
    assert_ne!(before["certificate"]["sha256"], after["certificate"]["sha256"]);
    assert_eq!(before["authority"], after["authority"]);
    desk.photograph("certificate");
    desk.browser.follow("nav a[href='/console/settings']");
    desk.browser.follow("a[href='/console/about']");
    assert!(desk.browser.markup().contains("limits.rate_limit_max = 2000 (console)"));
    desk.photograph("about");
    desk.browser.follow("nav a[href='/console/help']");
    let address = desk.appliance.address.clone();
    assert!(desk.browser.markup().contains(&format!("{address}/v1/events")), "examples name the appliance");
    desk.photograph("help");
    desk.browser.follow("nav a[href='/console/account']");
    desk.photograph("account-owner");
}

fn viewer(desk: &mut Desk) {
    desk.browser.follow("form[action='/logout'] button");
    desk.browser.fill("#name", "jo");
    desk.browser.fill("#password", PASSWORD);
    desk.browser.follow("button");
    desk.visit("/console/operators");
    assert!(desk.browser.markup().contains("Owners add and change operators."));
    desk.photograph("viewer-operators");
    desk.visit(ONE);
    let page = desk.browser.markup();
    assert!(page.contains("Your role does not change settings.") && page.contains("2000"), "{page}");
    desk.photograph("viewer-setting");
    // Whoever bends a form is refused all the same.
    desk.browser.bend("form[action='/logout']", "action", &format!("{ONE}/reset"));
    desk.browser.follow("header form button");
    let page = desk.browser.markup();
    assert!(
        page.contains("Forbidden") && page.contains("Operators of the role viewer may not do that."),
        "{page}"
    );
    desk.photograph("forbidden");
    let shown = desk.appliance.run(&["settings", "show", "limits.rate_limit_max", "--json"], "");
    assert_eq!(shown["value"], "2000");
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    operators(&mut desk);
    settings(&mut desk);
    certificate(&mut desk);
    viewer(&mut desk);
}

#[test]
fn an_owner_sets_the_appliance_up_and_a_viewer_is_refused_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn an_owner_sets_the_appliance_up_and_a_viewer_is_refused_without_scripts() {
    walk(Scripts::Off);
}
