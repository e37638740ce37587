//! The socket by which commands reach a running appliance.

use crate::app::routes::ROUTES;
use crate::http::edge::Edge;
use crate::http::{listener, router};
use crate::platform::shutdown::Shutdown;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::net::UnixListener;
use tokio::task::JoinSet;

/// Binds the socket for its owner alone and serves it until the stop. One that a crash left is replaced: the caller
/// holds the directory's lock.
pub(super) fn open(path: &Path, edge: &Arc<Edge>, stop: Shutdown) -> io::Result<JoinSet<()>> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let mut serving = JoinSet::new();
    serving.spawn(listener::run_local(socket, router::build_local(edge, &ROUTES), Arc::clone(edge), stop));
    Ok(serving)
}
