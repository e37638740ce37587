//! The command.

use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::interrupts::Interrupts;
use crate::cli::output;
use crate::cli::send::carrier::Carrier;
use crate::cli::send::drive::Drive;
use crate::cli::send::format::Format;
use crate::cli::send::input::{Inputs, gather};
use crate::cli::send::progress::Progress;
use crate::cli::send::reader::Reader;
use crate::cli::send::refused::RefusedFile;
use crate::cli::send::state::States;
use crate::cli::send::summary::Summary;
use crate::cli::send::target::{Target, TargetOptions};
use crate::domain::time::parse_duration;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Parcels that are read before they are sent.
const READ_AHEAD: usize = 2;

/// Sends files, folders or stdin to an appliance, every record exactly once
///
/// Each record's key is made of the file's digest and the record's place in it: equal lines of a file are all stored, and
/// a file that is sent twice stores nothing more. What fails on the way is sent again; an interrupted send goes on where
/// it was when the same command is given again. Folders are sent with everything below them, by name; hidden files,
/// symbolic links and files whose name does not tell what they hold are left out. Stdin and pipes are first copied to a
/// private file without a name in TMPDIR.
///
/// Exit codes: 0 everything is stored, 1 not finished, 2 the appliance refused the send or some of its records, 64 usage,
/// 78 configuration.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example: mainstay send --url https://127.0.0.1:8443 --ca mainstay-data/tls/ca.pem \
                        --token-file token.txt --source pos --type sale sales.ndjson\n\
                        Example: zcat sales.ndjson.gz | mainstay send --token-file token.txt --source pos --type sale -\n\
                        Example: mainstay send --token-file token.txt --format raw --type invoice invoices/")]
pub struct Send {
    #[command(flatten)]
    target: TargetOptions,

    /// What the files hold
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Writes refused lines as they were to a new file, to be corrected and sent alone (a file that is one event is only
    /// named). A file corrected in place would be another one, of which every record is new
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,

    /// Gives up when nothing was answered for so long
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    give_up_after: Duration,

    /// Where it is kept how far a send has come [default: mainstay/send in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// Files and folders; - or nothing with a pipe is stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Send {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let Inputs { files, skipped } = gather(&self.named()?, self.format)?;
        let target = Target::find(&self.target, context)?;
        let states = self.states(&target);
        let refused = self.refused.as_deref().map(RefusedFile::begin).transpose()?;
        let machine = machine();
        let progress = Arc::new(Progress::begin(files.iter().map(|file| file.len).sum()));
        let carrier = Arc::new(Carrier::new(
            target,
            self.give_up_after,
            machine.clock,
            Arc::clone(&machine.entropy),
            Arc::clone(&progress),
        ));
        let (items, found) = mpsc::channel(READ_AHEAD);
        let summary = Summary { files: files.len(), skipped, ..Summary::default() };
        let mut drive = Drive::new(Arc::clone(&carrier), Arc::clone(&progress), refused, summary);
        let reader = Reader {
            states,
            carrier,
            progress: Arc::clone(&progress),
            entropy: machine.entropy,
            items,
            runtime: Handle::current(),
        };
        let reading = tokio::task::spawn_blocking(move || reader.run(files));
        let sending = async {
            drive.run(found).await?;
            reading.await.map_err(|error| Failure::from_error(&error))?
        };
        let mut interrupts = Interrupts::new()?;
        let outcome = tokio::select! {
            outcome = sending => outcome,
            signal = interrupts.interrupted() => Err(Failure::Failed(format!("stopped by {signal}"))),
        };
        progress.end();
        let summary = drive.end(outcome.is_ok())?;
        summary.show(context.json)?;
        judge(outcome, &summary)
    }

    /// Returns what is named; nothing with a pipe is stdin.
    fn named(&self) -> Result<Vec<PathBuf>, Failure> {
        if !self.files.is_empty() {
            return Ok(self.files.clone());
        }
        if io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "nothing to send; hint: name files or folders, or - for stdin".into(),
            ));
        }
        Ok(vec!["-".into()])
    }

    /// Opens the folder of states. Without one a send works all the same, but cannot go on where it was.
    fn states(&self, target: &Target) -> States {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = self.state_dir.clone().or_else(|| {
            let state =
                variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")))?;
            Some(state.join("mainstay/send"))
        });
        let Some(folder) = folder else {
            output::note(
                "no home directory: an interrupted send will begin anew; hint: name a folder with --state-dir",
            );
            return States::nowhere();
        };
        let about = format!("{}\n{}", target.url, target.tenant.as_deref().unwrap_or_default());
        States::in_folder(&folder, about).unwrap_or_else(|error| {
            output::note(&format!(
                "{} cannot be used: {error}: an interrupted send will begin anew; hint: name another folder with --state-dir",
                folder.display()
            ));
            States::nowhere()
        })
    }
}

/// Says how the command ends.
fn judge(outcome: Result<(), Failure>, summary: &Summary) -> Result<(), Failure> {
    let refused = summary.counts.refused();
    match outcome {
        Ok(()) if refused == 0 => Ok(()),
        Ok(()) => Err(Failure::Refused(format!(
            "{refused} of {} records were refused; hint: --refused FILE writes them to a file of their own, to be corrected and \
             sent alone",
            summary.counts.sent()
        ))),
        // Where going on would not help the reason says what does.
        Err(Failure::Failed(why)) if why.contains("hint: ") => {
            Err(Failure::Failed(format!("not everything was sent: {why}")))
        }
        Err(Failure::Failed(why)) => Err(Failure::Failed(format!(
            "not everything was sent: {why}; hint: give the same command again to go on; nothing is stored twice"
        ))),
        Err(failure) => Err(failure),
    }
}
