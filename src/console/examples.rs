//! Ready commands and programs that send events to this appliance.

use crate::console::snippets::{Bearer, Target, curl, javascript, python};

pub(super) struct Example {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What is to be known of it; code stands between backticks.
    pub(super) about: &'static str,
    pub(super) text: String,
}

/// Returns one example for each way of sending.
pub(super) fn examples(target: &Target) -> Vec<Example> {
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
