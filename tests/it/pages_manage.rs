//! The console's pages of tenants, tokens and sources.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::submit_from;
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::AGE_ADVISED_MAX;
use mainstay::http::route::{Told, Who};
use std::time::Duration;

const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&{{7*7}}";

async fn page(actor: &Actor, path: &str) -> String {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    text(&answer)
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}")).split(after).next().unwrap()
}

/// The key of a form that makes something.
fn key(page: &str) -> String {
    between(page, "name=\"request\" value=\"", "\"").to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(percent_encoding::percent_encode_byte).collect()
}

/// An appliance with a tenant, a token and a source, and the token's id.
async fn furnished() -> (TestApp, String) {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.source("acme", "pos", "hmac-sha256", "secret").await;
    let id = acme.token().split('_').nth(1).unwrap().to_owned();
    (app, id)
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_and_refused_everything() {
    let (app, id) = furnished().await;
    let viewer = app.operator(Role::Viewer).await;
    let fill = |pattern: &str| {
        pattern.replace("{tenant}", "acme").replace("{source}", "pos").replace("{token}", &id)
    };
    let ours = |pattern: &str| {
        ["tenant", "token", "source"].iter().any(|word| {
            pattern.starts_with(&format!("/console/{word}s")) || pattern == format!("/console/new-{word}")
        })
    };
    let routes = ROUTES.iter().filter(|route| {
        route.told == Told::Page && route.pattern.starts_with("/console/") && ours(route.pattern)
    });
    let (mut seen, mut refused) = (0, 0);
    for route in routes {
        let path = fill(route.pattern);
        let changes = route.who != Who::Operator(mainstay::domain::permission::Permission::See);
        if changes {
            let answer = if route.method == Method::GET {
                viewer.get(&path).await
            } else {
                submit_from(&viewer, "/console", &path, "slug=other&status=suspended&confirm=acme").await
            };
            assert!(answer.status == 403 && text(&answer).contains("may not do that"), "{path}: {answer:?}");
            refused += 1;
        } else if !path.ends_with("/state") {
            let shown = page(&viewer, &path).await;
            let forms = shown.matches("<form method=\"post\"").count();
            assert_eq!(forms, 1, "{path} offers more than to sign out: {shown}");
            assert!(!shown.contains("/console/new-"), "{path}: {shown}");
            seen += 1;
        }
    }
    assert!(seen >= 7 && refused >= 15, "{seen} {refused}");
    assert_eq!(app.parts().tenants.find("acme").unwrap().slug.as_str(), "acme", "nothing has changed");
}

#[tokio::test]
async fn a_tenant_is_made_once_however_often_its_form_is_sent() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let wrong = submit_from(&owner, "/console/new-tenant", "/console/new-tenant", "slug=A+b&name=Kept").await;
    assert_eq!(wrong.status, 422);
    let again = text(&wrong);
    assert!(again.contains("value=\"A b\"") && again.contains("value=\"Kept\""), "{again}");
    assert!(again.contains("aria-invalid=\"true\" aria-describedby=\"slug-fault\""), "{again}");
    let form = page(&owner, "/console/new-tenant").await;
    let fields = format!("request={}&slug=acme&name={}", key(&form), encoded(HOSTILE));
    let made = submit_from(&owner, "/console/new-tenant", "/console/new-tenant", &fields).await;
    assert_eq!(
        (made.status, made.header("location")),
        (303, Some("/console/tenants/acme/first-event?done=made"))
    );
    let again = submit_from(&owner, "/console/new-tenant", "/console/new-tenant", &fields).await;
    assert_eq!(again.header("location"), Some("/console/tenants/acme?done=before"));
    let taken = submit_from(&owner, "/console/new-tenant", "/console/new-tenant", "slug=acme").await;
    assert!(taken.status == 422 && text(&taken).contains("slug-fault"), "{taken:?}");
    for path in ["/console/tenants", "/console/tenants/acme", "/console/tenants?q=onerror"] {
        let shown = page(&owner, path).await;
        assert!(shown.contains("alert(1)") && !shown.contains("<img"), "{path}: {shown}");
    }
    let audit = app.system_token(&[Scope::EventsRead]).await.in_tenant("system");
    let audit = text(&audit.get("/v1/events?type=tenant.created&order=desc&limit=1").await);
    assert!(audit.contains("operator owner"), "{audit}");
}

#[tokio::test]
async fn a_tenants_settings_are_kept_or_told_what_is_wrong_with_each() {
    let (app, _) = furnished().await;
    let owner = app.operator(Role::Owner).await;
    let (at, action) = ("/console/tenants/acme", "/console/tenants/acme/settings");
    let fields = "name=Acme&mismatch=refuse&key_retention=soon&rate_limit=often&token_rate_limit=";
    let wrong = submit_from(&owner, at, action, fields).await;
    let shown = text(&wrong);
    assert!(wrong.status == 422 && shown.contains("value=\"often\"") && shown.contains("value=\"soon\""));
    assert!(shown.contains("key_retention-fault") && shown.contains("rate_limit-fault"), "{shown}");
    let fields = "name=Acme+Ltd&mismatch=refuse&key_retention=7d&rate_limit=1000%2F1m&token_rate_limit=";
    let saved = submit_from(&owner, at, action, fields).await;
    assert_eq!(saved.header("location"), Some("/console/tenants/acme?done=saved"));
    let shown = page(&owner, at).await;
    assert!(
        shown.contains("value=\"7d\"") && shown.contains("value=\"1000/1m\"") && shown.contains("Acme Ltd")
    );
    let settings = app.parts().tenants.find("acme").unwrap().settings;
    assert_eq!((settings.rate_limit.unwrap().max, settings.token_rate_limit), (1_000, None));

    let action = "/console/tenants/acme/status";
    let paused = submit_from(&owner, at, action, "status=suspended").await;
    assert_eq!(paused.header("location"), Some("/console/tenants/acme?done=suspended"));
    assert!(page(&owner, "/console/tenants?state=suspended").await.contains("acme"));
    assert!(!page(&owner, "/console/tenants?state=active").await.contains("acme"));
    submit_from(&owner, at, action, "status=active").await;
    let action = "/console/tenants/acme/delete";
    let unsure = submit_from(&owner, at, action, "confirm=acm").await;
    assert!(
        unsure.status == 422 && text(&unsure).contains("<details class=\"destruction\" open>"),
        "{unsure:?}"
    );
    let deleted = submit_from(&owner, at, action, "confirm=acme").await;
    assert_eq!(deleted.header("location"), Some("/console/tenants?done=deleted"));
    let shown = page(&owner, at).await;
    assert!(shown.contains("Its events stay in the ledger") && !shown.contains("action=\"/console/tenants"));
    assert!(page(&owner, "/console/tenants?state=deleted").await.contains("acme"));
}

#[tokio::test]
async fn lists_of_any_size_are_paged_and_searched() {
    let app = TestApp::start().await;
    for number in 0..60 {
        app.create_tenant(&format!("t{number:03}")).await;
        app.token(&format!("t{number:03}"), &[Scope::EventsRead]).await;
        app.clock.advance(Duration::from_secs(1));
    }
    let owner = app.operator(Role::Owner).await;
    for (path, first, last) in [("/console/tenants", "default", "t059"), ("/console/tokens", "t059", "t000")]
    {
        let begin = page(&owner, path).await;
        assert!(begin.contains(first) && !begin.contains("rel=\"prev\""), "{begin}");
        let next = between(&begin, "rel=\"next\" href=\"", "\"").replace("&#38;", "&");
        let end = page(&owner, &next).await;
        let rows = |text: &str| between(text, "<tbody>", "</tbody>").to_owned();
        assert!(rows(&end).contains(last) && !rows(&end).contains(first), "{end}");
        let back = between(&end, "rel=\"prev\" href=\"", "\"").replace("&#38;", "&");
        assert!(!end.contains("rel=\"next\""));
        let again = page(&owner, &back).await;
        assert_eq!(rows(&again), rows(&begin), "{path}");
        assert!(begin.len() < 100 * 1024, "{path}: {}", begin.len());
    }
    let found = page(&owner, "/console/tenants?q=T01").await;
    assert!(found.contains(">t017<") && !found.contains(">t027<"), "{found}");
    assert!(page(&owner, "/console/tokens?tenant=nobody").await.contains("There is no such tenant."));
    assert!(page(&owner, "/console/sources").await.contains("Make the first one"));
}

#[tokio::test]
async fn a_token_is_made_with_what_was_chosen_and_shown_once() {
    let (app, _) = furnished().await;
    let owner = app.operator(Role::Owner).await;
    let at = "/console/new-token";
    let none = submit_from(&owner, at, at, "tenant=acme&name=till&expires_in=soon").await;
    let shown = text(&none);
    assert!(
        none.status == 422 && shown.contains("scopes-fault") && shown.contains("expires_in-fault"),
        "{shown}"
    );
    assert!(shown.contains("value=\"acme\"") && shown.contains("value=\"till\""), "{shown}");
    let reserved = submit_from(&owner, at, at, "tenant=acme&name=till&admin=on").await;
    assert!(text(&reserved).contains("tenant system alone"), "{reserved:?}");
    let nobody = submit_from(&owner, at, at, "tenant=nobody&name=till&events-read=on").await;
    assert!(nobody.status == 422 && text(&nobody).contains("tenant-fault"), "{nobody:?}");
    let form = page(&owner, "/console/new-token?tenant=acme").await;
    assert!(form.contains("value=\"acme\""));
    let name = encoded(HOSTILE);
    let fields = format!(
        "request={}&tenant=acme&name={name}&events-write=on&events-read=on&expires_in=90d",
        key(&form)
    );
    let made = owner.get(at).await;
    let csrf = between(&text(&made), "name=\"csrf\" value=\"", "\"").to_owned();
    let send =
        || owner.submit(at, format!("csrf={csrf}&{fields}")).header("host", "till.example:8443").send();
    let made = text(&send().await);
    let token = between(&made, "<code id=\"token-text\">", "<").to_owned();
    assert!(
        made.contains("https://till.example:8443/v1/events")
            && made.contains("alert(1)")
            && !made.contains("<img")
    );
    assert_eq!(app.anonymous().with_token(&token).send("k", "{}").await.status, 201);
    let again = send().await;
    let place = again.header("location").unwrap().to_owned();
    assert!(again.status == 303 && place.ends_with("?done=before"), "{again:?}");
    let shown = page(&owner, &place).await;
    assert!(!shown.contains(&token) && shown.contains("alert(1)") && !shown.contains("<img"), "{shown}");
    assert!(shown.contains("in 90 days") && shown.contains("events:write, events:read"), "{shown}");
    assert_eq!(app.parts().tokens.list(Some("acme")).unwrap().len(), 2);
}

#[tokio::test]
async fn an_old_secret_is_warned_of_until_it_is_rotated() {
    let (app, id) = furnished().await;
    let owner = app.operator(Role::Owner).await;
    let places = [format!("/console/tokens/{id}"), "/console/sources/acme/pos".to_owned()];
    let lists = ["/console/tokens?tenant=acme", "/console/sources?tenant=acme"];
    for place in &places {
        assert!(!page(&owner, place).await.contains("more than 90 days"), "{place}");
    }
    app.clock.advance(AGE_ADVISED_MAX + Duration::from_secs(1));
    let begun = app.begin_session("owner", [127, 0, 0, 1].into(), "");
    let owner = app.anonymous().with_session(&begun.text);
    for (place, list) in places.iter().zip(lists) {
        assert!(page(&owner, place).await.contains("more than 90 days"), "{place}");
        assert!(page(&owner, list).await.contains("rotate it"), "{list}");
        let wrong = submit_from(&owner, place, &format!("{place}/rotate"), "overlap=40d").await;
        assert!(wrong.status == 422 && text(&wrong).contains("overlap-fault"), "{wrong:?}");
        let fields = format!("overlap=1h&request={}", key(&page(&owner, place).await));
        let made = submit_from(&owner, place, &format!("{place}/rotate"), &fields).await;
        assert!(made.status == 200 && text(&made).contains("shown once"), "{made:?}");
        let again = submit_from(&owner, place, &format!("{place}/rotate"), &fields).await;
        assert_eq!(again.header("location"), Some(format!("{place}?done=before").as_str()));
        let shown = page(&owner, place).await;
        assert!(!shown.contains("more than 90 days") && shown.contains("works until"), "{shown}");
        assert!(!page(&owner, list).await.contains("rotate it"), "{list}");
    }
}

#[tokio::test]
async fn a_token_is_revoked_after_its_id_was_typed() {
    let (app, id) = furnished().await;
    let owner = app.operator(Role::Owner).await;
    let at = format!("/console/tokens/{id}");
    let unsure = submit_from(&owner, &at, &format!("{at}/revoke"), "confirm=no").await;
    assert_eq!(unsure.status, 422);
    let revoked = submit_from(&owner, &at, &format!("{at}/revoke"), &format!("confirm={id}")).await;
    assert_eq!(revoked.header("location"), Some(format!("{at}?done=revoked").as_str()));
    let shown = page(&owner, &at).await;
    assert!(shown.contains("revoked") && !shown.contains("/rotate\""), "{shown}");
    assert!(page(&owner, "/console/tokens?state=revoked").await.contains(&id));
    assert!(!page(&owner, "/console/tokens?state=works").await.contains(&id));
    assert_eq!(owner.get("/console/tokens/nothing").await.status, 404);
}

#[tokio::test]
async fn a_source_is_made_changed_and_deleted_at_the_console() {
    let (app, _) = furnished().await;
    let owner = app.operator(Role::Owner).await;
    let at = "/console/new-source";
    let open = submit_from(&owner, at, at, "tenant=acme&name=open&scheme=none").await;
    assert!(open.status == 422 && text(&open).contains("unsigned-fault"), "{open:?}");
    let system = submit_from(&owner, at, at, "tenant=system&name=open&scheme=github").await;
    assert!(system.status == 422 && text(&system).contains("tenant-fault"), "{system:?}");
    let taken = submit_from(&owner, at, at, "tenant=acme&name=pos&scheme=github").await;
    assert!(taken.status == 422 && text(&taken).contains("name-fault"), "{taken:?}");
    let made =
        submit_from(&owner, at, at, "tenant=acme&name=shop&scheme=hmac-sha256&automatic_keys=on").await;
    let shown = text(&made);
    let secret = between(&shown, "<code id=\"secret-text\">", "<").to_owned();
    assert!(
        shown.contains("/in/acme/shop") && shown.contains("openssl dgst") && secret.len() == 64,
        "{shown}"
    );

    let place = "/console/sources/acme/shop";
    assert!(!page(&owner, place).await.contains(&secret));
    let change = format!("{place}/change");
    let square = submit_from(&owner, place, &change, "scheme=square&default_type=paid").await;
    assert!(square.status == 422 && text(&square).contains("notification_url-fault"), "{square:?}");
    let fields = "scheme=square&default_type=paid&notification_url=https%3A%2F%2Fa.example%2Fin";
    let saved = submit_from(&owner, place, &change, fields).await;
    assert_eq!(saved.header("location"), Some("/console/sources/acme/shop?done=saved"));
    let shown = page(&owner, place).await;
    assert!(shown.contains("value=\"square\" selected") && shown.contains("paid, where"), "{shown}");
    assert!(!shown.contains("openssl"), "the provider signs");
    let given =
        submit_from(&owner, place, &format!("{place}/rotate"), "secret=of+the+provider&overlap=0s").await;
    assert!(given.status == 200 && !text(&given).contains("of the provider"), "{given:?}");
    let unsure = submit_from(&owner, place, &format!("{place}/delete"), "confirm=").await;
    assert_eq!(unsure.status, 422);
    let deleted = submit_from(&owner, place, &format!("{place}/delete"), "confirm=shop").await;
    assert_eq!(deleted.header("location"), Some("/console/sources?tenant=acme&done=deleted"));
    assert_eq!(owner.get(place).await.status, 404);
}

#[tokio::test]
async fn the_first_event_is_waited_for() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    app.tenant("acme").await;
    let at = "/console/tenants/acme/first-event";
    let shown = page(&owner, at).await;
    assert!(shown.contains("Make a token") && shown.contains("mst_YOUR_TOKEN"), "{shown}");
    let fields = format!("request={}", key(&shown));
    let made = text(&submit_from(&owner, at, at, &fields).await);
    let token = between(&made, "Bearer ", "&").to_owned();
    let state = between(&made, "data-awaits=\"", "\"").to_owned();
    let told = owner.get(&state).await.json();
    assert_eq!(told["state"], "waiting");
    let again = submit_from(&owner, at, at, &fields).await;
    assert!(again.status == 303 && app.parts().tokens.list(Some("acme")).unwrap().len() == 2, "{again:?}");
    let sender = app.anonymous().with_token(&token);
    let sent =
        sender.post_to(&format!("/v1/events?type={}", encoded(HOSTILE)), r#"{"hello":"world"}"#).send().await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let told = owner.get(&state).await.json();
    assert_eq!((&told["state"], &told["event"]["type"]), (&"arrived".into(), &HOSTILE.into()));
    assert_eq!(told["event"]["address"], format!("/console/events/{}?tenant=acme", sent.seq()));
    let shown = page(&owner, at).await;
    assert!(shown.contains("arrived") && shown.contains("alert(1)") && !shown.contains("<img"), "{shown}");
    let shown = page(&owner, "/console/tenants/acme").await;
    assert!(shown.contains(&format!("/console/events/{}?tenant=acme", sent.seq())), "{shown}");
    assert_eq!(owner.get("/console/tenants/system/first-event").await.status, 404);
    assert_eq!(owner.get("/console/tenants/nobody/first-event/state").await.status, 404);
}
