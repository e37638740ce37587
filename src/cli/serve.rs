//! `serve`.

use crate::app::directory::DataDirectory;
use crate::app::drain::{Running, Stopped};
use crate::app::start::{Setup, start};
use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::interrupts::Interrupts;
use crate::cli::{output, secrets, setup_link};
use crate::config::{self, Changes, Loaded};
use crate::platform::service_manager::ServiceManager;
use crate::store::options::OnLoss;
use crate::telemetry::logs::{self, LogHandle};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::panic;
use std::io::{self, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs the appliance.
///
/// It takes in events over HTTPS until SIGTERM or SIGINT, then finishes what is under way and ends with 0, or with 1
/// when requests had to be cut off. A second signal ends at once. SIGHUP rereads certificates and the settings that
/// can change while running.
///
/// WEBHOOK_SECRET (or the file that WEBHOOK_SECRET_FILE names) is the secret of source `default` of tenant `default`,
/// which is made if it is not there; after a change the former value works for 24 hours more. API_KEY is the text of a
/// token of tenant `system` with every scope, for as long as it is given. Both, and MAINSTAY_OPERATOR_PASSWORD for the
/// first operator, may also come from systemd's credentials webhook_secret, api_key and operator_password.
///
/// While there is no operator, a terminal is shown a link that makes the first owner in a browser within 30 minutes;
/// elsewhere `mainstay setup-link` prints one.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example: mainstay serve --data-dir /var/lib/mainstay --set listen.https=[::]:8443")]
pub struct Serve {
    /// Starts although the journal lost acknowledged events; what is left is kept and a new epoch begins
    #[arg(long)]
    pub accept_loss: bool,
}

impl Serve {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let loaded = context.load()?;
        let (logs, _end) = logs::init(&loaded.config.logging).map_err(|error| Failure::from_error(&error))?;
        let on_loss = if self.accept_loss { OnLoss::Accept } else { OnLoss::Refuse };
        let manager = ServiceManager::from_environment();
        manager.status("Starting: checking configuration and certificates");
        let setup = prepare(context, &loaded, Some(logs), on_loss)?;
        let setup = Setup { manager: manager.clone(), ..setup };
        report_configuration(&loaded);
        let mut signals = Signals::new()?;
        let running = tokio::select! {
            started = start(setup) => started.map_err(|error| {
                let failure = Failure::from(error);
                tracing::error!(error = %failure, "The appliance could not be started");
                manager.status(&format!("Could not start: {failure}"));
                failure
            })?,
            name = signals.stop.interrupted() => return Err(Failure::Failed(format!("stopped by {name} while starting"))),
        };
        report_ready(&running);
        tell_first_run(&running);
        let status = serving(&running);
        manager.ready(&status);
        let told = Told { manager, status };
        Box::pin(serve_until_stopped(running, context, &mut signals, &told)).await
    }
}

/// Prepares an appliance of the context's data directory, which is made if it is missing.
pub fn prepare(
    context: &Context,
    loaded: &Loaded,
    logs: Option<Arc<LogHandle>>,
    on_loss: OnLoss,
) -> Result<Setup, Failure> {
    let config = &loaded.config;
    if let Some(key) = &config.tls.key_file
        && let Ok(metadata) = std::fs::metadata(key)
        && let Some(warning) =
            config::check_key_file_mode(key, metadata.permissions().mode(), config.environment)?
    {
        output::warning(&warning);
    }
    let (given, warnings) = secrets::given(config.environment)?;
    warnings.iter().for_each(output::warning);
    let directory = DataDirectory::create(&context.data_path())?;
    let machine = machine();
    let metrics = Arc::new(Metrics::new(machine.clock.now()));
    panic::install(Arc::clone(&metrics));
    Ok(Setup {
        directory,
        loaded: loaded.clone(),
        machine,
        metrics,
        logs,
        given,
        on_loss,
        manager: ServiceManager::none(),
    })
}

fn report_configuration(loaded: &Loaded) {
    for warning in &loaded.warnings {
        tracing::warn!(setting = %warning.key, "{warning}");
    }
    for row in loaded.differences() {
        let (setting, value, origin) = (&*row.key, &row.value, &row.origin);
        tracing::info!(setting, value = %value, origin = %origin, "Setting {setting} is {value}");
    }
}

fn report_ready(running: &Running) {
    let run = &running.run;
    let address =
        |bound: Option<std::net::SocketAddr>| bound.map_or("off".to_owned(), |bound| bound.to_string());
    tracing::info!(
        https = %address(run.https),
        http = %address(run.http),
        ops = %address(run.ops),
        file = %running.directory.path().display(),
        program = %run.version,
        "Ready for events on {}", address(run.https)
    );
}

/// Says how the first owner is made while there is none. The link itself is for a person at a terminal: what a log
/// keeps is read by others too.
fn tell_first_run(running: &Running) {
    let first_run = &running.services.first_run;
    if !first_run.is_open() {
        return;
    }
    tracing::warn!("There is no operator yet; hint: run `mainstay setup-link` and open the link it prints");
    let Some(https) = running.run.https.filter(|_| io::stderr().is_terminal()) else { return };
    match first_run.give_link() {
        Ok(text) => {
            let link = setup_link::address_of(https, &text);
            output::note(&format!("make the first owner within 30 minutes at {link}"));
        }
        Err(refusal) => tracing::warn!(error = %refusal, "A setup link could not be made"),
    }
}

/// Says in a few words that the appliance serves, and where.
fn serving(running: &Running) -> String {
    running.run.https.map_or("Serving".to_owned(), |bound| format!("Serving: events on {bound}"))
}

/// The service manager, and what it is told while the appliance serves.
struct Told {
    manager: ServiceManager,
    status: String,
}

async fn serve_until_stopped(
    running: Running,
    context: &Context,
    signals: &mut Signals,
    told: &Told,
) -> Result<(), Failure> {
    let reason = loop {
        tokio::select! {
            name = signals.stop.interrupted() => break name,
            _ = signals.reload.recv() => {
                told.manager.reloading("Reading certificates and settings again");
                reload(&running, context).await;
                told.manager.ready(&told.status);
            }
        }
    };
    tracing::info!(signal = reason, "Stopping after {reason}");
    told.manager.stopping("Stopping: finishing what is under way");
    let stopped = tokio::select! {
        stopped = running.stop(reason) => stopped,
        again = signals.stop.interrupted() => {
            tracing::error!(signal = again, "Ending at once after a second signal");
            std::process::exit(1);
        }
    };
    match stopped {
        Stopped::Drained => {
            tracing::info!("Stopped: every request was answered and everything is durable");
            Ok(())
        }
        Stopped::TimedOut => {
            tracing::error!("Stopped at the deadline: some requests were cut off");
            Err(Failure::Failed("stopped at the deadline: some requests were cut off".into()))
        }
    }
}

/// Rereads certificates and settings after SIGHUP. What cannot be used is said and the present stays.
async fn reload(running: &Running, context: &Context) {
    let tls = running.tls.clone();
    match tokio::task::spawn_blocking(move || tls.reload()).await {
        Ok(Ok(_)) => tracing::info!("Certificates were read again"),
        Ok(Err(error)) => tracing::error!(error = %error, "The certificates stay as they are"),
        Err(error) => tracing::error!(error = %error, "The certificates stay as they are"),
    }
    match reload_settings(running, context).await {
        Ok(changes) => report_changes(&changes),
        Err(problem) => tracing::error!(error = %problem, "The settings stay as they are"),
    }
}

async fn reload_settings(running: &Running, context: &Context) -> Result<Changes, Failure> {
    let fresh = context.load()?;
    for warning in &fresh.warnings {
        tracing::warn!(setting = %warning.key, "{warning}");
    }
    Ok(running.services.settings.reload(fresh).await?)
}

fn report_changes(changes: &Changes) {
    for change in &changes.restart {
        tracing::warn!(setting = change.key, "Setting {} takes effect at the next start", change.key);
    }
    if changes.live.is_empty() && changes.restart.is_empty() {
        tracing::info!("The settings were read again: none has changed");
    }
}

/// The signals an appliance heeds.
pub struct Signals {
    /// Those that end it.
    pub stop: Interrupts,
    reload: Signal,
}

impl Signals {
    /// Begins to heed them.
    pub fn new() -> io::Result<Self> {
        Ok(Self { stop: Interrupts::new()?, reload: signal(SignalKind::hangup())? })
    }
}
