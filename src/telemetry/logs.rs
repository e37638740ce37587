//! Where log lines go, in which shape and from which level on.
//!
//! Every line is stripped of secrets before it is written. Lines are handed to a thread of their own, so that a slow disk or terminal never holds a request up; when that
//! thread falls too far behind, lines are dropped and counted. Errors are the exception: they are written at once,
//! because the process may end right behind them.

use crate::config::{FieldName, LogFormat, LogLevel, LoggingConfig};
use crate::platform::files::create_private_directory;
use crate::telemetry::lines::LogLines;
use crate::telemetry::redaction::Redaction;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::{Level, Subscriber, warn};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::reload;

/// Lines that may wait to be written: some seconds of a busy appliance, about 8 MiB at most.
const LINES_WAITING_MAX: usize = 16_384;

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The directory cannot be made.
    #[error("the log directory {0} cannot be made; hint: let the service own its parent directory")]
    Directory(PathBuf, #[source] io::Error),
    /// The file cannot be opened.
    #[error("no log file can be opened in {0}; hint: let the service own the directory")]
    File(PathBuf, #[source] tracing_appender::rolling::InitError),
    /// Logging was set up before in this process.
    #[error("logging is set up already")]
    Repeated,
}

/// Keeps logging alive. Dropping it writes what still waits.
#[derive(Debug)]
pub struct LogHandle {
    filter: reload::Handle<Targets, Registry>,
    dropped: ErrorCounter,
    dropped_reported: AtomicUsize,
    lines: Arc<LogLines>,
}

/// The end of the log: writes what waits when it is dropped. Whoever runs the process keeps it to the last, and nobody
/// else holds it.
#[derive(Debug)]
pub struct LogEnd {
    _writer: WorkerGuard,
}

impl LogHandle {
    /// Changes the level from now on.
    pub fn set_level(&self, level: LogLevel) {
        self.filter.reload(targets(level)).expect("the subscriber lives as long as the process");
    }

    /// Returns the last lines, as they were written.
    pub fn lines(&self) -> Arc<LogLines> {
        Arc::clone(&self.lines)
    }

    /// Logs how many lines were dropped since the last call, if any.
    pub fn report_dropped_lines(&self) {
        let dropped = self.dropped.dropped_lines();
        let more = dropped.saturating_sub(self.dropped_reported.swap(dropped, Ordering::Relaxed));
        if more > 0 {
            warn!(more, "Dropped {more} log lines that could not be written fast enough");
        }
    }
}

/// Sets logging up for the whole process.
pub fn init(config: &LoggingConfig) -> Result<(Arc<LogHandle>, LogEnd), LogError> {
    let sink = Arc::new(Sink::open(config)?);
    let builder = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING_MAX).thread_name("logs");
    let (queued, guard) = builder.finish(Direct(Arc::clone(&sink)));
    let dropped = queued.error_counter();
    let is_terminal = sink.place.is_terminal();
    let lines = Arc::clone(&sink.lines);
    let (subscriber, filter) =
        subscriber(config.format, config.level, is_terminal, errors_at_once(queued, sink));
    tracing::subscriber::set_global_default(subscriber).map_err(|_set_before| LogError::Repeated)?;
    let handle = LogHandle { filter, dropped, dropped_reported: AtomicUsize::new(0), lines };
    Ok((Arc::new(handle), LogEnd { _writer: guard }))
}

/// Puts filter, shape and writer together.
fn subscriber<W>(
    format: LogFormat,
    level: LogLevel,
    is_terminal: bool,
    writer: W,
) -> (impl Subscriber + Send + Sync, reload::Handle<Targets, Registry>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(targets(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let is_pretty = format == LogFormat::Pretty || (format == LogFormat::Auto && is_terminal);
    let lines = if is_pretty {
        lines.with_ansi(is_terminal).boxed()
    } else {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    };
    (Registry::default().with(filter).with(lines), handle)
}

/// The level holds for Mainstay alone. Its dependencies stay at warnings, because some of them write whole headers,
/// credentials included, at the levels below.
fn targets(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("mainstay", level)
}

/// Where lines end up, stripped of secrets.
#[derive(Debug)]
struct Sink {
    redaction: Redaction,
    place: Place,
    /// What is kept in memory, too.
    lines: Arc<LogLines>,
}

#[derive(Debug)]
enum Place {
    Stdout,
    Files(RollingFileAppender),
}

impl Sink {
    fn open(config: &LoggingConfig) -> Result<Self, LogError> {
        let redaction = Redaction::new(config.redact_fields.iter().map(FieldName::as_str));
        Ok(Self { redaction, place: Place::open(config)?, lines: Arc::default() })
    }

    fn write_line(&self, line: &[u8]) -> io::Result<()> {
        let line = self.redaction.apply(line);
        // Nothing is kept that is not written, or written with more in it.
        self.lines.push(&line);
        self.place.write_line(&line)
    }
}

impl Place {
    fn open(config: &LoggingConfig) -> Result<Self, LogError> {
        let Some(directory) = &config.directory else { return Ok(Self::Stdout) };
        create_private_directory(directory).map_err(|error| LogError::Directory(directory.clone(), error))?;
        let files = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("mainstay")
            .filename_suffix("log")
            .max_log_files(config.files_max)
            .build(directory)
            .map_err(|error| LogError::File(directory.clone(), error))?;
        Ok(Self::Files(files))
    }

    fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout) && io::IsTerminal::is_terminal(&io::stdout())
    }

    fn write_line(&self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(line)?;
                stdout.flush()
            }
            Self::Files(files) => files.make_writer().write_all(line),
        }
    }
}

/// Writes in the calling thread.
#[derive(Debug)]
struct Direct(Arc<Sink>);

impl Write for Direct {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_line(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes errors in the calling thread and hands other lines to the queue.
fn errors_at_once(
    queued: NonBlocking,
    sink: Arc<Sink>,
) -> impl for<'a> MakeWriter<'a> + Send + Sync + 'static {
    let direct = move || Direct(Arc::clone(&sink));
    direct.with_max_level(Level::ERROR).or_else(queued)
}

/// Keeps lines for a test to read.
#[cfg(test)]
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<std::sync::Mutex<Vec<u8>>>);

#[cfg(test)]
impl Kept {
    /// Keeps the lines of this thread while something runs, which may change the level.
    pub(super) fn during(&self, format: LogFormat, run: impl FnOnce(&reload::Handle<Targets, Registry>)) {
        let kept = self.clone();
        let (subscriber, filter) = subscriber(format, LogLevel::Info, false, move || kept.clone());
        tracing::subscriber::with_default(subscriber, || run(&filter));
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;
    use crate::telemetry::lines::LineFilter;
    use tracing::{debug, error, info};

    #[test]
    fn json_lines_carry_level_utc_time_and_fields() {
        let kept = Kept::default();
        kept.during(LogFormat::Json, |_filter| info!(seq = 7, tenant = %"acme", "Stored event 7"));
        let lines = kept.lines();
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((line["seq"].as_u64(), line["tenant"].as_str()), (Some(7), Some("acme")));
        assert_eq!(
            (line["level"].as_str(), line["message"].as_str()),
            (Some("INFO"), Some("Stored event 7"))
        );
        crate::domain::time::Timestamp::parse(line["timestamp"].as_str().unwrap()).unwrap();
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn the_level_changes_at_run_time_and_dependencies_stay_at_warnings() {
        let kept = Kept::default();
        kept.during(LogFormat::Pretty, |filter| {
            debug!("before");
            filter.reload(targets(LogLevel::Debug)).unwrap();
            debug!("while");
            info!(target: "hyper", "headers");
            warn!(target: "hyper", "closed");
            filter.reload(targets(LogLevel::Error)).unwrap();
            warn!("after");
            warn!(target: "hyper", "closed again");
            error!("failed\nforged line");
        });
        let lines = kept.lines();
        assert_eq!(lines.len(), 4, "{lines:?}");
        for (line, word) in lines.iter().zip(["while", "closed", "failed", "forged"]) {
            assert!(line.contains(word), "{line}");
        }
    }

    #[test]
    fn an_error_is_in_the_file_at_once_and_the_rest_when_the_handle_is_dropped() {
        let directory = ScratchDirectory::new();
        let config = LoggingConfig {
            format: LogFormat::Json,
            directory: Some(directory.to_path_buf()),
            files_max: 2,
            redact_fields: vec![FieldName::parse("password").unwrap()],
            ..LoggingConfig::default()
        };
        let sink = Arc::new(Sink::open(&config).unwrap());
        let kept = Arc::clone(&sink.lines);
        let read = || {
            let file = std::fs::read_dir(&*directory).unwrap().next().unwrap().unwrap();
            std::fs::read_to_string(file.path()).unwrap()
        };
        let (queued, guard) = NonBlockingBuilder::default().finish(Direct(Arc::clone(&sink)));
        let (subscriber, _filter) =
            subscriber(config.format, config.level, false, errors_at_once(queued, sink));
        tracing::subscriber::with_default(subscriber, || {
            error!(error = r#"at {"password":"planted"}"#, "the disk failed");
            assert!(read().contains("the disk failed"));
            info!("said before the end with Bearer planted");
        });
        drop(guard);
        assert!(read().contains("said before the end"));
        assert!(!read().contains("planted") && read().matches("[redacted]").count() == 2, "{}", read());
        let filter = LineFilter { level: Level::TRACE, text: String::new(), since: None };
        let kept = kept.page(&filter, None, 9).lines;
        let kept: Vec<&str> = kept.iter().map(|line| line.text.as_ref()).collect();
        assert_eq!(kept, read().lines().collect::<Vec<_>>(), "memory holds what the file holds");
    }
}
