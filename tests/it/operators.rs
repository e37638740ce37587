//! Operators: accounts, logins, second factors, sessions, and the link for the first of them.

use crate::app::{PASSWORD, TestApp};
use mainstay::domain::operator::Role;
use mainstay::domain::secret::Secret;
use mainstay::domain::session::{IDLE_MAX, SESSIONS_PER_OPERATOR_MAX};
use mainstay::domain::totp::code_of;
use mainstay::platform::clock::Clock;
use mainstay::services::audit::Actor;
use mainstay::services::operators::{Attempt, LinkRefusal, LoginRefusal, NewOperator, NewPassword};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn new(name: &str, role: Role, password: &str) -> NewOperator {
    NewOperator { name: name.to_owned(), role, password: Some(secret(password)) }
}

async fn with_owner() -> TestApp {
    let app = TestApp::start().await;
    app.parts().operators.create_first(Actor::CommandLine, "owner", &secret(PASSWORD)).await.unwrap();
    app
}

async fn log_in(app: &TestApp, name: &str, password: &str, code: &str) -> Result<String, LoginRefusal> {
    let (name, code) = (name.to_owned(), code.to_owned());
    let attempt = Attempt { name, password: secret(password), code, address: HERE };
    app.parts().logins.attempt(&attempt).await.map(|operator| operator.name.clone())
}

/// The code that an authenticator app shows at the app's present moment.
fn code_now(app: &TestApp, shown: &str) -> String {
    let key = data_encoding::BASE32_NOPAD.decode(shown.replace(' ', "").as_bytes()).unwrap();
    code_of(&key, app.clock.now().as_seconds() / 30)
}

#[tokio::test]
async fn who_knows_name_and_password_is_let_in_and_nobody_learns_which_was_wrong() {
    let app = with_owner().await;
    assert_eq!(log_in(&app, "owner", PASSWORD, "").await.unwrap(), "owner");
    assert_eq!(log_in(&app, " owner ", PASSWORD, "").await.unwrap(), "owner");
    for (name, password) in [("owner", "wrong"), ("nobody", PASSWORD), ("nobody", ""), ("", "")] {
        assert_eq!(log_in(&app, name, password, "").await, Err(LoginRefusal::Wrong), "{name}");
    }
}

#[tokio::test]
async fn failures_delay_the_next_attempt_of_the_name_alone_and_never_lock_it() {
    let app = with_owner().await;
    app.parts().operators.create(Actor::CommandLine, new("jo", Role::Viewer, PASSWORD)).await.unwrap();
    for name in ["owner", "nobody"] {
        for _ in 0..5 {
            assert_eq!(log_in(&app, name, "wrong", "").await, Err(LoginRefusal::Wrong));
        }
        let right = log_in(&app, name, PASSWORD, "").await;
        assert_eq!(right, Err(LoginRefusal::TooOften(Duration::from_secs(1))), "{name}");
    }
    assert!(log_in(&app, "jo", PASSWORD, "").await.is_ok());
    app.clock.advance(Duration::from_secs(1));
    assert!(log_in(&app, "owner", PASSWORD, "").await.is_ok());
    assert_eq!(
        log_in(&app, "owner", "wrong", "").await,
        Err(LoginRefusal::Wrong),
        "a login clears the count"
    );
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_is_good_once() {
    let app = with_owner().await;
    let (enrolments, actor) = (&app.parts().enrolments, || Actor::Operator("owner".to_owned()));
    let offer = enrolments.offer(&app.parts().operators.find("owner").unwrap());
    assert_eq!(
        enrolments.offer(&app.parts().operators.find("owner").unwrap()).secret,
        offer.secret,
        "a page may be loaded again"
    );
    assert!(enrolments.confirm(actor(), &app.confirmed("owner").await, "000000").await.is_err());
    let recovery = enrolments
        .confirm(actor(), &app.confirmed("owner").await, &code_now(&app, &offer.secret))
        .await
        .unwrap();
    assert_eq!(recovery.len(), 10);

    assert_eq!(log_in(&app, "owner", PASSWORD, "").await, Err(LoginRefusal::CodeMissing));
    let used = code_now(&app, &offer.secret);
    assert_eq!(log_in(&app, "owner", PASSWORD, &used).await, Err(LoginRefusal::Wrong), "used to confirm");
    app.clock.advance(Duration::from_secs(30));
    let fresh = code_now(&app, &offer.secret);
    assert!(log_in(&app, "owner", PASSWORD, &fresh).await.is_ok());
    assert_eq!(log_in(&app, "owner", PASSWORD, &fresh).await, Err(LoginRefusal::Wrong));
    assert_eq!(
        log_in(&app, "owner", "wrong", "").await,
        Err(LoginRefusal::Wrong),
        "the password comes first"
    );

    assert!(log_in(&app, "owner", PASSWORD, &recovery[3].to_uppercase()).await.is_ok());
    assert_eq!(log_in(&app, "owner", PASSWORD, &recovery[3]).await, Err(LoginRefusal::Wrong));
    assert!(log_in(&app, "owner", PASSWORD, &recovery[4]).await.is_ok());

    let password = NewPassword { password: Some(secret("another password")) };
    app.parts().operators.reset(Actor::CommandLine, "owner", password).await.unwrap();
    assert!(log_in(&app, "owner", "another password", "").await.is_ok());
}

#[tokio::test]
async fn sessions_outlast_a_restart_and_end_by_time_logout_and_change() {
    let app = with_owner().await;
    let sessions = &app.parts().sessions;
    let (one, two) =
        (app.begin_session("owner", HERE, "Browser/1"), app.begin_session("owner", HERE, "Browser/2"));
    assert_eq!(sessions.recognize(&one.text).unwrap().operator.name, "owner");
    assert!(sessions.recognize("x").is_none() && sessions.recognize(one.text.split_at(1).1).is_none());
    sessions.end(&two.session.digest);
    assert!(sessions.recognize(&two.text).is_none());

    let app = app.restart().await;
    let sessions = &app.parts().sessions;
    assert!(sessions.recognize(&one.text).is_some() && sessions.recognize(&two.text).is_none());
    app.clock.advance(IDLE_MAX.saturating_sub(Duration::from_secs(1)));
    assert!(sessions.recognize(&one.text).is_some());
    app.clock.advance(IDLE_MAX.saturating_sub(Duration::from_secs(1)));
    assert!(sessions.recognize(&one.text).is_some(), "used in between");
    app.clock.advance(IDLE_MAX);
    assert!(sessions.recognize(&one.text).is_none());

    let three = app.begin_session("owner", HERE, "");
    let four = app.begin_session("owner", HERE, "");
    sessions.end_others(&four.session);
    assert!(sessions.recognize(&three.text).is_none() && sessions.recognize(&four.text).is_some());
    assert!(!sessions.end_named("owner", &three.session.id()));
    app.parts()
        .operators
        .set_password(Actor::CommandLine, &app.confirmed("owner").await, &secret("another password"))
        .await
        .unwrap();
    assert!(sessions.recognize(&four.text).is_none());
    assert!(sessions.list("owner").is_empty());
}

#[tokio::test]
async fn of_too_many_sessions_the_one_idle_longest_ends() {
    let app = with_owner().await;
    let sessions = &app.parts().sessions;
    let mut begun = Vec::new();
    for _ in 0..=SESSIONS_PER_OPERATOR_MAX {
        app.clock.advance(Duration::from_secs(1));
        begun.push(app.begin_session("owner", HERE, ""));
    }
    assert_eq!(sessions.list("owner").len(), SESSIONS_PER_OPERATOR_MAX);
    assert!(sessions.recognize(&begun[0].text).is_none() && sessions.recognize(&begun[1].text).is_some());
}

#[tokio::test]
async fn the_last_owner_stays_and_a_changed_operator_logs_in_again() {
    let app = with_owner().await;
    let (operators, actor) = (&app.parts().operators, || Actor::CommandLine);
    assert!(operators.delete(actor(), "owner").await.unwrap_err().to_string().contains("last owner"));
    assert!(operators.set_role(actor(), "owner", Role::Viewer).await.is_err());
    operators.create(actor(), new("jo", Role::Owner, PASSWORD)).await.unwrap();
    assert!(operators.create(actor(), new("jo", Role::Viewer, PASSWORD)).await.is_err());
    assert!(operators.create(actor(), new("Jo!", Role::Viewer, PASSWORD)).await.is_err());
    assert!(operators.create(actor(), new("al", Role::Viewer, "short")).await.is_err());
    let session = app.begin_session("owner", HERE, "");
    assert_eq!(operators.set_role(actor(), "owner", Role::Viewer).await.unwrap().role, Role::Viewer);
    assert!(app.parts().sessions.recognize(&session.text).is_none());
    operators.delete(actor(), "owner").await.unwrap();
    assert!(operators.find("owner").is_err() && operators.delete(actor(), "jo").await.is_err());
}

#[tokio::test]
async fn the_setup_link_makes_one_owner_within_half_an_hour() {
    let app = TestApp::start().await;
    let first = app.parts().first_run.give_link().unwrap();
    let second = app.parts().first_run.give_link().unwrap();
    let app = app.restart().await;
    let first_run = &app.parts().first_run;
    assert_eq!(first_run.check(&first), Err(LinkRefusal::Wrong), "a fresh link ends the former one");
    assert_eq!(first_run.check(&second), Ok(()));
    let short = first_run.complete(&second, "owner", &secret("short")).await;
    assert!(matches!(short, Err(LinkRefusal::Refused(_))));
    app.clock.advance(Duration::from_mins(30));
    assert_eq!(first_run.check(&second), Err(LinkRefusal::Wrong));
    let third = first_run.give_link().unwrap();
    first_run.complete(&third, "owner", &secret(PASSWORD)).await.unwrap();
    assert_eq!(first_run.check(&third), Err(LinkRefusal::Done));
    assert!(first_run.give_link().is_err());
    assert!(log_in(&app, "owner", PASSWORD, "").await.is_ok());
}

#[tokio::test]
async fn what_happens_to_operators_stands_in_the_ledger_without_secrets() {
    let app = with_owner().await;
    let _ = log_in(&app, "owner", "wrong", "").await;
    let _ = log_in(&app, "my password by mistake", "wrong", "").await;
    let _ = log_in(&app, "owner", PASSWORD, "").await;
    let admin = app.system_token(&[mainstay::domain::scope::Scope::Admin]).await.in_tenant("system");
    let text = String::from_utf8(admin.get("/v1/events").await.body.to_vec()).unwrap();
    for what in ["operator.created", "operator.login_failed", "operator.login", "192.0.2.7"] {
        assert!(text.contains(what), "{what}: {text}");
    }
    for hidden in ["argon2", "by mistake", PASSWORD] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}
