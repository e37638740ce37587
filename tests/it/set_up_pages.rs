//! The console's pages of settings, certificate, diagnostics and help.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::{submit_from, text};
use http::Method;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::store::effects::Effects;
use mainstay::store::rows::value::Setting;

const ONE: &str = "/console/settings/limits.rate_limit_max";

async fn policy(app: &TestApp) -> String {
    app.anonymous().get("/v1/events").await.header("ratelimit-policy").unwrap().to_owned()
}

async fn set(actor: &Actor, page: &str, value: &str) -> Answer {
    submit_from(actor, page, page, &format!("value={value}")).await
}

#[tokio::test]
async fn a_setting_changed_by_form_holds_at_once_says_who_set_it_and_is_reset() {
    let app = TestApp::start().await;
    let (owner, admin) = (app.operator(Role::Owner).await, app.operator(Role::Admin).await);
    let before = text(&owner.get(ONE).await);
    assert!(
        before.contains("<dt>Set by</dt><dd>default</dd>") && !before.contains("Reset to default"),
        "{before}"
    );
    let saved = set(&admin, ONE, "7").await;
    assert_eq!(saved.header("location"), Some("/console/settings/limits.rate_limit_max?done=saved"));
    assert_eq!(policy(&app).await, "\"default\";q=7;w=60");
    let after = text(&owner.get(ONE).await);
    assert!(after.contains("<dt>Set by</dt><dd>console</dd>") && after.contains("value=\"7\""), "{after}");
    let changed = text(&owner.get("/console/settings?only=changed").await);
    assert!(changed.contains(">limits.rate_limit_max</a>") && !changed.contains(">limits.streams_max</a>"));
    let reset = submit_from(&owner, ONE, &format!("{ONE}/reset"), "").await;
    assert_eq!((reset.status, policy(&app).await.as_str()), (303, "\"default\";q=100;w=60"));
    let ledger = app.system_token(&[Scope::EventsRead]).await.in_tenant("system");
    let events = text(&ledger.get("/v1/events?limit=100").await);
    for told in ["setting.changed", "setting.reset", "operator admin", "operator owner"] {
        assert!(events.contains(told), "{told}: {events}");
    }
}

#[tokio::test]
async fn what_is_refused_is_told_beside_the_field_and_the_typed_text_is_kept() {
    let app = TestApp::start_with(|config| config.limits.in_flight_max = 9).await;
    let owner = app.operator(Role::Owner).await;
    for (key, typed, shown, told) in [
        ("limits.rate_limit_max", "many", "value=\"many\"", "not a whole number"),
        ("limits.rate_limit_max", "0", "value=\"0\"", "too small"),
        ("limits.rate_limit_window", "soon", "value=\"soon\"", "hint:"),
        ("limits.trusted_proxies", "10.0.0.0%2F99", "value=\"10.0.0.0/99\"", "neither a network nor"),
        ("cors.origins", "%3Cscript%3Ealert(1)", "value=\"&#60;script&#62;alert(1)\"", "no origin"),
    ] {
        let refused = set(&owner, &format!("/console/settings/{key}"), typed).await;
        let page = text(&refused);
        assert!(refused.status == 422 && page.contains(shown) && page.contains(told), "{key}: {page}");
        assert!(page.contains("aria-describedby=\"value-fault\"") && page.contains("id=\"value-fault\""));
        assert!(!page.contains("<script>alert"));
    }
    let outside = set(&owner, "/console/settings/limits.in_flight_max", "8").await;
    assert!(outside.status == 422 && text(&outside).contains("is set by --set"), "{}", text(&outside));
    let early = set(&owner, "/console/settings/listen.https", "127.0.0.1:1").await;
    assert!(early.status == 422 && text(&early).contains("MAINSTAY_LISTEN__HTTPS"));
    let missing = submit_from(&owner, "/console", "/console/settings/limits.nothing", "value=1").await;
    assert_eq!((missing.status, owner.get("/console/settings/limits.nothing").await.status), (404, 404));
    assert_eq!(app.parts().settings.stored().len(), 0, "nothing was stored");
}

#[tokio::test]
async fn what_is_set_outside_is_read_only_with_its_origin_named() {
    let app = TestApp::start_with(|config| config.limits.in_flight_max = 9).await;
    let owner = app.operator(Role::Owner).await;
    for (key, told) in [
        ("limits.in_flight_max", "It is set by flag --set"),
        ("listen.https", "needed before the database is open"),
    ] {
        let page = text(&owner.get(&format!("/console/settings/{key}")).await);
        assert!(page.contains(told) && !page.contains("name=\"value\""), "{page}");
    }
    let choice = text(&owner.get("/console/settings/logging.level").await);
    assert!(choice.contains("<select id=\"value\"") && choice.contains(">debug</option>"), "{choice}");
    let list = owner.get("/console/settings").await;
    let page = text(&list);
    assert!(page.contains("flag --set") && page.contains("at the next start") && page.contains("at once"));
    assert!(list.body.len() < 80 * 1024, "{}", list.body.len());
    for entry in mainstay::config::reference() {
        assert!(page.contains(&format!(">{}</a>", entry.key())), "{}", entry.key());
    }
}

#[tokio::test]
async fn settings_are_searched_by_name_meaning_and_value() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let page = text(&viewer.get("/console/settings?q=PROXIES").await);
    assert!(
        page.contains(">limits.trusted_proxies</a>") && !page.contains(">store.cache_bytes</a>"),
        "{page}"
    );
    let variable = text(&viewer.get("/console/settings?q=RATE_LIMIT_MAX").await);
    assert!(variable.contains(">limits.rate_limit_max</a>"));
    let nothing = text(&viewer.get("/console/settings?q=%3Cimg+src=x%3E").await);
    assert!(nothing.contains("No setting has") && nothing.contains("&#60;img") && !nothing.contains("<img"));
    let one = text(&viewer.get(ONE).await);
    assert!(one.contains("does not change settings") && !one.contains("name=\"value\""));
    let refused = submit_from(&viewer, "/console", ONE, "value=7").await;
    assert!(refused.status == 403 && text(&refused).contains("viewer"));
}

#[tokio::test]
async fn what_another_version_stored_is_shown_and_taken_back() {
    let app = TestApp::start().await;
    app.parts().store.put(Effects::default().put(&Setting::new("limits.of_old", "<b>5</b>"))).unwrap();
    app.parts().store.put(Effects::default().put(&Setting::new("limits.in_flight_max", "none"))).unwrap();
    let app = app.restart().await;
    let owner = app.operator(Role::Owner).await;
    let page = text(&owner.get("/console/settings").await);
    assert!(
        page.contains("limits.of_old") && page.contains("&#60;b&#62;5") && page.contains("ignored: "),
        "{page}"
    );
    let taken = submit_from(&owner, "/console/settings", "/console/settings/limits.of_old/reset", "").await;
    assert_eq!(taken.header("location"), Some("/console/settings?done=reset"));
    assert!(!text(&owner.get("/console/settings").await).contains("limits.of_old"));
}

#[tokio::test]
async fn the_certificate_is_shown_renewed_and_its_authority_rotated() {
    let app = TestApp::start().await;
    let (admin, viewer) = (app.operator(Role::Admin).await, app.operator(Role::Viewer).await);
    let token = app.system_token(&[Scope::Admin, Scope::EventsRead]).await;
    let page = "/console/certificate";
    let first = token.get("/api/v1/certificate").await.json();
    let pairs = |sha256: &serde_json::Value| {
        let hex = sha256.as_str().unwrap().to_ascii_uppercase();
        let pairs: Vec<_> = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
        pairs.join(":")
    };
    let shown = text(&viewer.get(page).await);
    for told in [&first["certificate"]["sha256"], &first["authority"]["sha256"]] {
        assert!(shown.contains(&pairs(told)), "{shown}");
    }
    assert!(shown.contains("days left") && shown.contains("/ca.pem") && !shown.contains("certificate/renew"));
    let renewed = submit_from(&admin, page, "/console/certificate/renew", "").await;
    assert_eq!(renewed.header("location"), Some("/console/certificate?done=renewed"));
    let second = token.get("/api/v1/certificate").await.json();
    assert_ne!(second["certificate"]["sha256"], first["certificate"]["sha256"]);
    assert_eq!(second["authority"], first["authority"]);
    let unsure = submit_from(&admin, page, "/console/certificate/rotate", "confirm=yes").await;
    assert!(unsure.status == 422 && text(&unsure).contains("confirm-fault"));
    let rotated = submit_from(&admin, page, "/console/certificate/rotate", "confirm=rotate").await;
    assert_eq!(rotated.header("location"), Some("/console/certificate?done=rotated"));
    let third = token.get("/api/v1/certificate").await.json();
    assert_eq!(third["previous_authorities"][0]["sha256"], second["authority"]["sha256"]);
    assert!(text(&viewer.get(page).await).contains("Former authorities"));

    let ask =
        |what: &str, key: &str| token.ask(Method::POST, &format!("/api/v1/certificate/{what}")).key(key);
    let once = ask("renew", "k1").send().await.json();
    let again = ask("renew", "k1").send().await;
    assert_eq!((again.status, again.header("location")), (204, Some("/api/v1/certificate")));
    assert_eq!(token.get("/api/v1/certificate").await.json()["certificate"], once["certificate"]);
    ask("rotate", "k1").send().await.refused(422, "idempotency_key_reused");
    for key in ["k2", "k3"] {
        assert_eq!(ask("rotate", key).send().await.status, 200);
    }
    ask("rotate", "k4").send().await.refused(422, "unacceptable");
    let often = submit_from(&admin, page, "/console/certificate/rotate", "confirm=rotate").await;
    assert!(often.status == 422 && text(&often).contains("rotated 3 times"), "{}", text(&often));
    let ledger = text(&token.in_tenant("system").get("/v1/events?limit=100").await);
    assert!(ledger.contains("certificate.renewed") && ledger.contains("authority.rotated"), "{ledger}");
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_not_renewed_here() {
    let app = TestApp::start_with(|config| config.tls.mode = mainstay::config::TlsMode::Off).await;
    let (owner, token) = (app.operator(Role::Owner).await, app.system_token(&[Scope::Admin]).await);
    let page = text(&owner.get("/console/certificate").await);
    assert!(page.contains("proxy") && !page.contains("certificate/renew"), "{page}");
    for what in ["renew", "rotate"] {
        let asked = token.ask(Method::POST, &format!("/api/v1/certificate/{what}")).key("k");
        asked.send().await.refused(409, "read_only");
    }
}

#[tokio::test]
async fn diagnostics_tell_of_the_appliance_and_of_nobody_else() {
    let app = TestApp::start_with(|config| {
        config.limits.exempt_networks = vec!["198.51.100.0/24".parse().unwrap()];
        config.limits.in_flight_max = 77;
    })
    .await;
    let owner = app.operator(Role::Owner).await;
    let acme = app.tenant("acme-of-jo").await;
    acme.at("203.0.113.9").send("k", "{\"secret\":\"hunter2\"}").await;
    let token = app.system_token(&[Scope::Admin]).await;
    let json = token.get("/api/v1/diagnostics").await.json();
    assert_eq!((&json["counts"]["tenants"], &json["counts"]["operators"]), (&2.into(), &1.into()), "{json}");
    assert_eq!(json["schema"]["due"], 0);
    assert!(json["sizes"]["database"].as_u64().unwrap() > 0 && json["checks"]["database"] == "up", "{json}");
    let page = text(&owner.get("/console/about").await);
    for told in [
        "limits.in_flight_max = 77 (flag)",
        "limits.exempt_networks = (1 item)",
        "tenants: 2",
        "schema: version",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for hidden in ["acme-of-jo", "203.0.113.9", "198.51.100", "hunter2", "192.0.2", "Browser/1"] {
        assert!(!page.contains(hidden) && !json.to_string().contains(hidden), "{hidden}: {page}");
    }
}

#[tokio::test]
async fn help_names_this_appliance_and_every_code_and_no_hostile_host() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let asked =
        async |host: &str| text(&viewer.ask(Method::GET, "/console/help").header("host", host).send().await);
    let page = asked("till.example:8443").await;
    assert!(page.matches("https://till.example:8443").count() >= 7, "{page}");
    for code in mainstay::http::code::Code::ALL {
        assert!(page.contains(&format!("<code>{code}</code>")), "{code}");
    }
    assert!(page.len() < 60 * 1024, "{}", page.len());
    let hostile = asked("a';rm -rf /;'<script>").await;
    assert!(hostile.contains("is no host") && !hostile.contains("rm -rf"), "{hostile}");
}
