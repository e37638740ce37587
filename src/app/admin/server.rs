//! The socket of a running appliance.

use crate::app::admin::dispatch::Dispatcher;
use crate::app::admin::protocol::{Answer, REQUEST_LEN_MAX, Request};
use crate::platform::shutdown::Shutdown;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Commands served at once; more wait.
const CONNECTIONS_MAX: usize = 16;

/// Longest time for a request line to arrive.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// Longest time for a client to read its answer.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(1);

/// Binds the socket for its owner alone; a socket left by a crash is replaced (the caller holds the directory's lock).
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves commands until the stop.
pub async fn serve(listener: UnixListener, dispatcher: Dispatcher, mut shutdown: Shutdown) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.requested() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors: wait for some to be given back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            () = shutdown.requested() => return,
        };
        let Ok(permit) = permit else { return };
        let dispatcher = dispatcher.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &dispatcher).await {
                tracing::debug!(error = %error, "A command went away before its answer");
            }
            drop(permit);
        });
    }
}

async fn answer(stream: UnixStream, dispatcher: &Dispatcher) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = Vec::new();
    let mut reader = BufReader::new(reader.take(REQUEST_LEN_MAX));
    tokio::time::timeout(REQUEST_TIME_MAX, reader.read_until(b'\n', &mut line)).await??;
    let answer = match serde_json::from_slice::<Request>(&line) {
        Ok(request) => dispatcher.carry_out(request).await,
        Err(_) => Answer::Refused(
            "the running appliance does not know this command; hint: restart it with this program's version"
                .into(),
        ),
    };
    let mut bytes = serde_json::to_vec(&answer)?;
    bytes.push(b'\n');
    tokio::time::timeout(ANSWER_TIME_MAX, writer.write_all(&bytes)).await??;
    writer.shutdown().await
}
