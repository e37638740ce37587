//! The command.

use crate::app::drain::{Running, Stopped};
use crate::app::run_file::reachable;
use crate::app::start::{GivenSecrets, Setup, StartError, start};
use crate::cli::context::Context;
use crate::cli::demo::client::DemoClient;
use crate::cli::demo::feed::Feed;
use crate::cli::demo::place::{DEFAULT_DATA, Place};
use crate::cli::demo::runner::{End, Runner};
use crate::cli::demo::screen::{Reach, Screen};
use crate::cli::demo::statistics::Statistics;
use crate::cli::demo::{credential, login};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::serve::{Signals, prepare};
use crate::config::TlsMode;
use crate::platform::entropy::array;
use crate::platform::machine::Machine;
use crate::store::options::OnLoss;
use crate::store::verify::Verification;
use crate::telemetry::logs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// Runs the appliance on this machine with a steady feed of sample point-of-sale events.
///
/// It is the real appliance on https://127.0.0.1:8443 with its data in ./mainstay-demo; the terminals of made-up stores
/// send sales, refunds and stock counts to it over HTTPS. Five of a hundred requests are honest repeats, which must not be
/// stored twice, and one carries a credential that nobody knows. One line a second shows what became of them. Ctrl-C,
/// or --events, ends it; run again, it goes on where it ended. Ends with 1 if an answer was not the expected one or the
/// ledger is not whole.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "Example: mainstay demo --events 500 --rate 50")]
pub struct Demo {
    /// Ends when so many new events are stored
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub events: Option<u64>,

    /// New events a second, at most 1000
    #[arg(long, value_name = "PER_SECOND", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rate: u32,
}

/// What came of the feed: the counts, why it ended, and after how long.
type Fed = (Statistics, End, Duration);

impl Demo {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let path = context.data_dir.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let place = Place::new(&path)?;
        let own = own_context(context, &place);
        let loaded = own.load()?;
        if loaded.config.tls.mode != TlsMode::Own {
            return Err(Failure::Configuration(
                "the demo makes its own certificates; hint: leave tls.mode out".into(),
            ));
        }
        output::note(&format!("data directory {}", place.path().display()));
        place.claim()?;
        let (logs, _end) = logs::init(&loaded.config.logging).map_err(|error| Failure::from_error(&error))?;
        let setup = prepare(&own, &loaded, Some(logs), OnLoss::Refuse)?;
        // An operator's password in the environment is meant for another appliance.
        let setup = Setup { given: GivenSecrets::default(), ..setup };
        let machine = setup.machine.clone();

        let mut signals = Signals::new()?;
        let running = tokio::select! {
            started = start_on_free_port(setup, context) => started?,
            name = signals.stop.interrupted() => return Err(Failure::Failed(format!("stopped by {name} while starting"))),
        };
        let screen = if context.json { Screen::Json } else { Screen::Lines };
        let fed = self.feed(&running, place, &machine, screen, &mut signals).await;

        // Whatever came of the feed, the appliance is stopped as it should be.
        let (stopped, ledger) = tokio::select! {
            ended = stop_and_verify(running, reason(&fed)) => ended,
            _ = signals.stop.interrupted() => std::process::exit(1),
        };
        conclude(screen, fed?, stopped, &ledger?)
    }

    /// Feeds the running appliance until there is enough or a signal comes.
    async fn feed(
        self,
        running: &Running,
        place: Place,
        machine: &Machine,
        screen: Screen,
        signals: &mut Signals,
    ) -> Result<Fed, Failure> {
        let store = running.services.store.clone();
        let token = credential::open(&running.services, &place, machine.clock.now()).await?;
        let login = login::open(&running.services, &place).await?;
        let unknown = credential::unknown(machine.entropy.as_ref());
        let statistics = Statistics::begin(&store).await?;
        let off = |what: &str| Failure::Failed(what.to_owned());
        let bound = running.run.https.ok_or_else(|| off("the HTTPS listener is off"))?;
        let authority =
            running.run.ca.clone().ok_or_else(|| off("the appliance has no authority of its own"))?;
        let reach = Reach { address: format!("https://{}", reachable(bound)), authority, place, login };
        let client = DemoClient::new(reach.address.clone(), &reach.authority, &token, &unknown)?;
        let seed = u64::from_le_bytes(array(machine.entropy.as_ref()));
        let mut runner = Runner {
            feed: Feed::new(seed, statistics.run),
            client: Arc::new(client),
            clock: Arc::clone(&machine.clock),
            statistics,
            store,
            screen,
            rate: self.rate,
            goal: self.events,
            in_flight: JoinSet::new(),
            new_in_flight: 0,
        };
        // A terminal that is closed ends the demo, which serves nobody else.
        let mut hung_up = signal(SignalKind::hangup())?;
        let stop = async {
            tokio::select! {
                name = signals.stop.interrupted() => name,
                _ = hung_up.recv() => "SIGHUP",
            }
        };
        screen.started(&reach)?;
        let (end, elapsed) = runner.run(stop).await;
        Ok((runner.statistics, end, elapsed))
    }
}

/// Returns the context with the demo's directory and settings; what was given with `--set` comes later and holds.
fn own_context(context: &Context, place: &Place) -> Context {
    let mut settings = vec![
        "listen.https=127.0.0.1:8443".to_owned(),
        "listen.http=off".to_owned(),
        "listen.ops=off".to_owned(),
        "tls.mode=own".to_owned(),
        "logging.level=warn".to_owned(),
        format!("logging.directory={}", place.logs().display()),
    ];
    settings.extend(context.settings.iter().cloned());
    Context { data_dir: Some(place.path().to_owned()), settings, ..context.clone() }
}

/// Starts the appliance; where nobody chose the port and another program has it, on a free one.
async fn start_on_free_port(setup: Setup, given: &Context) -> Result<Running, Failure> {
    let is_chosen = given.settings.iter().any(|setting| setting.trim_start().starts_with("listen.https"));
    let spare = (!is_chosen).then(|| on_port_zero(&setup));
    match (start(setup).await, spare) {
        (Err(StartError::Listen(error)), Some(spare)) if error.source.kind() == io::ErrorKind::AddrInUse => {
            let taken = error.address;
            output::note(&format!("another program listens on {taken}; the demo takes a free port"));
            Ok(start(spare).await?)
        }
        (started, _) => Ok(started?),
    }
}

fn on_port_zero(setup: &Setup) -> Setup {
    let mut loaded = setup.loaded.clone();
    loaded.config.listen.https.set_port(0);
    Setup {
        directory: setup.directory.clone(),
        loaded,
        machine: setup.machine.clone(),
        metrics: Arc::clone(&setup.metrics),
        logs: setup.logs.clone(),
        given: GivenSecrets::default(),
        on_loss: setup.on_loss,
        manager: setup.manager.clone(),
    }
}

fn reason(fed: &Result<Fed, Failure>) -> &'static str {
    match fed {
        Ok((_, End::Enough, _)) => "demo finished",
        Ok((_, End::Signal(name), _)) => name,
        Ok((_, End::Unread, _)) => "demo unread",
        Ok((_, End::Hopeless, _)) | Err(_) => "demo failed",
    }
}

/// Stops the appliance, then recomputes the ledger, the end of the run included.
async fn stop_and_verify(running: Running, reason: &str) -> (Stopped, Result<Verification, Failure>) {
    let store = running.services.store.clone();
    let stopped = running.stop(reason).await;
    let verified = match tokio::task::spawn_blocking(move || store.verify(|_, _| {})).await {
        Ok(verified) => verified.map_err(|error| Failure::from_error(&error)),
        Err(error) => Err(Failure::from_error(&error)),
    };
    (stopped, verified)
}

/// Shows what came of the run and decides how the command ends.
fn conclude(screen: Screen, fed: Fed, stopped: Stopped, ledger: &Verification) -> Result<(), Failure> {
    let (statistics, end, elapsed) = fed;
    let shown = screen.ended(&statistics, elapsed, ledger);
    if !ledger.is_whole() {
        return Err(Failure::Failed(
            "the ledger is not whole; hint: keep a copy of the data directory".into(),
        ));
    }
    if statistics.unexpected > 0 {
        let count = statistics.unexpected;
        return Err(Failure::Failed(format!(
            "{count} answers were not the ones due; hint: the reasons stand above and in the log"
        )));
    }
    if stopped == Stopped::TimedOut {
        return Err(Failure::Failed("stopped at the deadline: some requests were cut off".into()));
    }
    // Where the terminal is gone, nobody misses the last lines.
    if end == End::Unread { Ok(()) } else { Ok(shown?) }
}
