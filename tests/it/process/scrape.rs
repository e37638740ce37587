//! What Prometheus gets from the real program, checked by Prometheus' own tool.

use super::program::{Program, end, read};
use crate::tools;
use reqwest::Method;
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn the_metrics_of_a_busy_appliance_are_clean() {
    let Some(promtool) = tools::find("promtool") else { return };
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write", "events:read"]);
    let auditor = program.token("system", &["metrics:read"]);
    let server = program.serve(&[]);
    let client = server.client(&token);
    for key in ["a", "b", "a"] {
        client.post_as("application/json", key, b"{}".to_vec()).await.unwrap();
    }
    client.post_as("application/x-ndjson", "n", b"{}\n{}\nno".to_vec()).await.unwrap();
    client.get("/v1/events", None).await.unwrap();
    client.get("/v1/nowhere", None).await.unwrap();
    let metrics = server.client(&auditor).get("/metrics", None).await.unwrap();
    assert_eq!(metrics.status, 200);
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    let file = program.beside("metrics");
    std::fs::write(&file, &text).unwrap();
    let mut check = Command::new(promtool);
    let checked =
        check.args(["check", "metrics"]).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    let said =
        String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && said.trim().is_empty(), "{said}");
    server.stop();
}

#[test]
fn the_scrape_examples_are_valid() {
    let Some(promtool) = tools::find("promtool") else { return };
    let program = Program::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/prometheus");
    let (authority, token) = (program.beside("ca.pem"), program.beside("token"));
    std::fs::write(&token, "mst_").unwrap();
    std::fs::write(&authority, "").unwrap();
    for name in ["scrape-https.yml", "scrape-ops.yml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let text = text
            .replace("/etc/prometheus/mainstay-ca.pem", authority.to_str().unwrap())
            .replace("/etc/prometheus/mainstay-token", token.to_str().unwrap());
        let copy = program.beside(name);
        std::fs::write(&copy, text).unwrap();
        let ended = end(Command::new(&promtool).args(["check", "config"]).arg(&copy), "");
        assert_eq!(ended.code, 0, "{name}: {ended:?}");
    }
}

#[tokio::test]
async fn an_example_of_each_way_leads_to_metrics() {
    let program = Program::with_acme();
    let auditor = program.token("system", &["metrics:read"]);
    let server = program.serve(&["listen.ops=127.0.0.1:0"]);
    let with_token = server.client(&auditor).get("/metrics", None).await.unwrap();
    assert_eq!(with_token.status, 200);
    let plain = format!("http://{}/metrics", server.run["ops"].as_str().unwrap());
    let answer = read(server.client("").at(Method::GET, &plain)).await.unwrap();
    assert!(answer.status == 200 && answer.body.starts_with(b"# HELP "), "{answer:?}");
    server.stop();
}
