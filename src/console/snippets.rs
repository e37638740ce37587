//! Commands and programs that send to this appliance with what was made just now, ready to be copied.

use crate::console::address::own_address;
use crate::domain::scheme::builtin;
use crate::domain::scope::{Scope, Scopes};
use crate::http::call::Call;

/// Where they send to.
pub(super) struct Target {
    /// Such as `https://till.example:8443`.
    pub(super) address: String,
    /// Whether clients trust the appliance only with its `ca.pem`.
    pub(super) needs_authority: bool,
}

/// Where they take a token from.
#[derive(Clone, Copy)]
pub(super) enum Bearer<'a> {
    /// It stands in them.
    Text(&'a str),
    /// The environment's variable `TOKEN`.
    Variable,
}

pub(super) struct Snippet {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
}

impl Target {
    /// The appliance as the browser reaches it.
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self { address: own_address(call), needs_authority: (call.edge.authority_pem)().is_some() }
    }

    /// By what curl trusts the appliance.
    pub(super) fn trust(&self) -> &'static str {
        if self.needs_authority { " --cacert ca.pem" } else { "" }
    }

    fn context(&self) -> &'static str {
        if self.needs_authority { "cafile=\"ca.pem\"" } else { "" }
    }

    fn node(&self) -> &'static str {
        if self.needs_authority { "NODE_EXTRA_CA_CERTS=ca.pem node send.mjs" } else { "node send.mjs" }
    }

    /// How the authority's certificate is fetched; nothing trusts it yet.
    pub(super) fn authority(&self) -> Option<Snippet> {
        let text = format!("curl --insecure -o ca.pem '{}/ca.pem'", self.address);
        self.needs_authority.then_some(Snippet { id: "authority", title: "Once: the certificate", text })
    }

    /// The first event of a tenant, in one command.
    pub(super) fn first_event(&self, token: &str) -> String {
        let Self { address, .. } = self;
        format!(
            "curl{} '{address}/v1/events?type=hello' \\\n  -H 'Authorization: Bearer {token}' \\\n  \
             -H 'Content-Type: application/json' -d '{{\"hello\":\"world\"}}'",
            self.trust()
        )
    }
}

impl Bearer<'_> {
    fn shell(self) -> String {
        format!("-H \"Authorization: Bearer {}\"", if let Self::Text(text) = self { text } else { "$TOKEN" })
    }

    fn python(self) -> String {
        match self {
            Self::Text(text) => format!("\"Bearer {text}\""),
            Self::Variable => "\"Bearer \" + os.environ[\"TOKEN\"]".to_owned(),
        }
    }

    fn python_modules(self) -> &'static str {
        if matches!(self, Self::Variable) { "json, os, ssl" } else { "json, ssl" }
    }

    fn javascript(self) -> String {
        match self {
            Self::Text(text) => format!("\"Bearer {text}\""),
            Self::Variable => "`Bearer ${process.env.TOKEN}`".to_owned(),
        }
    }
}

/// One in each language; the first has a title of its own.
fn three(first: &'static str, texts: [String; 3]) -> Vec<Snippet> {
    let names = [("curl", first), ("python", "Python 3"), ("javascript", "JavaScript, Node 18")];
    names.into_iter().zip(texts).map(|((id, title), text)| Snippet { id, title, text }).collect()
}

/// How a token is used, by what it may do. Tokens of tenant `system` name the tenant they work on.
pub(super) fn with_token(target: &Target, token: &str, scopes: Scopes, of_system: bool) -> Vec<Snippet> {
    let tenant = if of_system { Some("default") } else { None };
    if scopes.allow(Scope::EventsWrite) {
        let token = Bearer::Text(token);
        return three(
            "curl",
            [curl(target, token, tenant), python(target, token, tenant), javascript(target, token, tenant)],
        );
    }
    let reads = [
        (Scope::EventsRead, "/v1/events?limit=10"),
        (Scope::Agents, "/api/v1/agents"),
        (Scope::MetricsRead, "/metrics"),
    ];
    let path = reads.into_iter().find(|(scope, _)| scopes.allow(*scope)).map_or("/v1", |(_, path)| path);
    three(
        "curl",
        [
            curl_read(target, token, path),
            python_read(target, token, path),
            javascript_read(target, token, path),
        ],
    )
}

pub(super) fn curl(target: &Target, token: Bearer<'_>, tenant: Option<&str>) -> String {
    let named = tenant.map(|slug| format!(" -H 'X-Tenant-Id: {slug}'")).unwrap_or_default();
    format!(
        "curl{} '{}/v1/events?type=sale' \\\n  {}{named} \\\n  \
         -H 'Content-Type: application/json' -H 'Idempotency-Key: order-4711' \\\n  -d '{{\"total\":\"12.30\"}}'",
        target.trust(),
        target.address,
        token.shell()
    )
}

pub(super) fn python(target: &Target, token: Bearer<'_>, tenant: Option<&str>) -> String {
    let named = tenant.map(|slug| format!("        \"X-Tenant-Id\": \"{slug}\",\n")).unwrap_or_default();
    format!(
        "import {}, urllib.request\n\nrequest = urllib.request.Request(\n    \
         \"{}/v1/events?type=sale\",\n    data=json.dumps({{\"total\": \"12.30\"}}).encode(),\n    headers={{\n        \
         \"Authorization\": {},\n{named}        \"Content-Type\": \"application/json\",\n        \
         \"Idempotency-Key\": \"order-4711\",\n    }},\n)\n{}",
        token.python_modules(),
        target.address,
        token.python(),
        python_open(target)
    )
}

pub(super) fn javascript(target: &Target, token: Bearer<'_>, tenant: Option<&str>) -> String {
    let named = tenant.map(|slug| format!("    \"X-Tenant-Id\": \"{slug}\",\n")).unwrap_or_default();
    format!(
        "// {}\nconst answer = await fetch(\"{}/v1/events?type=sale\", {{\n  method: \"POST\",\n  headers: {{\n    \
         \"Authorization\": {},\n{named}    \"Content-Type\": \"application/json\",\n    \
         \"Idempotency-Key\": \"order-4711\",\n  }},\n  body: JSON.stringify({{ total: \"12.30\" }}),\n}});\n\
         console.log(answer.status, await answer.text());",
        target.node(),
        target.address,
        token.javascript()
    )
}

fn curl_read(target: &Target, token: &str, path: &str) -> String {
    format!("curl{} '{}{path}' -H 'Authorization: Bearer {token}'", target.trust(), target.address)
}

fn python_read(target: &Target, token: &str, path: &str) -> String {
    format!(
        "import ssl, urllib.request\n\nrequest = urllib.request.Request(\n    \"{}{path}\",\n    \
         headers={{\"Authorization\": \"Bearer {token}\"}},\n)\n{}",
        target.address,
        python_open(target)
    )
}

fn python_open(target: &Target) -> String {
    format!(
        "trust = ssl.create_default_context({})\n\
         with urllib.request.urlopen(request, context=trust, timeout=30) as answer:\n    \
         print(answer.status, answer.read().decode())",
        target.context()
    )
}

fn javascript_read(target: &Target, token: &str, path: &str) -> String {
    format!(
        "// {}\nconst answer = await fetch(\"{}{path}\", {{\n  headers: {{ \"Authorization\": \"Bearer {token}\" }},\n}});\n\
         console.log(answer.status, await answer.text());",
        target.node(),
        target.address
    )
}

/// How a source's deliveries are sent, where one signs them oneself: by the common scheme, or not at all. Providers sign
/// by the others, so there is nothing to write.
pub(super) fn for_source(target: &Target, path: &str, scheme: &str, secret: &str) -> Vec<Snippet> {
    let url = format!("{}{path}?type=sale", target.address);
    match scheme {
        builtin::DEFAULT => three(
            "curl and openssl",
            [
                curl_signed(target, &url, secret),
                python_signed(target, &url, secret),
                javascript_signed(target, &url, secret),
            ],
        ),
        builtin::NONE => {
            let sent = "-H 'Content-Type: application/json' \\\n  -d '{\"total\":\"12.30\"}'";
            let text = format!("curl{} '{url}' \\\n  {sent}", target.trust());
            vec![Snippet { id: "curl", title: "curl", text }]
        }
        _ => Vec::new(),
    }
}

fn curl_signed(target: &Target, url: &str, secret: &str) -> String {
    format!(
        "SECRET='{secret}'\nBODY='{{\"total\":\"12.30\"}}'\n\
         SIGNATURE=$(printf %s \"$BODY\" | openssl dgst -sha256 -hmac \"$SECRET\" | sed 's/^.* //')\n\
         curl{} '{url}' \\\n  -H 'Content-Type: application/json' \\\n  -H \"X-Signature: sha256=$SIGNATURE\" \\\n  \
         -H 'Idempotency-Key: delivery-4711' --data-binary \"$BODY\"",
        target.trust()
    )
}

fn python_signed(target: &Target, url: &str, secret: &str) -> String {
    format!(
        "import hashlib, hmac, json, ssl, urllib.request\n\nsecret = b\"{secret}\"\n\
         body = json.dumps({{\"total\": \"12.30\"}}).encode()\nsignature = hmac.new(secret, body, hashlib.sha256).hexdigest()\n\
         request = urllib.request.Request(\n    \"{url}\",\n    data=body,\n    headers={{\n        \
         \"Content-Type\": \"application/json\",\n        \"X-Signature\": \"sha256=\" + signature,\n        \
         \"Idempotency-Key\": \"delivery-4711\",\n    }},\n)\n{}",
        python_open(target)
    )
}

fn javascript_signed(target: &Target, url: &str, secret: &str) -> String {
    format!(
        "// {}\nimport {{ createHmac }} from \"node:crypto\";\n\nconst secret = \"{secret}\";\n\
         const body = JSON.stringify({{ total: \"12.30\" }});\n\
         const signature = createHmac(\"sha256\", secret).update(body).digest(\"hex\");\n\
         const answer = await fetch(\"{url}\", {{\n  method: \"POST\",\n  headers: {{\n    \
         \"Content-Type\": \"application/json\",\n    \"X-Signature\": `sha256=${{signature}}`,\n    \
         \"Idempotency-Key\": \"delivery-4711\",\n  }},\n  body,\n}});\nconsole.log(answer.status, await answer.text());",
        target.node()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_names_the_appliance_and_trusts_its_authority_where_there_is_one() {
        for needs_authority in [true, false] {
            let target = Target { address: "https://till.example:8443".to_owned(), needs_authority };
            let all: Scopes = [Scope::EventsWrite].into_iter().collect();
            let read: Scopes = [Scope::Agents].into_iter().collect();
            let snippets = with_token(&target, "mst_x", all, false)
                .into_iter()
                .chain(with_token(&target, "mst_x", read, false))
                .chain(for_source(&target, "/in/a/b", builtin::DEFAULT, "secret"))
                .chain(for_source(&target, "/in/a/b", builtin::NONE, ""));
            for snippet in snippets {
                let text = &snippet.text;
                assert!(text.contains("https://till.example:8443/"), "{text}");
                assert_eq!(text.contains("ca.pem"), needs_authority, "{text}");
            }
            assert_eq!(target.authority().is_some(), needs_authority);
        }
        let target = Target { address: String::new(), needs_authority: false };
        let system: Scopes = [Scope::Admin].into_iter().collect();
        assert!(with_token(&target, "t", system, true).iter().all(|one| one.text.contains("X-Tenant-Id")));
        assert!(for_source(&target, "/in/a/b", "github", "").is_empty(), "the provider signs");
    }
}
