//! From the first link to a session behind a second factor.

use crate::appliance::Appliance;
use crate::browser::{Browser, Scripts};
use crate::{PASSWORD, between, browser_program, photograph_as};
use mainstay::domain::totp::code_of;
use std::time::SystemTime;

/// Returns the code of an authenticator app, so many steps from now.
pub(crate) fn code(secret: &str, steps_ahead: u64) -> String {
    let key = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    code_of(&key, now / 30 + steps_ahead)
}

/// The way of a new operator to a session of their own.
fn walk(program: &std::path::Path, scripts: Scripts) {
    let appliance = Appliance::start();
    let mut browser = Browser::start(program, scripts);
    let shot = |browser: &mut Browser, page: &str| browser.photograph(&photograph_as(scripts, page));

    // Before the first owner.
    browser.open(&appliance.address);
    assert!(browser.address().ends_with("/setup"));
    shot(&mut browser, "setup-closed");
    browser.open(&appliance.setup_link());
    browser.fill("#name", "owner");
    browser.fill("#password", PASSWORD);
    browser.fill("#again", "something else entirely");
    browser.follow("button");
    assert!(browser.markup().contains("the two passwords differ"));
    shot(&mut browser, "setup");
    make_owner(&appliance, &mut browser);

    // Signing in.
    log_in(&mut browser, "wrong wrong wrong", None);
    assert!(browser.markup().contains("Name, password or code is wrong."));
    shot(&mut browser, "login");
    log_in(&mut browser, PASSWORD, None);
    assert!(browser.address().ends_with("/console"), "{}", browser.address());
    shot(&mut browser, "overview");

    // A second factor, by the secret that the page shows.
    browser.follow("nav a[href='/console/account']");
    shot(&mut browser, "account");
    let (secret, recovery) = protect(&mut browser);
    shot(&mut browser, "recovery");

    // Out, and in again with a code that was not used yet, and then with a recovery code.
    for code in [code(&secret, 1), recovery] {
        browser.follow("form[action='/logout'] button");
        browser.open(&format!("{}/console/account", appliance.address));
        assert!(browser.address().ends_with("/login?next=/console/account"), "{}", browser.address());
        log_in(&mut browser, PASSWORD, None);
        shot(&mut browser, "login-code");
        log_in(&mut browser, PASSWORD, Some(&code));
        assert!(browser.address().ends_with("/console/account"), "{}", browser.address());
    }
    assert!(browser.markup().contains("9 recovery codes are left"));
    shot(&mut browser, "account-protected");
    browser.open(&format!("{}/setup", appliance.address));
    assert!(browser.markup().contains("the first owner was made"));
    shot(&mut browser, "setup-done");
}

/// Makes the first owner by a fresh link.
pub(crate) fn make_owner(appliance: &Appliance, browser: &mut Browser) {
    browser.open(&appliance.setup_link());
    browser.fill("#name", "owner");
    browser.fill("#password", PASSWORD);
    browser.fill("#again", PASSWORD);
    browser.follow("button");
    assert!(browser.address().ends_with("/login"));
}

/// Adds a second factor to the account; returns its secret and a recovery code.
pub(crate) fn protect(browser: &mut Browser) -> (String, String) {
    browser.follow("nav a[href='/console/account']");
    let secret = between(&browser.markup(), "Secret: <code>", "</code>").to_owned();
    browser.fill("#code", &code(&secret, 0));
    browser.fill("#factor", PASSWORD);
    browser.follow("form[action='/console/account/second-factor'] button");
    let page = browser.markup();
    let recovery = between(between(&page, "id=\"recovery\"", "</section>"), "<code>", "\n").to_owned();
    (secret, recovery)
}

pub(crate) fn log_in(browser: &mut Browser, password: &str, code: Option<&str>) {
    log_in_as(browser, "owner", password, code);
}

pub(crate) fn log_in_as(browser: &mut Browser, name: &str, password: &str, code: Option<&str>) {
    browser.fill("#name", name);
    browser.fill("#password", password);
    if let Some(code) = code {
        browser.fill("#code", code);
    }
    browser.follow("button");
}

#[test]
fn an_operator_sets_the_appliance_up_and_signs_in_with_scripts() {
    if let Some(program) = browser_program() {
        walk(&program, Scripts::On);
    }
}

#[test]
fn an_operator_sets_the_appliance_up_and_signs_in_without_scripts() {
    if let Some(program) = browser_program() {
        walk(&program, Scripts::Off);
    }
}
