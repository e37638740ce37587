//! A crowd that wants nothing: connections that stay idle behind their handshake, and clients that send a head byte by
//! byte. It lives in a process of its own, which says when everybody is there and, at its end, how many still are.

use crate::Failure;
use crate::load::connector;
use crate::plan::Target;
use crate::process::Running;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// First argument of a process that is the crowd; the second is what it is to do.
pub(crate) const ARGUMENT: &str = "gather";

/// Addresses that connections come from, so that no pair of addresses runs out of ports.
const SOURCES: u8 = 8;

/// Handshakes under way at once.
const HANDSHAKES_MAX: usize = 32;

/// Time between two bytes of a slow head: it would take minutes, and the appliance gives it 15 seconds.
const BYTE_EVERY: Duration = Duration::from_secs(1);

/// Files that both processes need open, with some to spare.
const FILES_MIN: u64 = 12_000;

/// Who comes, and where to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Crowd {
    /// Whom they come to.
    pub(crate) target: Target,
    /// Connections that stay idle.
    pub(crate) idle: usize,
    /// Clients whose heads never end.
    pub(crate) slow: usize,
}

/// A crowd that is there.
pub(crate) struct Gathered {
    running: Running,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// Lets this process and those it starts open as many files as the system allows.
pub(crate) fn raise_open_files() -> Result<(), Failure> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some() && current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    match maximum {
        Some(maximum) if maximum < FILES_MIN => {
            Err(format!("a process may open {maximum} files; hint: ulimit -n {FILES_MIN}").into())
        }
        _ => Ok(()),
    }
}

impl Gathered {
    /// Starts the crowd's process and waits until everybody is there.
    pub(crate) fn gather(crowd: &Crowd) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).arg(serde_json::to_string(crowd)?);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().ok_or("the crowd has no standard input")?;
        let mut running = Running::new("the crowd", child);
        let stdout = running.take_stdout().ok_or("the crowd has no standard output")?;
        let mut gathered = Self { running, stdin, stdout: BufReader::new(stdout) };
        gathered.line()?;
        Ok(gathered)
    }

    /// Sends everybody home; returns how many idle connections were still open.
    pub(crate) fn leave(self) -> Result<usize, Failure> {
        let Self { running, stdin, mut stdout } = self;
        drop(stdin);
        let mut text = String::new();
        stdout.read_to_string(&mut text)?;
        drop(running);
        Ok(text.trim().parse()?)
    }

    fn line(&mut self) -> Result<String, Failure> {
        self.running.check_alive()?;
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            return Err("the crowd did not come together".into());
        }
        Ok(line)
    }
}

/// Is the crowd until standard input ends.
pub(crate) fn run(crowd: &str) -> Result<ExitCode, Failure> {
    let crowd: Crowd = serde_json::from_str(crowd)?;
    raise_open_files()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tls = connector(crowd.target.ca.as_deref().ok_or("the crowd speaks TLS")?)?;
    let open = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        gather(&crowd, &tls, &open).await?;
        for number in 0..crowd.slow {
            tokio::spawn(dawdle(crowd.target.address, number, tls.clone()));
        }
        writeln!(io::stdout(), "here")?;
        let ended = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
        ended.await??;
        Ok::<_, Failure>(())
    })?;
    writeln!(io::stdout(), "{}", open.load(Ordering::Relaxed))?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the idle connections and leaves them to themselves.
async fn gather(crowd: &Crowd, tls: &TlsConnector, open: &Arc<AtomicUsize>) -> Result<(), Failure> {
    let turns = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let mut coming = tokio::task::JoinSet::new();
    for number in 0..crowd.idle {
        let (address, tls, turns) = (crowd.target.address, tls.clone(), Arc::clone(&turns));
        coming.spawn(async move {
            let _turn = turns.acquire_owned().await.map_err(io::Error::other)?;
            connect(address, number, &tls).await
        });
    }
    while let Some(came) = coming.join_next().await {
        let (mut stream, open) = (came??, Arc::clone(open));
        open.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            // The server's tickets come first; whatever ends the reading ends the connection.
            while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    Ok(())
}

/// Sends a head byte by byte, and comes again when it is cut off.
async fn dawdle(address: SocketAddr, number: usize, tls: TlsConnector) {
    loop {
        if let Ok(mut stream) = connect(address, number, &tls).await {
            let head = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
                .iter()
                .chain([b'a'].iter().cycle());
            for byte in head {
                if stream.write_all(&[*byte]).await.is_err() || stream.flush().await.is_err() {
                    break;
                }
                tokio::time::sleep(BYTE_EVERY).await;
            }
        }
        tokio::time::sleep(BYTE_EVERY).await;
    }
}

async fn connect(address: SocketAddr, number: usize, tls: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    let source = 2 + u8::try_from(number % usize::from(SOURCES)).unwrap_or_default();
    socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, source)), 0))?;
    let stream = socket.connect(address).await?;
    tls.connect(ServerName::from(address.ip()), stream).await
}
