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

fn walk(scripts: Scripts) {
    let Some(mut desk) = Desk::open(scripts) else { return };
    walk_jobs_and_health(&mut desk);
}

#[test]
fn what_runs_is_looked_after_with_scripts() {
    walk(Scripts::On);
}

#[test]
fn what_runs_is_looked_after_without_scripts() {
    walk(Scripts::Off);
}
