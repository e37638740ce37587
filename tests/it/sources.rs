//! Sources and their secrets as they change.

use crate::app::TestApp;
use mainstay::config::{Config, Sources as Settings, load};
use mainstay::domain::operator::Role;
use mainstay::domain::secret::Secret;
use mainstay::domain::source::Unsigned;
use mainstay::services::audit::Actor;
use mainstay::services::refusal::Refusal;
use mainstay::services::sources::{NewSource, SourceChange, SourceRotation};
use std::time::Duration;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn rotation(text: Option<&str>, overlap: &str) -> SourceRotation {
    SourceRotation { secret: text.map(secret), overlap: Some(overlap.to_owned()) }
}

#[tokio::test]
async fn the_former_secret_works_until_its_overlap_ends() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let old = app.source("acme", "pos", "hmac-sha256", "old").await;
    let sources = &app.parts().sources;
    let rotate = |text| sources.rotate(Actor::CommandLine, "acme", "pos", rotation(Some(text), "24h"));
    rotate("new").await.unwrap();
    let new = old.knowing("new");
    assert_eq!((old.send("1").await.status, new.send("2").await.status), (201, 201));
    app.clock.advance(Duration::from_secs(24 * 3_600 - 1));
    assert_eq!(old.send("3").await.status, 201);
    app.clock.advance(Duration::from_secs(1));
    old.send("4").await.refused(403, "signature_wrong");
    assert_eq!(new.send("4").await.status, 201);
    for (text, reason) in [("new", "present secret already"), ("", "empty")] {
        let refused = rotate(text).await.unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    rotate("newer").await.unwrap();
    rotate("newest").await.unwrap();
    new.send("5").await.refused(403, "signature_wrong");
    assert_eq!(old.knowing("newer").send("5").await.status, 201);
    assert_eq!(sources.find("acme", "pos").unwrap().source.secrets.len(), 2);
    let at_once = sources.rotate(Actor::CommandLine, "acme", "pos", rotation(None, "0s")).await.unwrap();
    let made = at_once.1.unwrap();
    old.knowing("newest").send("6").await.refused(403, "signature_wrong");
    assert_eq!(old.knowing(made.expose()).send("6").await.status, 201);
    assert!(sources.rotate(Actor::CommandLine, "acme", "pos", rotation(None, "31d")).await.is_err());
}

#[tokio::test]
async fn sources_and_their_secrets_survive_a_restart() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let provider = app.source("acme", "pos", "hmac-sha256", "s").await;
    let kept = app.parts().sources.find("acme", "pos").unwrap().source;
    let app = app.restart().await;
    assert_eq!(app.parts().sources.find("acme", "pos").unwrap().source, kept);
    let provider = provider.before(&app.anonymous());
    assert_eq!(provider.send("x").await.status, 201);
    app.parts().sources.delete(Actor::CommandLine, "acme", "pos").await.unwrap();
    let app = app.restart().await;
    provider.before(&app.anonymous()).send("x").await.refused(404, "source_unknown");
}

#[tokio::test]
async fn what_does_not_fit_a_scheme_is_refused() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let provider = app.source("acme", "pos", "hmac-sha256", "s").await;
    let sources = &app.parts().sources;
    let create = |scheme: &str, text: Option<&str>, unsigned| {
        let new = NewSource {
            tenant: "acme".into(),
            name: "new".into(),
            scheme: Some(scheme.into()),
            secret: text.map(secret),
            unsigned: Some(unsigned),
            ..NewSource::default()
        };
        sources.create(Actor::CommandLine, new)
    };
    let (no, yes) = (Unsigned::Refused, Unsigned::Allowed);
    for (scheme, text, unsigned, reason) in [
        ("gitlab", None, no, "there is no scheme `gitlab`; hint: one of github"),
        ("none", None, no, "anybody who knows the address"),
        ("none", Some("s"), yes, "has no secret"),
        ("github", None, yes, "is signed"),
        ("square", None, no, "--notification-url"),
        ("standard", Some("not base64"), no, "not Base64"),
        ("github", Some("a\u{7}b"), no, "control character"),
    ] {
        let refused = create(scheme, text, unsigned).await.unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    let set = |scheme: &str, unsigned| {
        let change = SourceChange { scheme: Some(scheme.into()), unsigned, ..SourceChange::default() };
        sources.change(Actor::CommandLine, "acme", "pos", change)
    };
    assert!(set("standard", None).await.unwrap_err().to_string().contains("not Base64"));
    assert!(set("none", None).await.is_err());
    assert_eq!(provider.send("1").await.status, 201);
    set("none", Some(yes)).await.unwrap();
    assert_eq!(provider.deliver("2").send().await.status, 201);
    assert!(set("github", None).await.unwrap_err().to_string().contains("has no secret"));
    let again = NewSource { name: "pos".into(), ..new_source("acme") };
    let exists = Refusal::Exists { what: "source", name: "pos".into() };
    let exists = Refusal::Field { field: "name", reason: Box::new(exists) };
    assert_eq!(sources.create(Actor::CommandLine, again).await.unwrap_err(), exists);
    assert!(sources.create(Actor::CommandLine, new_source("system")).await.is_err());
    assert!(sources.create(Actor::CommandLine, new_source("nowhere")).await.is_err());
}

fn new_source(tenant: &str) -> NewSource {
    NewSource { tenant: tenant.into(), name: "new".into(), ..NewSource::default() }
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_without_a_secret() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    app.source("acme", "pos", "hmac-sha256", "first-secret").await;
    let sources = &app.parts().sources;
    let given = rotation(Some("second-secret"), "24h");
    sources.rotate(Actor::CommandLine, "acme", "pos", given).await.unwrap();
    let change = SourceChange { default_type: Some("sale".into()), ..SourceChange::default() };
    sources.change(Actor::CommandLine, "acme", "pos", change.clone()).await.unwrap();
    let before = app.ledger_len();
    sources.change(Actor::CommandLine, "acme", "pos", change).await.unwrap();
    assert_eq!(app.ledger_len(), before, "what changes nothing is no event");
    sources.delete(Actor::CommandLine, "acme", "pos").await.unwrap();
    let auditor = app.system_token(crate::app::BOTH).await.in_tenant("system");
    let listed = auditor.get("/v1/events?order=desc&limit=20").await.json();
    let events = listed["events"].as_array().unwrap();
    for what in ["source.created", "source.rotated", "source.changed", "source.deleted"] {
        let event = events.iter().find(|event| event["type"] == what).unwrap();
        assert_eq!(event["subject"], "acme/pos");
    }
    let text = listed.to_string();
    assert!(!text.contains("first-secret") && !text.contains("second-secret"), "{text}");
}

const VENDOR: &str =
    "[schemes.vendor]\nheaders = [\"X-Vendor\"]\nalgorithm = \"hmac-sha1\"\ndelivery_id = [\"json:/id\"]\n";

fn with_vendor(config: &mut Config) {
    config.schemes = load(&Settings::new().with_file("m.toml", VENDOR)).unwrap().config.schemes;
}

#[tokio::test]
async fn an_own_scheme_works_like_a_built_in_one_and_is_missed_when_it_is_gone() {
    let app = TestApp::start_with(with_vendor).await;
    app.tenant("acme").await;
    let provider = app.source("acme", "v", "vendor", "pos-secret").await;
    // HMAC-SHA1 of `{}` and of nothing, computed elsewhere.
    let (full, empty) =
        ("df08d0ba8fa0a3943bb0ee0d40c14f00fdc9e69c", "b500778cd67f1a9efbb44932ec9eeff5f216db90");
    let ask = |provider: &crate::provider::Provider| provider.deliver("{}").header("x-vendor", full);
    assert_eq!(ask(&provider).send().await.status, 201);
    provider.deliver("{}").header("x-vendor", empty).send().await.refused(403, "signature_wrong");
    assert_eq!(provider.deliver("").header("x-vendor", empty).send().await.status, 201);

    let app = app.restart_with(|config| config.schemes.clear()).await;
    let provider = provider.before(&app.anonymous());
    ask(&provider).send().await.refused(503, "source_unusable");
    let unusable = app.parts().sources.unusable();
    assert_eq!(unusable.len(), 1);
    assert!(unusable[0].1.contains("`vendor` is not configured"), "{}", unusable[0].1);
    let shown = app.operator(Role::Viewer).await.get("/console/sources/acme/v").await;
    let shown = String::from_utf8(shown.body.to_vec()).unwrap();
    assert!(shown.contains("cannot be used") && shown.contains("is not configured"), "{shown}");
    let sender = app.token("acme", crate::app::BOTH).await;
    assert_eq!(sender.post_to("/pos/v/ingest", "[]").send().await.status, 201);

    let app = app.restart_with(with_vendor).await;
    assert_eq!(ask(&provider.before(&app.anonymous())).send().await.status, 204);
    assert!(app.parts().sources.unusable().is_empty());
}
