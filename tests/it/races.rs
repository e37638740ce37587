//! What was right when a request began and is not any more when its change is decided: passwords take a while to hash, and
//! others act meanwhile.

use crate::app::{PASSWORD, TestApp};
use crate::pages::{log_in, submit_from, text};
use mainstay::domain::operator::Role;
use mainstay::domain::secret::Secret;
use mainstay::domain::totp::code_of;
use mainstay::platform::clock::Clock;
use mainstay::services::audit::Actor;
use mainstay::services::operators::{LinkRefusal, NewPassword, Offer};
use std::net::Ipv4Addr;
use std::time::Duration;

const ACCOUNT: &str = "/console/account";

fn owner() -> Actor {
    Actor::Operator("owner".to_owned())
}

/// The secret of an offer as an authenticator app has it.
fn key(offer: &Offer) -> Vec<u8> {
    data_encoding::BASE32_NOPAD.decode(offer.secret.replace(' ', "").as_bytes()).unwrap()
}

fn code(app: &TestApp, offer: &Offer) -> String {
    code_of(&key(offer), app.clock.now().as_seconds() / 30)
}

fn offer(app: &TestApp) -> Offer {
    app.parts().enrolments.offer(&app.parts().operators.find("owner").unwrap())
}

async fn reset(app: &TestApp) {
    let new = NewPassword { password: Some(Secret::new("another horse battery".to_owned())) };
    app.parts().operators.reset(Actor::CommandLine, "owner", new).await.unwrap();
}

#[tokio::test]
async fn the_second_factor_is_turned_on_with_the_password_alone_and_guesses_are_paced() {
    let app = TestApp::start().await;
    let page = app.operator(Role::Owner).await;
    let turn_on = async |password: &str| {
        let fields = format!("code={}&present={password}", code(&app, &offer(&app)));
        let answer = submit_from(&page, ACCOUNT, "/console/account/second-factor", &fields).await;
        (answer.status, text(&answer))
    };
    let is_on = || app.parts().operators.find("owner").unwrap().totp.is_some();
    assert!(text(&page.get(ACCOUNT).await).contains("id=\"factor\" name=\"present\""));
    for number in 0..5 {
        let (status, shown) = turn_on(if number == 0 { "" } else { "wrong" }).await;
        assert!(
            status == 422 && shown.contains("factor-fault") && shown.contains("password is wrong"),
            "{shown}"
        );
    }
    let (status, shown) = turn_on("correct+horse+battery").await;
    assert!(status == 422 && shown.contains("Too many attempts"), "{shown}");
    assert_eq!(log_in(&app.anonymous(), "owner", PASSWORD).await.status, 429, "one count with sign-ins");
    assert!(!is_on());
    app.clock.advance(Duration::from_secs(2));
    let (status, shown) = turn_on("correct+horse+battery").await;
    assert!(status == 200 && shown.contains("Recovery codes") && is_on(), "{shown}");
}

#[tokio::test]
async fn of_two_who_turn_the_second_factor_on_at_once_one_gets_recovery_codes() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let (confirmed, code) = (app.confirmed("owner").await, code(&app, &offer(&app)));
    let enrolments = &app.parts().enrolments;
    let turn_on = || enrolments.confirm(owner(), &confirmed, &code);
    let (one, other) = tokio::join!(turn_on(), turn_on());
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    let codes = one.or(other).unwrap();
    let fields = format!("name=owner&password=correct+horse+battery&code={}", codes[0]);
    assert_eq!(app.anonymous().submit("/login", fields).send().await.status, 303, "the codes shown work");
}

#[tokio::test]
async fn after_a_reset_the_former_password_changes_nothing_more() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let (operators, enrolments) = (&app.parts().operators, &app.parts().enrolments);
    let (confirmed, before) = (app.confirmed("owner").await, operators.find("owner").unwrap());
    let seen = offer(&app);
    reset(&app).await;

    let password = Secret::new("of an intruder".to_owned());
    assert!(operators.set_password(owner(), &confirmed, &password).await.is_err());
    assert!(enrolments.confirm(owner(), &confirmed, &code(&app, &seen)).await.is_err());
    assert!(enrolments.renew_codes(owner(), &confirmed).await.is_err());
    assert!(enrolments.remove(owner(), &confirmed).await.is_err());
    let begun = app.parts().sessions.begin(&before, Ipv4Addr::LOCALHOST.into(), "Browser/1");
    assert!(
        begun.is_none() && app.parts().sessions.list("owner").is_empty(),
        "no session of who was let in before"
    );

    let after = operators.find("owner").unwrap();
    assert!(after.totp.is_none());
    assert_ne!(offer(&app).secret, seen.secret, "a secret seen before the reset is not the next one");
    assert_eq!(log_in(&app.anonymous(), "owner", "another horse battery").await.status, 303);
}

#[tokio::test]
async fn a_setup_link_that_gave_way_while_the_password_was_hashed_makes_nobody() {
    let app = TestApp::start().await;
    let first_run = &app.parts().first_run;
    let link = first_run.give_link().unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    let (made, fresh) =
        tokio::join!(first_run.complete(&link, "intruder", &password), async { first_run.give_link() });
    assert_eq!(made, Err(LinkRefusal::Wrong));
    assert!(first_run.is_open());
    let fresh = fresh.unwrap();
    let complete = |name| first_run.complete(&fresh, name, &password);
    let (one, other) = tokio::join!(complete("owner"), complete("second"));
    assert_eq!((one, other), (Ok(()), Err(LinkRefusal::Done)), "and a link makes one owner");
    assert_eq!(app.parts().operators.list().len(), 1);
}

#[tokio::test]
async fn of_logins_waiting_for_their_turn_none_learns_anything_once_the_address_is_blocked() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let guess = |number: u32| {
        let nobody = app.anonymous().at("192.0.2.99");
        let name = if number == 23 { "owner".to_owned() } else { format!("jo-{number}") };
        tokio::spawn(async move { log_in(&nobody, &name, PASSWORD).await.status })
    };
    let mut told = 0;
    for guess in (0..24).map(guess).collect::<Vec<_>>() {
        match guess.await.unwrap() {
            403 => told += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(told, 10);
    assert_eq!(app.parts().sessions.list("owner").len(), 1, "also the right one begins no session");
}
