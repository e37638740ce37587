//! The overview of an appliance that is used.

use crate::browser::Scripts;
use crate::desk::Desk;
use std::fmt::Write;

/// Sends events of two tenants and some requests that fail.
fn traffic(desk: &Desk) {
    for tenant in ["acme", "globex"] {
        desk.appliance.run(&["tenant", "create", tenant, "--json"], "");
        let scope = ["--scope", "events:write", "--json"];
        let create = [&["token", "create", "--tenant", tenant, "--name", "till"], &scope[..]].concat();
        let token = desk.appliance.run(&create, "")["token"].as_str().unwrap().to_owned();
        let mut lines = String::new();
        for number in 0..if tenant == "acme" { 300 } else { 50 } {
            writeln!(lines, r#"{{"number":{number}}}"#).unwrap();
        }
        desk.appliance.send(&token, &["--type", "sale"], &lines);
    }
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    traffic(&desk);
    desk.visit("/console?span=15m");
    let page = desk.browser.markup();
    for part in
        ["Last 15 minutes", "Everything works.", "Requests each minute", "acme", "globex", "Error budget"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let busiest = page.split("id=\"busiest-today\"").nth(1).unwrap();
    assert!(busiest.contains(">300<") && busiest.contains(">50<"), "{busiest}");
    desk.photograph("overview-15m");
    desk.browser.follow("a[href='?span=24h']");
    assert!(desk.browser.markup().contains("Requests each 30 min"));
    desk.photograph("overview-24h");
}

#[test]
fn the_overview_shows_an_appliance_that_is_used_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn the_overview_shows_an_appliance_that_is_used_without_scripts() {
    walk(Scripts::Off);
}

#[test]
fn pointing_at_a_chart_tells_its_numbers() {
    let Some(mut desk) = Desk::open(Scripts::On) else { return };
    desk.visit("/console?span=1h");
    let told = desk.browser.evaluate(
        "(() => {
            const svg = document.querySelector('#chart-requests svg');
            const box = svg.getBoundingClientRect();
            const at = (x) => svg.dispatchEvent(new PointerEvent('pointermove',
                { bubbles: true, clientX: box.left + box.width * x, clientY: box.top + 20 }));
            const text = () => document.querySelector('#chart-requests .pointed').textContent;
            const height = document.documentElement.scrollHeight;
            at(0.5);
            const [inside, cursor] = [text(), svg.querySelector('.cursor').getAttribute('d')];
            at(0.01);
            return [inside, cursor !== '', text(), document.documentElement.scrollHeight - height];
        })()",
    );
    let inside = told[0].as_str().unwrap();
    assert!(inside.contains("2xx: ") && inside.contains("5xx: "), "{told}");
    assert_eq!((&told[1], &told[2], &told[3]), (&true.into(), &"".into(), &0.into()), "{told}");
}
