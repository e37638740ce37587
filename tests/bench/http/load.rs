//! The load generator: a process of few threads that keeps connections busy and measures what they answer.
//!
//! It shares the machine with the servers, so it is lean: requests are built once, answers hardly parsed, and each
//! thread runs its share of the connections on a runtime of its own.

use crate::Failure;
use crate::plan::{Carries, Outcome, Plan};
use crate::stream;
use crate::talk::{Shared, Stream, Talk, Tally, Window};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

/// First argument of a process that is the load generator; the second is the plan.
pub(crate) const ARGUMENT: &str = "load";

/// An answer that takes longer than this after the round's end is called missing.
const LAST_ANSWER_WAIT: Duration = Duration::from_secs(10);

/// Runs a round in a process of its own.
pub(crate) fn run_in_process(plan: &Plan) -> Result<Outcome, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT).arg(serde_json::to_string(plan)?);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the load generator ended with {}", output.status).into());
    }
    let outcome: Outcome = serde_json::from_slice(&output.stdout)?;
    match &outcome.first_unexpected {
        Some(first) => {
            Err(format!("{} answers were unexpected, the first:\n{first}", outcome.unexpected).into())
        }
        None => Ok(outcome),
    }
}

/// Runs a round in this process and prints its outcome.
pub(crate) fn run_and_print(plan: &str) -> Result<ExitCode, Failure> {
    let outcome = run(serde_json::from_str(plan)?)?;
    writeln!(io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns how many threads generate load: a quarter of the processors, so that the servers have the rest.
pub(crate) fn threads() -> usize {
    (thread::available_parallelism().map_or(1, usize::from) / 4).clamp(1, 4)
}

fn run(plan: Plan) -> Result<Outcome, Failure> {
    let threads = threads().min(plan.connections);
    let tls = plan.target.ca.as_deref().map(connector).transpose()?;
    let shared = Arc::new(Shared {
        tls,
        connected: Barrier::new(threads),
        window: OnceLock::new(),
        last_answer_ns: AtomicU64::new(0),
        longest_gap_ns: AtomicU64::new(0),
        plan,
    });
    let running: Vec<_> = (0..threads)
        .map(|share| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || drive_share(&shared, share, threads))
        })
        .collect();
    let mut tally = Tally::new();
    for thread in running {
        tally.add(thread.join().expect("threads of the generator do not panic")?);
    }
    let measured_ns = u64::try_from(shared.plan.measured.as_nanos())?;
    let last_gap_ns = measured_ns.saturating_sub(shared.last_answer_ns.load(Ordering::Relaxed));
    let counted = match shared.plan.carries {
        Carries::AllLines(_) => Duration::from_nanos(shared.last_answer_ns.load(Ordering::Relaxed)),
        _ => shared.plan.measured,
    };
    Ok(Outcome {
        rate: tally.events as f64 / counted.as_secs_f64(),
        p50_ns: tally.latencies.quantile(500),
        p99_ns: tally.latencies.quantile(990),
        longest_gap: Duration::from_nanos(shared.longest_gap_ns.load(Ordering::Relaxed).max(last_gap_ns)),
        created: tally.created,
        unexpected: tally.unexpected,
        first_unexpected: tally.first_unexpected,
    })
}

/// Returns the client's side of TLS that trusts one authority.
pub(crate) fn connector(ca: &Path) -> Result<TlsConnector, Failure> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Drives every connection whose number leaves `share` when divided by `threads`.
fn drive_share(shared: &Arc<Shared>, share: usize, threads: usize) -> Result<Tally, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Arc::new(Mutex::new(Tally::new()));
    runtime.block_on(async {
        let connected = connect_share(shared, share, threads).await;
        // Also after a failure: the other threads wait here too.
        shared.connected.wait();
        let window = *shared.window.get_or_init(|| Window::starting_now(&shared.plan));
        let mut talks = JoinSet::new();
        for (connection, stream) in connected? {
            let talk = Talk { shared: Arc::clone(shared), tally: Arc::clone(&tally), window, connection };
            talks.spawn(converse(talk, stream));
        }
        let end = tokio::time::Instant::from_std(window.closes + LAST_ANSWER_WAIT);
        loop {
            match tokio::time::timeout_at(end, talks.join_next()).await {
                Ok(Some(talk)) => talk??,
                Ok(None) => break,
                Err(_) => return Err(format!("no answer within {LAST_ANSWER_WAIT:?} of the end").into()),
            }
        }
        Ok::<(), Failure>(())
    })?;
    drop(runtime);
    let tally = Arc::into_inner(tally).ok_or("a connection outlived its runtime")?;
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

async fn converse(talk: Talk, stream: Box<dyn Stream>) -> io::Result<()> {
    match talk.shared.plan.carries {
        Carries::Lines | Carries::AllLines(_) => stream::run(&talk, stream).await,
        _ => talk.run(stream).await,
    }
}

async fn connect_share(
    shared: &Shared,
    share: usize,
    threads: usize,
) -> Result<Vec<(usize, Box<dyn Stream>)>, Failure> {
    let mut streams: Vec<(usize, Box<dyn Stream>)> = Vec::new();
    for connection in (share..shared.plan.connections).step_by(threads) {
        let tcp = TcpStream::connect(shared.plan.target.address).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &shared.tls {
            Some(connector) => Box::new(connector.connect(ServerName::try_from("localhost")?, tcp).await?),
            None => Box::new(tcp),
        };
        streams.push((connection, stream));
    }
    Ok(streams)
}
