//! The OpenAPI document, its page and its stylesheet as they are served.

use crate::app::TestApp;
use crate::documented::{DOCUMENT, is_documented};
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::http::code::Code;

#[tokio::test]
async fn the_document_is_served_and_asked_for_again_it_costs_nothing() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for path in ["/api/openapi.json", "/api/docs", "/static/docs.css"] {
        let first = nobody.get(path).await;
        assert_eq!((first.status, first.header("cache-control")), (200, Some("no-cache")), "{path}");
        let etag = first.header("etag").unwrap();
        let again = nobody.ask(Method::GET, path).header("if-none-match", etag).send().await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag)), "{path}");
    }
    assert_eq!(nobody.get("/api/openapi.json").await.json(), *DOCUMENT);
    assert_eq!(DOCUMENT["openapi"], "3.1.1");
}

#[tokio::test]
async fn the_page_shows_every_route_and_code_and_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/api/docs").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    for route in ROUTES.iter() {
        let shown = text.contains(&format!("<code>{}</code>", route.pattern));
        assert_eq!(shown, is_documented(route), "{}", route.pattern);
    }
    for code in Code::ALL {
        assert!(text.contains(&format!("id=\"code-{code}\"")), "{code}");
    }
    for target in text.split("href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        assert!(text.contains(&format!("id=\"{target}\"")), "#{target} leads nowhere");
    }
    for other in ["<script", "style=", "<style", "http://", "https://", "`"] {
        assert!(!text.contains(other), "{other}");
    }
    let sheet = text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let sheet = app.anonymous().get(sheet).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    app.anonymous().get("/static/nothing.css").await.refused(404, "not_found");
}
