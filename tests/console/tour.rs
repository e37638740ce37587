//! Every page of the console, opened by its owner on an appliance whose every text is hostile: no text becomes markup or
//! script, no page complains, and none keeps anybody out who sees or handles it differently (axe-core's rules).

use crate::browser::Scripts;
use crate::desk::Desk;
use crate::first_run::make_owner;
use crate::package::{Package, notice};
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::http::route::Told;
use serde_json::{Value, json};

/// What finds places that keep people out.
const AXE: Package = Package { name: "axe-core", version: "4.14.1" };

/// A text that would show itself wherever it is taken for markup, an attribute, a script or an address.
const HOSTILE: &str =
    "\"'></title></script><script>window.hostile=1</script><img src=x onerror=window.hostile=1>{{7*7}}";

/// Most bytes of a page with the files it loads.
const PAGE_BYTES_MAX: f64 = 100.0 * 1024.0;

/// Fewest pages that an owner sees; fewer mean that the table of routes was read wrongly.
const PAGES_MIN: usize = 29;

/// Plants the hostile text in everything that takes a text; returns what stands for the names in patterns.
fn plant(desk: &mut Desk) -> Vec<(&'static str, String)> {
    let run = |desk: &Desk, arguments: &[&str], input: &str| desk.appliance.run(arguments, input);
    run(desk, &["tenant", "create", "acme", "--name", HOSTILE, "--json"], "");
    let scopes = ["--scope", "events:write", "--scope", "events:read", "--scope", "agents", "--json"];
    let token =
        run(desk, &[&["token", "create", "--tenant", "acme", "--name", HOSTILE], &scopes[..]].concat(), "");
    let scheme = ["--scheme", "hmac-sha256", "--secret-stdin", "--json"];
    let source = [&["source", "create", "--tenant", "acme", "till"], &scheme[..]].concat();
    run(desk, &source, "a secret of some length");
    run(desk, &["block", "add", "198.51.100.7", "--reason", HOSTILE, "--json"], "");
    run(desk, &["operator", "create", "jo", "--role", "viewer", "--password-stdin"], "correct horse battery");
    let events = json!({
        "token": token["token"], "text": HOSTILE,
        "agent": { "name": "printer", "kind": HOSTILE, "version": HOSTILE },
    });
    let planted = desk.browser.evaluate(&format!(
        "(async (given) => {{
            const query = new URLSearchParams({{ type: given.text, source: given.text, subject: given.text }});
            const post = async (path, type, body) => (await fetch(path, {{
                method: 'POST', body,
                headers: {{ 'authorization': 'Bearer ' + given.token, 'content-type': type,
                    'idempotency-key': encodeURIComponent(type + given.text) }},
            }})).status;
            const texts = JSON.stringify({{ [given.text]: [given.text] }});
            return [
                await post('/v1/events?' + query, 'application/json', texts),
                await post('/v1/events?' + query, 'text/html', given.text),
                await post('/v1/events?' + query, 'image/svg+xml', '<svg onload=\"window.hostile=1\"/>'),
                await post('/api/v1/agents', 'application/json', JSON.stringify(given.agent)),
            ];
        }})({events})"
    ));
    assert_eq!(planted, json!([201, 201, 201, 201]));
    let id = token["id"].as_str().unwrap().to_owned();
    let seq = desk.appliance.run(&["events", "list", "--tenant", "acme", "--json"], "");
    let seq = seq[0]["seq"].to_string();
    let named = [
        ("{tenant}", "acme".to_owned()),
        ("{token}", id),
        ("{source}", "till".to_owned()),
        ("{agent}", "printer".to_owned()),
        ("{job}", "usage-snapshot".to_owned()),
        ("{operator}", "jo".to_owned()),
        ("{key}", "limits.rate_limit_max".to_owned()),
        ("{seq}", seq),
    ];
    named.into()
}

/// Addresses of the console's pages, each name in their patterns filled.
fn addresses(names: &[(&str, String)]) -> Vec<String> {
    let pages = ROUTES.iter().filter(|route| {
        let is_page = route.told == Told::Page;
        is_page && route.method == Method::GET && route.pattern.starts_with("/console")
    });
    let fill = |pattern: &str| {
        let fill = |filled: String, (name, value): &(&str, String)| filled.replace(name, value);
        let filled = names.iter().fold(pattern.to_owned(), fill);
        assert!(!filled.contains('{'), "{pattern}: nothing stands for a name in it");
        // Pages of one event say whose it is.
        if pattern.contains("{seq}") { format!("{filled}?tenant=acme") } else { filled }
    };
    pages.map(|route| fill(route.pattern)).collect()
}

/// Tells whether an address shows a page, and not a stream or a file.
fn is_shown(desk: &mut Desk, address: &str) -> bool {
    let kind = desk.browser.evaluate(&format!(
        "(async () => {{
            const end = new AbortController();
            const answer = await fetch({address:?}, {{ signal: end.signal }});
            const kind = answer.status + ' ' + answer.headers.get('content-type');
            end.abort();
            return kind;
        }})()"
    ));
    let kind = kind.as_str().unwrap();
    assert!(kind.starts_with("200 "), "{address}: {kind}");
    kind.contains("text/html")
}

/// Asks axe-core what on the page keeps somebody out.
fn violations(desk: &mut Desk, axe: &str) -> Vec<Value> {
    let mut found = Vec::new();
    desk.browser.in_every_look(|browser, look| {
        browser.evaluate(axe);
        let told = browser.evaluate(
            "axe.run().then((told) => told.violations.map(({ id, help, nodes }) =>
                ({ id, help, where: nodes.map((node) => node.html + ' ' + node.failureSummary) })))",
        );
        found.extend(told.as_array().unwrap().iter().map(|one| json!({ "look": look, "violation": one })));
    });
    found
}

/// Fetches what finds places that keep people out; none where it cannot be had.
fn axe() -> Option<String> {
    let axe = AXE.fetch().map(|folder| std::fs::read_to_string(folder.join("axe.min.js")).unwrap());
    if axe.is_none() {
        notice("SKIPPED: axe-core could not be fetched; hint: connect to the internet once");
    }
    axe
}

/// Opens a page, which is light, clean and open to everybody.
fn inspect(desk: &mut Desk, axe: Option<&str>, address: &str) {
    desk.browser.complaints();
    desk.visit(address);
    let weight = desk.browser.evaluate(
        "performance.getEntries().filter((entry) => 'decodedBodySize' in entry)
            .reduce((sum, entry) => sum + entry.decodedBodySize, 0)",
    );
    let weight = weight.as_f64().unwrap();
    assert!(weight > 1_000.0 && weight < PAGE_BYTES_MAX, "{address}: {weight} bytes");
    let hostile = desk.browser.evaluate("window.hostile === undefined && !document.querySelector('img')");
    assert_eq!(hostile, true, "{address}: a text was taken for markup");
    let violations = axe.map(|axe| violations(desk, axe)).unwrap_or_default();
    assert!(violations.is_empty(), "{address}: {violations:#?}");
    let complaints = desk.browser.complaints();
    assert!(complaints.is_empty(), "{address}: {complaints:#?}");
}

#[test]
fn no_page_takes_a_text_for_markup_complains_is_heavy_or_keeps_anybody_out() {
    let Some(mut desk) = Desk::open(Scripts::On) else { return };
    let axe = axe();
    let names = plant(&mut desk);
    let mut seen = 0;
    for address in addresses(&names) {
        if is_shown(&mut desk, &address) {
            inspect(&mut desk, axe.as_deref(), &address);
            seen += 1;
        }
    }
    assert!(seen >= PAGES_MIN, "{seen} pages");
}

#[test]
fn the_pages_before_the_console_complain_of_nothing_and_keep_nobody_out() {
    let Some(mut desk) = Desk::new(Scripts::On) else { return };
    let axe = axe();
    let link = desk.appliance.setup_link();
    let (_, setup) = link.split_at(link.find("/setup").unwrap());
    inspect(&mut desk, axe.as_deref(), setup);
    make_owner(&desk.appliance, &mut desk.browser);
    inspect(&mut desk, axe.as_deref(), "/login");
}
