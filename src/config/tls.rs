//! `[tls]`: whose certificate is shown.

use crate::config::choice::choice;
use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use std::path::PathBuf;

choice! {
    /// Where the server's certificate comes from.
    pub enum TlsMode {
        /// From the appliance's own authority.
        Own = "own",
        /// From the operator's files.
        Files = "files",
        /// Nowhere: the HTTPS listener speaks plain HTTP, for a proxy on the same machine.
        Off = "off",
    }
}

section! {
    /// Whose certificate the HTTPS listener shows.
    pub struct TlsConfig in "tls" {
        /// `own`: a certificate of the appliance's own authority (`/ca.pem`), renewed by itself. `files`: the
        /// operator's certificate, reread at SIGHUP. `off`: plain HTTP, only behind a proxy on the same machine.
        "mode" mode: TlsMode = TlsMode::Own, Row::of(Kind::Choice(TlsMode::WORDS));

        /// Names and addresses in the appliance's own certificate; a change makes a new one. Names outside the
        /// domains and networks that the authority was made for need `mainstay tls rotate-ca`.
        "names" names: Vec<String> = Vec::new(),
            Row::of(Kind::NAMES).default_note("host name, full name, localhost and the interface addresses");

        /// The certificate chain in PEM, the server's certificate first. Needed for mode `files`.
        "cert_file" cert_file: Option<PathBuf> = None, Row::of(Kind::OPTIONAL_PATH);

        /// The certificate's private key in PEM, readable by the appliance alone. Needed for mode `files`.
        "key_file" key_file: Option<PathBuf> = None, Row::of(Kind::OPTIONAL_PATH);
    }
}
