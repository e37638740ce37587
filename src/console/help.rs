//! Help: first steps, how to send, what answers mean, where to look. It needs no network but the appliance's.

use crate::console::frame::{Frame, Section, page};
use crate::console::snippets::{Bearer, Target, curl, javascript, python};
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, SEE};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/help.html")]
struct HelpPage {
    frame: Frame,
    place: String,
    /// Whether clients need `ca.pem`.
    needs_authority: bool,
    examples: Vec<Example>,
    /// How long keys are remembered: those that were sent, those made of the content.
    retention: String,
    auto_window: String,
    body_bytes_max: String,
    codes: &'static [Code],
}

pub(super) fn show_help(call: &Call<'_>) -> Result<Response, Problem> {
    let target = Target::of(call);
    let shown = HelpPage {
        frame: Frame::new(call, Section::Help, "Help"),
        examples: examples(&target),
        place: target.address,
        needs_authority: target.needs_authority,
        retention: call.options.key_retention.clone(),
        auto_window: call.options.auto_key_window.clone(),
        body_bytes_max: crate::console::words::bytes(call.options.body_bytes_max as u64),
        codes: Code::ALL,
    };
    page(StatusCode::OK, &shown)
}

struct Example {
    id: &'static str,
    title: &'static str,
    /// What is to be known of it; code stands between backticks.
    about: &'static str,
    text: String,
}

/// Returns one example for each way of sending.
fn examples(target: &Target) -> Vec<Example> {
    let example = |id, title, about, text| Example { id, title, about, text };
    vec![
        example(
            "curl",
            "curl",
            "The token stands in the variable `TOKEN`. Send the same key again and nothing is stored twice.",
            curl(target, Bearer::Variable, None),
        ),
        example("python", "Python", "Python 3 alone is enough.", python(target, Bearer::Variable, None)),
        example(
            "javascript",
            "JavaScript",
            "For Node 18 or newer, as a file that ends in `.mjs`.",
            javascript(target, Bearer::Variable, None),
        ),
        example(
            "send",
            "Files: mainstay send",
            "Sends a file of lines, every record exactly once. After an interruption, run it again.",
            send(target),
        ),
        example(
            "ndjson",
            "Many at once: NDJSON",
            "One JSON value a line, any number of lines; every line is answered.",
            ndjson(target),
        ),
        example(
            "cloudevents",
            "CloudEvents",
            "A CloudEvent names its own type and source, and is known by its source and id.",
            cloudevents(target),
        ),
        example(
            "webhooks",
            "Webhooks",
            "A source is a sender who signs, such as Stripe, Shopify or GitHub. Create it, then give the provider the address and the secret.",
            webhooks(target),
        ),
    ]
}

fn send(target: &Target) -> String {
    let trust = if target.needs_authority { "--ca ca.pem " } else { "" };
    format!("mainstay send --url {} {trust}--token-file token.txt --type sale sales.ndjson", target.address)
}

fn ndjson(target: &Target) -> String {
    let (trust, address) = (target.trust(), &target.address);
    format!(
        "printf '{{\"total\":1}}\\n{{\"total\":2}}\\n' | curl{trust} '{address}/v1/events?type=sale' \\\n  \
         -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/x-ndjson' --data-binary @-"
    )
}

fn cloudevents(target: &Target) -> String {
    let (trust, address) = (target.trust(), &target.address);
    format!(
        "curl{trust} {address}/v1/events \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
         -H 'Content-Type: application/cloudevents+json' \\\n  \
         -d '{{\"specversion\":\"1.0\",\"id\":\"4711\",\"source\":\"shop\",\"type\":\"sale\",\"data\":{{\"total\":\"12.30\"}}}}'"
    )
}

fn webhooks(target: &Target) -> String {
    format!(
        "mainstay source create shop --tenant default --scheme shopify --secret-stdin < secret.txt\n\
         # The provider sends to:\n{}/in/default/shop",
        target.address
    )
}

pub(super) static ROUTES: &[Route] = &[Route::page("/console/help", SEE, Handler::Now(show_help))];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_names_the_appliance_and_trusts_its_authority_where_there_is_one() {
        let address = "https://till.example:8443".to_owned();
        for needs_authority in [true, false] {
            for one in examples(&Target { address: address.clone(), needs_authority }) {
                assert!(one.text.contains(&address), "{}", one.text);
                let trusts = one.text.contains("ca.pem");
                assert_eq!(trusts, needs_authority && one.id != "webhooks", "{}", one.text);
            }
        }
    }
}
