//! Handshakes in memory and directories for tests.

use crate::config::tls::{TlsConfig, TlsMode};
use crate::domain::time::Timestamp;
use crate::platform::clock::{Clock, ManualClock};
use crate::platform::scratch::ScratchDirectory;
use crate::tls::client::root_store;
use crate::tls::keeper::TlsKeeper;
use crate::tls::provider::provider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection, SupportedProtocolVersion,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The name that test certificates are for.
pub(super) const NAME: &str = "till.example.com";

/// A directory of its own and a clock that stands; the directory goes with it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: ScratchDirectory,
    pub(super) clock: Arc<ManualClock>,
}

impl Place {
    pub(super) fn new() -> Self {
        let clock = ManualClock::new(Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        Self { directory: ScratchDirectory::new(), clock: Arc::new(clock) }
    }

    pub(super) fn open(&self, names: &[&str]) -> TlsKeeper {
        let names = names.iter().map(ToString::to_string).collect();
        let config = TlsConfig { mode: TlsMode::Own, names, cert_file: None, key_file: None };
        TlsKeeper::open(&config, &self.directory.join("tls"), self.clock()).unwrap()
    }

    pub(super) fn files_config(&self) -> TlsConfig {
        let (cert_file, key_file) =
            (Some(self.directory.join("site.pem")), Some(self.directory.join("site.key")));
        TlsConfig { mode: TlsMode::Files, names: Vec::new(), cert_file, key_file }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::<ManualClock>::clone(&self.clock)
    }

    pub(super) fn advance_days(&self, days: u64) {
        self.clock.advance(Duration::from_hours(24 * days));
    }

    pub(super) fn tls_file(&self, name: &str) -> PathBuf {
        self.directory.join("tls").join(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.tls_file(name)).unwrap()
    }

    /// Returns a client that trusts only the authorities in the text and lives at this place's time.
    pub(super) fn client(&self, authorities: &str) -> Client {
        self.client_of(authorities, rustls::ALL_VERSIONS)
    }

    pub(super) fn client_of(
        &self,
        authorities: &str,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Client {
        let time = Arc::new(ClientTime(Arc::clone(&self.clock)));
        let builder =
            ClientConfig::builder_with_details(provider(), time).with_protocol_versions(versions).unwrap();
        let roots = root_store(authorities.as_bytes()).unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        Client(Arc::new(config))
    }
}

#[derive(Debug)]
struct ClientTime(Arc<ManualClock>);

impl TimeProvider for ClientTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.now().as_seconds())))
    }
}

/// Somebody who connects and checks whom they meet.
#[derive(Debug, Clone)]
pub(super) struct Client(pub(super) Arc<ClientConfig>);

impl Client {
    /// Shakes hands under the test's name and returns the client's end.
    pub(super) fn meets(&self, keeper: &TlsKeeper) -> Result<ClientConnection, rustls::Error> {
        self.meets_as(keeper, NAME)
    }

    pub(super) fn meets_as(&self, keeper: &TlsKeeper, name: &str) -> Result<ClientConnection, rustls::Error> {
        let server = keeper.server_config().expect("the keeper serves TLS");
        shake_hands(Arc::clone(&self.0), server, name).map(|(client, _)| client)
    }
}

/// Carries bytes between both ends until they agree; the client's error is returned before the server's.
pub(super) fn shake_hands(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: &str,
) -> Result<(ClientConnection, ServerConnection), rustls::Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = Connection::from(ClientConnection::new(client, name)?);
    let mut server = Connection::from(ServerConnection::new(server)?);
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        let refused = carry(&mut client, &mut server);
        carry(&mut server, &mut client)?;
        refused?;
    }
    match (client, server) {
        (Connection::Client(client), Connection::Server(server)) => Ok((client, server)),
        _ => unreachable!("the ends keep their sides"),
    }
}

fn carry(from: &mut Connection, to: &mut Connection) -> Result<(), rustls::Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

/// Writes the files of an operator: a self-signed certificate from one day to another.
pub(super) fn write_operator_files(directory: &Path, until: (i32, u8, u8)) {
    let mut params = rcgen::CertificateParams::new([NAME.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(directory.join("site.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(directory.join("site.key"), key.serialize_pem()).unwrap();
}
