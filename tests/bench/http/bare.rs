//! The bare axum endpoint: parses the body as JSON, stores nothing, answers 204. What a request costs at least.

use crate::Failure;
use crate::plan::Target;
use crate::process::Running;
use axum::{Json, Router, http::StatusCode, routing::post};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// First argument of a process that is the bare endpoint; the second, a directory, asks for TLS.
pub(crate) const ARGUMENT: &str = "bare-endpoint";

/// The certificate's file in that directory.
const CERTIFICATE_FILE: &str = "bare.pem";

/// Starts the endpoint in a process of its own; `tls_directory` receives its certificate.
pub(crate) fn start(tls_directory: Option<&Path>) -> Result<(Running, Target), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT).args(tls_directory).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = Running::new("the bare endpoint", command.spawn()?);
    let stdout = running.take_stdout().ok_or("the bare endpoint has no standard output")?;
    let mut address = String::new();
    BufReader::new(stdout).read_line(&mut address)?;
    let target = Target {
        address: address.trim_end().parse()?,
        ca: tls_directory.map(|directory| directory.join(CERTIFICATE_FILE)),
        // As long as a real one.
        token: format!("mst_{}_{}", "a".repeat(16), "b".repeat(52)),
    };
    Ok((running, target))
}

/// Serves until standard input ends: the endpoint never outlives its parent.
pub(crate) fn serve(tls_directory: Option<&str>) -> Result<ExitCode, Failure> {
    let tls = tls_directory.map(|directory| acceptor(Path::new(directory))).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        let accepting = tokio::spawn(accept(listener, tls));
        tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
        accepting.abort();
        Ok(ExitCode::SUCCESS)
    })
}

/// The product's TLS: ring, TLS 1.2 and 1.3, h2 and HTTP/1.1.
fn acceptor(directory: &Path) -> Result<TlsAcceptor, Failure> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(directory.join(CERTIFICATE_FILE), own.cert.pem())?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<()> {
    let router = Router::new().route("/v1/events", post(parse_and_forget));
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        let (router, tls) = (router.clone(), tls.clone());
        tokio::spawn(async move {
            // A connection that fails shows in the generator.
            match tls {
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(tcp).await {
                        serve_connection(stream, router).await;
                    }
                }
                None => serve_connection(tcp, router).await,
            }
        });
    }
}

async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let service = TowerToHyperService::new(router);
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn parse_and_forget(Json(_): Json<serde_json::Value>) -> StatusCode {
    StatusCode::NO_CONTENT
}
