//! What runs: agents, jobs, health, limits and the log, as somebody who looks after the appliance walks through them.

use crate::browser::Scripts;
use crate::desk::Desk;

fn walk_jobs_and_health(desk: &mut Desk) {
    desk.visit("/console/jobs");
    desk.photograph("jobs");
    desk.browser.follow("table a");
    assert!(desk.browser.markup().contains("It has not run yet"));
    desk.browser.follow("main form button");
    let page = desk.browser.markup();
    assert!(page.contains("It has run") && page.contains("succeeded"), "{page}");
    desk.photograph("job");
    desk.visit("/console/health");
    desk.browser.follow("main form button");
    let page = desk.browser.markup();
    assert!(page.contains("A synced write and a read work."), "{page}");
    desk.photograph("health");
}

fn walk_limits(desk: &mut Desk) {
    desk.visit("/console/limits");
    desk.photograph("limits-quiet");
    desk.browser.fill("#network", "127.0.0.1");
    desk.browser.fill("#reason", "It guesses tokens.");
    desk.browser.follow("form[action='/console/limits/blocks'] button");
    let page = desk.browser.markup();
    assert!(page.contains("never kept out") && page.contains("It guesses tokens."), "{page}");
    desk.photograph("limits-fault");
    for network in ["198.51.100.7", "203.0.113.0/24"] {
        desk.browser.fill("#network", network);
        desk.browser.fill("#for", "2h");
        desk.browser.follow("form[action='/console/limits/blocks'] button");
        assert!(desk.browser.markup().contains("The network is kept out."));
    }
    desk.photograph("limits");
    desk.browser.fill("#search", "203.0.113.77");
    desk.browser.follow("form[role=search] button");
    assert!(!desk.browser.markup().contains("198.51.100.7"));
    desk.browser.follow("button[value='203.0.113.0/24']");
    let page = desk.browser.markup();
    assert!(page.contains("let in again") && page.contains("No blocked address is like that"), "{page}");
}

fn walk_agents(desk: &mut Desk) {
    desk.visit("/console/agents");
    let page = desk.browser.markup();
    assert!(page.contains("curl --cacert ca.pem https://127.0.0.1:"), "{page}");
    desk.photograph("agents-empty");
    let create = ["token", "create", "--tenant", "default", "--name", "till", "--scope", "agents", "--json"];
    let token = desk.appliance.run(&create, "")["token"].as_str().unwrap().to_owned();
    desk.appliance.register_agent(&token, "printer-1");
    desk.visit("/console/agents");
    desk.photograph("agents");
    desk.browser.follow("table a");
    desk.browser.follow("form.actions button");
    let page = desk.browser.markup();
    assert!(page.contains("The agent is paused") && page.contains("Resume"), "{page}");
    desk.photograph("agent");
    desk.browser.follow("form.actions button");
    desk.browser.click("summary");
    desk.browser.fill("#confirm", "printer");
    desk.browser.follow(".destruction button");
    assert!(desk.browser.markup().contains("not the name of the agent"));
    desk.photograph("agent-removal");
    desk.browser.fill("#confirm", "printer-1");
    desk.browser.follow(".destruction button");
    assert!(desk.browser.markup().contains("The agent is forgotten."));
}

fn walk_logs(desk: &mut Desk, scripts: Scripts) {
    desk.visit("/console/logs");
    let page = desk.browser.markup();
    assert!(page.contains("<strong>info</strong>") && page.contains("Start: 2 of 9"), "{page}");
    if scripts == Scripts::On {
        desk.browser.await_text("Live: new lines appear here.");
        desk.appliance.run(&["block", "add", "192.0.2.99", "--json"], "");
        // A request that is refused is a line of its own.
        desk.browser.evaluate("fetch('/v1/events').then((answer) => answer.status)");
        desk.browser.await_text("/v1/events");
    }
    desk.photograph("logs");
    desk.browser.fill("#text", "start: 2");
    desk.browser.follow("form[role=search] button");
    let page = desk.browser.markup();
    assert!(page.contains("Start: 2 of 9") && !page.contains("Start: 3 of 9"), "{page}");
    desk.browser.follow("form[action='/console/logs/level'] button");
    assert!(desk.browser.markup().contains("Saved."));
}

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    walk_jobs_and_health(&mut desk);
    walk_limits(&mut desk);
    walk_agents(&mut desk);
    walk_logs(&mut desk, scripts);
}

#[test]
fn what_runs_is_looked_after_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn what_runs_is_looked_after_without_scripts() {
    walk(Scripts::Off);
}
