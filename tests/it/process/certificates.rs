//! The operator's certificates, swapped while the program runs.

use super::program::{Program, wait_for};
use mainstay::tls::client::client_config;
use reqwest::Client;
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a fresh self-signed certificate, and itself as what clients trust.
fn issue(program: &Program, trusted: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(program.beside("site.pem"), made.cert.pem()).unwrap();
    let key = program.beside("site.key");
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(trusted, made.cert.pem()).unwrap();
}

/// A client that trusts one certificate and keeps its connection.
fn trusting(file: &Path) -> Client {
    let config = client_config(file).unwrap();
    Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swapped_certificate_is_served_after_a_reload_while_open_connections_live_on() {
    let program = Program::with_acme();
    let [old, new] = ["old.pem", "new.pem"].map(|name| program.beside(name));
    issue(&program, &old);
    let server = program.serve(&["tls.mode=files", "tls.cert_file=site.pem", "tls.key_file=site.key"]);
    let port = server.run["https"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    let url = format!("https://localhost:{port}/livez");
    let asks = async |client: &Client| Some(client.get(&url).send().await.ok()?.text().await.ok()?.len());
    let open = trusting(&old);
    assert!(asks(&open).await.is_some());

    issue(&program, &new);
    server.signal(Signal::HUP);
    wait_for("the reload", || program.log().contains("Certificates were read again").then_some(()));
    assert!(asks(&trusting(&new)).await.is_some(), "new handshakes get the new one");
    assert!(asks(&trusting(&old)).await.is_none(), "and nobody the old one");
    assert!(asks(&open).await.is_some(), "open connections live on");

    std::fs::write(program.beside("site.pem"), "broken").unwrap();
    server.signal(Signal::HUP);
    wait_for("the refusal", || program.log().contains("The certificates stay as they are").then_some(()));
    assert!(asks(&trusting(&new)).await.is_some(), "a broken file keeps what is served");
    let told = program.run(&["doctor"]);
    assert!(told.code == 1 && told.stdout.contains("the former certificate is still served"), "{told:?}");
    server.stop();
}
