//! Signing in: sessions that begin, pages that they lead to, and guesses.

use crate::app::{PASSWORD, TestApp};
use crate::pages::{begun, log_in, text};
use mainstay::domain::operator::Role;
use std::time::Duration;

#[tokio::test]
async fn a_login_always_begins_a_new_session_and_leads_to_own_pages_alone() {
    let app = TestApp::start().await;
    let before = app.operator(Role::Owner).await;
    let planted = "A".repeat(43);
    let first = begun(&log_in(&app.anonymous().with_session(&planted), "owner", PASSWORD).await);
    assert_ne!(first, planted);
    let planted = app.anonymous().with_session(&planted);
    assert_eq!(planted.get("/console").await.status, 303, "a planted session opens nothing after the login");
    let second = begun(&log_in(&before, "owner", PASSWORD).await);
    assert_ne!(second, first);
    assert_eq!(before.get("/console").await.status, 303, "the session before the login has ended");
    assert_eq!(app.anonymous().with_session(&second).get("/console").await.status, 200);
    for (next, leads) in [
        ("/console/account", "/console/account"),
        ("//evil.example", "/console"),
        ("https://evil.example/console/", "/console"),
        ("/console/%0D%0AX:%20y", "/console"),
        ("/console/..%2F..%2Flogout", "/console"),
    ] {
        let fields = format!("name=owner&password=correct+horse+battery&next={next}");
        let answer = app.anonymous().submit("/login", fields).send().await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(leads)), "{next}");
    }
    let asked = app.anonymous().get("/console/account").await;
    assert_eq!(asked.header("location"), Some("/login?next=/console/account"));
}

#[tokio::test]
async fn nobody_learns_from_a_failed_login_who_has_an_account() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let mut seen = Vec::new();
    for (name, password, address) in
        [("owner", "wrong wrong wrong", "192.0.2.1"), ("nobody", PASSWORD, "192.0.2.2")]
    {
        for round in 0..6 {
            let answer = log_in(&app.anonymous().at(address), name, password).await;
            assert_eq!(answer.status, if round < 5 { 403 } else { 429 }, "{answer:?}");
            assert!(answer.header("set-cookie").is_none());
            seen.push((round, text(&answer).replace(name, "NAME")));
        }
    }
    let (known, unknown) = seen.split_at(6);
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn of_guesses_at_the_same_moment_no_more_are_judged_than_one_after_the_other() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let guess = |number: u32| {
        let nobody = app.anonymous().at(&format!("192.0.2.{number}"));
        tokio::spawn(async move { log_in(&nobody, "owner", "wrong wrong wrong").await.status })
    };
    let guesses: Vec<_> = (0..40).map(guess).collect();
    let mut judged = 0;
    for guess in guesses {
        match guess.await.unwrap() {
            403 => judged += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(judged, 5);
    app.clock.advance(Duration::from_secs(90));
    assert_eq!(log_in(&app.anonymous(), "owner", PASSWORD).await.status, 303);
}
