//! Ready commands and programs that send events to this appliance.

/// Where examples send to.
pub(super) struct Place {
    /// Such as `https://till.example:8443`.
    pub(super) address: String,
    /// Whether clients trust the appliance only with its `ca.pem`.
    pub(super) needs_authority: bool,
}

/// An example to copy.
pub(super) struct Example {
    /// Its name on the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What is to be known of it; code stands between backticks.
    pub(super) about: &'static str,
    pub(super) text: String,
}

/// Returns one example for each way of sending.
pub(super) fn examples(place: &Place) -> Vec<Example> {
    let example = |id, title, about, text| Example { id, title, about, text };
    vec![
        example(
            "curl",
            "curl",
            "The token stands in the variable `TOKEN`. Send the same key again and nothing is stored twice.",
            curl(place),
        ),
        example("python", "Python", "Python 3 alone is enough.", python(place)),
        example(
            "javascript",
            "JavaScript",
            "For Node 18 or newer, as a file that ends in `.mjs`.",
            javascript(place),
        ),
        example(
            "send",
            "Files: mainstay send",
            "Sends a file of lines, every record exactly once. What was cut off goes on where it was.",
            send(place),
        ),
        example(
            "ndjson",
            "Many at once: NDJSON",
            "One JSON value a line, any number of lines; every line is answered.",
            ndjson(place),
        ),
        example(
            "cloudevents",
            "CloudEvents",
            "A CloudEvent names its own type and source, and is known by its source and id.",
            cloudevents(place),
        ),
        example(
            "webhooks",
            "Webhooks",
            "A source is a sender who signs, such as Stripe, Shopify or GitHub. Create it, then give the provider the address and the secret.",
            webhooks(place),
        ),
    ]
}

/// The part of a curl command by which it trusts the appliance.
fn trust(place: &Place) -> &'static str {
    if place.needs_authority { "--cacert ca.pem " } else { "" }
}

fn curl(place: &Place) -> String {
    let (trust, address) = (trust(place), &place.address);
    format!(
        "curl {trust}'{address}/v1/events?type=sale' \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
         -H 'Content-Type: application/json' \\\n  -H 'Idempotency-Key: order-4711' \\\n  \
         -d '{{\"total\":\"12.30\"}}'"
    )
}

fn python(place: &Place) -> String {
    let address = &place.address;
    let context = if place.needs_authority { "cafile=\"ca.pem\"" } else { "" };
    format!(
        "import json, os, ssl, urllib.request\n\nrequest = urllib.request.Request(\n    \
         \"{address}/v1/events?type=sale\",\n    data=json.dumps({{\"total\": \"12.30\"}}).encode(),\n    \
         headers={{\n        \"Authorization\": \"Bearer \" + os.environ[\"TOKEN\"],\n        \
         \"Content-Type\": \"application/json\",\n        \"Idempotency-Key\": \"order-4711\",\n    }},\n)\n\
         trust = ssl.create_default_context({context})\n\
         with urllib.request.urlopen(request, context=trust, timeout=30) as answer:\n    \
         print(answer.status, answer.read().decode())"
    )
}

fn javascript(place: &Place) -> String {
    let address = &place.address;
    let run =
        if place.needs_authority { "NODE_EXTRA_CA_CERTS=ca.pem node send.mjs" } else { "node send.mjs" };
    format!(
        "// {run}\nconst answer = await fetch(\"{address}/v1/events?type=sale\", {{\n  method: \"POST\",\n  \
         headers: {{\n    \"Authorization\": `Bearer ${{process.env.TOKEN}}`,\n    \
         \"Content-Type\": \"application/json\",\n    \"Idempotency-Key\": \"order-4711\",\n  }},\n  \
         body: JSON.stringify({{ total: \"12.30\" }}),\n}});\nconsole.log(answer.status, await answer.text());"
    )
}

fn send(place: &Place) -> String {
    let trust = if place.needs_authority { "--ca ca.pem " } else { "" };
    format!("mainstay send --url {} {trust}--token-file token.txt --type sale sales.ndjson", place.address)
}

fn ndjson(place: &Place) -> String {
    let (trust, address) = (trust(place), &place.address);
    format!(
        "printf '{{\"total\":1}}\\n{{\"total\":2}}\\n' | curl {trust}'{address}/v1/events?type=sale' \\\n  \
         -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/x-ndjson' --data-binary @-"
    )
}

fn cloudevents(place: &Place) -> String {
    let (trust, address) = (trust(place), &place.address);
    format!(
        "curl {trust}{address}/v1/events \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
         -H 'Content-Type: application/cloudevents+json' \\\n  \
         -d '{{\"specversion\":\"1.0\",\"id\":\"4711\",\"source\":\"shop\",\"type\":\"sale\",\"data\":{{\"total\":\"12.30\"}}}}'"
    )
}

fn webhooks(place: &Place) -> String {
    format!(
        "mainstay source create shop --tenant default --scheme shopify --secret-stdin < secret.txt\n\
         # The provider sends to:\n{}/in/default/shop",
        place.address
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_names_the_appliance_and_trusts_its_authority_where_there_is_one() {
        let address = "https://till.example:8443".to_owned();
        for needs_authority in [true, false] {
            for one in examples(&Place { address: address.clone(), needs_authority }) {
                assert!(one.text.contains(&address), "{}", one.text);
                let trusts = one.text.contains("ca.pem");
                assert_eq!(trusts, needs_authority && one.id != "webhooks", "{}", one.text);
            }
        }
    }
}
