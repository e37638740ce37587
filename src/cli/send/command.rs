//! The command.

use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::interrupts::Interrupts;
use crate::cli::send::format::Format;
use crate::cli::send::input::{Inputs, gather};
use crate::cli::send::pipeline::Pipeline;
use crate::cli::send::progress::Progress;
use crate::cli::send::reader::Reader;
use crate::cli::send::refused::RefusedFile;
use crate::cli::send::sender::Sender;
use crate::cli::send::summary::Summary;
use crate::cli::send::target::{Target, TargetOptions};
use crate::domain::time::parse_duration;
use crate::platform::machine::Machine;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Requests that are read before they are sent.
const READ_AHEAD: usize = 2;

/// Sends files, folders or stdin to an appliance, every record exactly once
///
/// Each record's key is made of the file's digest and the record's place in it: equal lines of a file are all stored, and
/// a file that is sent twice stores nothing more. What fails on the way is sent again; after an interruption the same
/// command given again sends what is missing, and the appliance answers the rest as repeats. Folders are sent with everything below them, by name; hidden files,
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

    /// Files and folders; - or nothing with a pipe is stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Send {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let Inputs { files, skipped } = gather(&self.named()?, self.format)?;
        let target = Target::find(&self.target, context)?;
        let refused = self.refused.as_deref().map(RefusedFile::begin).transpose()?;
        let Machine { clock, entropy, .. } = machine();
        let progress = Progress::begin(files.iter().map(|file| file.len).sum());
        let sender = Sender::new(target, self.give_up_after, clock, Arc::clone(&entropy), progress.clone());
        let summary = Summary { files: files.len(), skipped, ..Summary::default() };
        let mut pipeline = Pipeline::new(sender, progress.clone(), refused, summary);
        let (items, found) = mpsc::channel(READ_AHEAD);
        let reader = Reader { progress, entropy, items };
        let reading = tokio::task::spawn_blocking(move || reader.run(files));
        let sending = async {
            pipeline.run(found).await?;
            reading.await.map_err(|error| Failure::from_error(&error))?
        };
        let mut interrupts = Interrupts::new()?;
        let outcome = tokio::select! {
            outcome = sending => outcome,
            signal = interrupts.interrupted() => Err(Failure::Failed(format!("stopped by {signal}"))),
        };
        let summary = pipeline.end(outcome.is_ok())?;
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
}

fn judge(outcome: Result<(), Failure>, summary: &Summary) -> Result<(), Failure> {
    let refused = summary.refused();
    match outcome {
        Ok(()) if refused == 0 => Ok(()),
        Ok(()) => Err(Failure::Refused(format!(
            "{refused} of {} records were refused; hint: --refused FILE writes them to a file of their own, to be corrected and \
             sent alone",
            summary.sent()
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
