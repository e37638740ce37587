//! An appliance with somebody signed in, where the tests of pages begin.

use crate::appliance::Appliance;
use crate::browser::{Browser, Scripts};
use crate::first_run::log_in;
use crate::{PASSWORD, browser_program, photograph_as};

/// An appliance and a browser in which its owner is signed in.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) appliance: Appliance,
    pub(crate) browser: Browser,
    scripts: Scripts,
}

impl Desk {
    /// Opens one that nobody owns yet; none where no browser is installed.
    pub(crate) fn new(scripts: Scripts) -> Option<Self> {
        let program = browser_program()?;
        Some(Self { appliance: Appliance::start(), browser: Browser::start(&program, scripts), scripts })
    }

    /// Opens one; none where no browser is installed.
    pub(crate) fn open(scripts: Scripts) -> Option<Self> {
        let program = browser_program()?;
        let appliance = Appliance::start_owned();
        let mut browser = Browser::start(&program, scripts);
        browser.open(&format!("{}/login", appliance.address));
        log_in(&mut browser, PASSWORD, None);
        assert!(browser.address().ends_with("/console"), "{}", browser.address());
        Some(Self { appliance, browser, scripts })
    }

    /// Opens one of the appliance's addresses, such as `/console/account`.
    pub(crate) fn visit(&mut self, path: &str) {
        self.browser.open(&format!("{}{path}", self.appliance.address));
    }

    /// Leaves pictures of the page in `target/screenshots`.
    pub(crate) fn photograph(&mut self, name: &str) {
        self.browser.photograph(&photograph_as(self.scripts, name));
    }
}

#[test]
fn an_address_that_is_none_is_told_on_a_page_with_the_requests_id() {
    let Some(mut desk) = Desk::open(Scripts::On) else { return };
    desk.visit("/console/nowhere");
    let page = desk.browser.markup();
    assert!(page.contains("Not Found") && page.contains("stylesheet"), "{page}");
    desk.photograph("not-found");
    let tenants = desk.appliance.run(&["tenant", "list", "--json"], "");
    assert!(tenants.as_array().unwrap().iter().any(|tenant| tenant["slug"] == "default"), "{tenants}");
}
