//! Every example payload of a public provider: GitHub's, from the npm package of webhook examples.

use crate::app::{BOTH, TestApp};
use crate::package::{Package, notice};
use crate::provider::hex_code;
use serde::Deserialize;
use serde_json::value::RawValue;

const PACKAGE: Package = Package { name: "@octokit/webhooks-examples", version: "7.6.1" };

/// Payloads in that version: fewer would mean that some were passed over.
const PAYLOADS: usize = 726;

/// Folders of the package, one for each edition of the provider.
const EDITIONS: [&str; 6] = ["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"];

const SECRET: &str = "It's a Secret to Everybody";

/// Examples of one type of event.
#[derive(Deserialize)]
struct Kind {
    name: String,
    examples: Vec<Box<RawValue>>,
}

#[tokio::test]
async fn every_example_of_github_comes_in_signed_and_is_read_back_byte_for_byte() {
    let Some(package) = PACKAGE.fetch() else {
        return notice(
            "SKIPPED: GitHub's example payloads could not be fetched; hint: connect to the internet once",
        );
    };
    let app = TestApp::start_with(|config| {
        config.limits.body_bytes_max = 1024 * 1024;
        config.store.journal_segment_bytes = 8 * 1024 * 1024;
    })
    .await;
    app.tenant("acme").await;
    let provider = app.source("acme", "github", "github", SECRET).await;
    let reader = app.token("acme", BOTH).await;
    let mut count = 0;
    for edition in EDITIONS {
        let text = std::fs::read_to_string(package.join(edition).join("index.json")).unwrap();
        for Kind { name, examples } in serde_json::from_str::<Vec<Kind>>(&text).unwrap() {
            for example in examples {
                count += 1;
                let (body, delivery) = (example.get(), format!("delivery-{count}"));
                let stored = provider
                    .deliver(body)
                    .header("content-type", "application/json")
                    .header("x-hub-signature-256", format!("sha256={}", hex_code(SECRET, body)))
                    .header("x-github-event", &name)
                    .header("x-github-delivery", &delivery)
                    .send()
                    .await;
                assert_eq!(stored.status, 201, "{name}: {stored:?}");
                assert_eq!(
                    (stored.json()["type"].as_str(), stored.header("idempotency-key")),
                    (Some(&*name), Some(&*delivery))
                );
                let payload = reader.get(&format!("/v1/events/{}/payload", stored.seq())).await;
                assert_eq!((payload.status, &payload.body[..]), (200, body.as_bytes()), "{name}");
            }
        }
    }
    assert_eq!(count, PAYLOADS);
}
