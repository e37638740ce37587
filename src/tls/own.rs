//! The files of the own authority, kept consistent and up to date.
//!
//! Every operation begins with what lies on the disk, so an offline command and a restart go the same way as a running
//! server. The order of writing is the order of dependence: the authority, what clients trust, the server's key, its
//! certificate.

use crate::domain::time::Timestamp;
use crate::platform::files::{Access, create_private_directory, write_whole};
use crate::platform::system::host_name;
use crate::tls::authority::{Authority, BACKDATING, OVERLAP};
use crate::tls::error::TlsError;
use crate::tls::identity::{Identity, IdentityProblem};
use crate::tls::name::{TlsName, same_names, without_repetitions};
use crate::tls::{machine, pem};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing::{error, info, warn};

/// A server's certificate with this much time or less is renewed.
const RENEW_BEFORE: Duration = Duration::from_hours(24 * 30);

/// An authority this young is made anew for names that it may not certify: the appliance is being set up, and hardly a
/// client trusts it yet.
const SET_UP: Duration = Duration::from_hours(1);

/// What to do when the authority's key is lost.
const KEY_LOST: &str = "bring ca.key back from a backup or an export of the keys, or remove the tls directory to start \
                        with a new authority, whose ca.pem every client then needs";

#[derive(Debug)]
pub(super) struct OwnFiles {
    directory: PathBuf,
    /// The names to certify; empty: those of the machine, asked every time.
    names: Vec<TlsName>,
}

/// What is asked for beyond what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewal {
    WhatIsDue,
    NewLeaf,
    NewAuthority,
}

/// What was done, the most far-reaching of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upkeep {
    /// Nothing was due.
    Unchanged,
    /// A former authority's time was over.
    PreviousDropped,
    /// The server has a new certificate.
    LeafIssued,
    /// There is a new authority, and from it a new certificate.
    AuthorityIssued,
}

impl OwnFiles {
    /// Stands for a directory, which need not exist yet.
    pub(super) fn new(directory: &Path, names: Vec<TlsName>) -> Self {
        Self { directory: directory.to_owned(), names }
    }

    /// Brings every file up to date and returns what they hold.
    pub(super) fn keep_up(
        &self,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<(Authority, Identity, Upkeep), TlsError> {
        let writable = |source| TlsError::Write(self.directory.clone(), source);
        create_private_directory(&self.directory).map_err(writable)?;
        for secret in ["ca.key", "server.key"] {
            self.keep_private(secret)?;
        }
        let (authority, authority_upkeep) = self.keep_authority(renewal, now)?;
        self.write_if_different("ca.pem", &authority.bundle_pem(), Access::Public)?;
        let (identity, leaf_upkeep) = self.keep_leaf(&authority, renewal, now)?;
        Ok((authority, identity, authority_upkeep.max(leaf_upkeep)))
    }

    fn keep_authority(&self, renewal: Renewal, now: Timestamp) -> Result<(Authority, Upkeep), TlsError> {
        let present = self.load_authority()?;
        let Some(mut authority) = present.filter(|present| !self.is_made_anew(present, now)) else {
            let created = Authority::create(&host_name(), &self.all_names(), now)?;
            info!(subject = %created.certificate.subject, "Made a new certificate authority");
            self.write("ca.key", &created.to_key_pem(), Access::Private)?;
            return Ok((created, Upkeep::AuthorityIssued));
        };
        let dropped = authority.drop_expired(now);
        let upkeep = if renewal == Renewal::NewAuthority || ends_soon(&authority, now) {
            let names = self.names_of_next(&authority, renewal);
            authority = authority.rotated(&host_name(), &names, now)?;
            info!(subject = %authority.certificate.subject, "Rotated the certificate authority");
            Upkeep::AuthorityIssued
        } else if dropped {
            info!("Dropped the former certificate authority after its 30 days");
            Upkeep::PreviousDropped
        } else {
            Upkeep::Unchanged
        };
        self.write_if_different("ca.key", &authority.to_key_pem(), Access::Private)?;
        Ok((authority, upkeep))
    }

    /// Returns the wanted names and those of the machine.
    fn all_names(&self) -> Vec<TlsName> {
        without_repetitions(self.names.iter().cloned().chain(machine::names_of_this_machine()))
    }

    /// Returns the names around which the next authority certifies. One that is made by itself takes no further names
    /// in, so that clients that trust only the present one go on; one that is asked for does.
    fn names_of_next(&self, authority: &Authority, renewal: Renewal) -> Vec<TlsName> {
        let mut names = self.all_names();
        if renewal != Renewal::NewAuthority {
            names.retain(|name| authority.certificate.permits(name));
        }
        names
    }

    /// Returns the names to certify: the wanted ones as far as the authority may, so that a renewal never fails for
    /// one that it may not. If there are none, commands on this machine are still served.
    fn certified_names(&self, authority: &Authority) -> Vec<TlsName> {
        let machine = machine::names_of_this_machine();
        let wanted = if self.names.is_empty() { &machine } else { &self.names };
        let may = |name: &&TlsName| authority.certificate.permits(name);
        let left_out: Vec<String> =
            wanted.iter().filter(|name| !may(name)).map(ToString::to_string).collect();
        if !left_out.is_empty() {
            let names = left_out.join(", ");
            error!(
                "The certificate lacks {names}: the authority was made for other names; hint: run `mainstay tls \
                 rotate-ca`, then give every client the new ca.pem at once"
            );
        }
        let certified: Vec<TlsName> = wanted.iter().filter(may).cloned().collect();
        if certified.is_empty() { machine.iter().filter(may).cloned().collect() } else { certified }
    }

    /// Returns the names of the setting that the authority may not certify.
    pub(super) fn left_out(&self, authority: &Authority) -> Vec<String> {
        let left_out = self.names.iter().filter(|name| !authority.certificate.permits(name));
        left_out.map(ToString::to_string).collect()
    }

    fn is_made_anew(&self, authority: &Authority, now: Timestamp) -> bool {
        let begins = authority.certificate.not_before;
        let is_young = now >= begins && now.duration_since(begins) < BACKDATING + SET_UP;
        let is_anew = is_young && authority.previous.is_empty() && !self.left_out(authority).is_empty();
        if is_anew {
            warn!(
                "The certificate authority is less than an hour old and made anew for tls.names; hint: clients that \
                 trust it already need the new ca.pem"
            );
        }
        is_anew
    }

    /// Returns nothing if there never was an authority.
    fn load_authority(&self) -> Result<Option<Authority>, TlsError> {
        let bundle = self.read("ca.pem")?;
        let path = self.directory.join("ca.key");
        match (self.read("ca.key")?, bundle) {
            (Some(key), bundle) => Authority::parse(&key, &bundle.unwrap_or_default())
                .map(Some)
                .map_err(|problem| TlsError::file(&path, problem, KEY_LOST)),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(TlsError::file(&path, "the key of the authority in ca.pem is missing", KEY_LOST))
            }
        }
    }

    fn keep_leaf(
        &self,
        authority: &Authority,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<(Identity, Upkeep), TlsError> {
        let names = self.certified_names(authority);
        let loaded = self.load_leaf(authority, &names, now)?;
        let reason = match loaded {
            Ok(identity) if renewal == Renewal::WhatIsDue => {
                self.write_if_different("server.pem", &identity.chain_pem(), Access::Public)?;
                return Ok((identity, Upkeep::Unchanged));
            }
            Ok(_) => "it was asked for".to_owned(),
            Err(reason) => reason,
        };
        let (identity, key) = authority.issue(&names, now)?;
        self.write("server.key", &key, Access::Private)?;
        self.write("server.pem", &identity.chain_pem(), Access::Public)?;
        info!(not_after = %identity.leaf.not_after, reason, "Issued a new server certificate");
        Ok((identity, Upkeep::LeafIssued))
    }

    /// Returns the server's certificate, or why it cannot stay.
    fn load_leaf(
        &self,
        authority: &Authority,
        names: &[TlsName],
        now: Timestamp,
    ) -> Result<Result<Identity, String>, TlsError> {
        let (Some(chain), Some(key)) = (self.read("server.pem")?, self.read("server.key")?) else {
            return Ok(Err("there was none".to_owned()));
        };
        let mut identity = match Identity::parse(&chain, &key) {
            Ok(identity) => identity,
            Err(IdentityProblem::Certificates(problem)) => return Ok(Err(format!("server.pem: {problem}"))),
            Err(IdentityProblem::Key(problem)) => return Ok(Err(format!("server.key: {problem}"))),
        };
        identity.intermediates = authority.crosses();
        let problem = if !identity.leaf.is_signed_by(&authority.certificate) {
            Some("it is of another authority")
        } else if !same_names(&identity.leaf.names, names) {
            Some("the wanted names changed")
        } else if identity.leaf.remaining(now) <= RENEW_BEFORE {
            Some("it ends within 30 days")
        } else if now < identity.leaf.not_before && now >= authority.certificate.not_before {
            // The clock was ahead when it was issued. If the authority has not begun either, the clock is behind now.
            Some("it has not begun yet")
        } else {
            None
        };
        Ok(problem.map_or(Ok(identity), |problem| Err(problem.to_owned())))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, TlsError> {
        let path = self.directory.join(name);
        match pem::read_file(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TlsError::Read(path, source)),
        }
    }

    /// Takes a key's file away from other users: a backup may have been restored with wider modes.
    fn keep_private(&self, name: &str) -> Result<(), TlsError> {
        const OTHERS: u32 = 0o077;
        let path = self.directory.join(name);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.permissions().mode() & OTHERS != 0 => {
                warn!(file = name, "A private key was readable by other users; its mode is 0600 now");
                let private = fs::Permissions::from_mode(0o600);
                fs::set_permissions(&path, private).map_err(|source| TlsError::Write(path, source))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, name: &str, text: &str, access: Access) -> Result<(), TlsError> {
        let path = self.directory.join(name);
        write_whole(&path, text.as_bytes(), access).map_err(|source| TlsError::Write(path, source))
    }

    fn write_if_different(&self, name: &str, text: &str, access: Access) -> Result<(), TlsError> {
        let present = self.read(name)?;
        if present.as_deref() == Some(text.as_bytes()) {
            return Ok(());
        }
        if present.is_some() {
            info!(file = name, "Brought a certificate file up to date");
        }
        self.write(name, text, access)
    }
}

/// An authority is rotated by itself when its last days are as long as the overlap. One that has ended, or has not
/// begun, is left: it is likelier that the clock is wrong, and every client would have to trust a new one.
fn ends_soon(authority: &Authority, now: Timestamp) -> bool {
    let certificate = &authority.certificate;
    if certificate.not_after <= now {
        let ended = certificate.not_after;
        error!(%ended, "The certificate authority has ended; hint: check the clock, then run `mainstay tls rotate-ca`");
        return false;
    }
    if now < certificate.not_before {
        let begins = certificate.not_before;
        warn!(%begins, "The certificate authority has not begun yet; hint: check the clock");
        return false;
    }
    certificate.remaining(now) <= OVERLAP
}
