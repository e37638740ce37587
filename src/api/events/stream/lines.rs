//! Lines of the log as they are written.

use super::open::{head, heartbeat, retry_ms};
use super::pipe::{self, Inlet};
use super::reader::{Over, Right};
use crate::api::events::frame;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::request_id::RequestId;
use crate::http::shares::Share;
use crate::services::live::Endings;
use crate::telemetry::lines::{Fresh, LineFilter, LogLine, LogLines};
use crate::telemetry::metrics::Alive;
use axum::response::Response;
use bytes::Bytes;
use http::Method;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Most lines put in at once: each is at most a few kilobytes.
const PORTION_LEN: usize = 64;

pub(crate) struct FollowingLines {
    pub(crate) filter: LineFilter,
    /// Behind which line.
    pub(crate) after: u64,
    pub(crate) right: Right,
    /// How a line is written for them.
    pub(crate) write: fn(&LogLine) -> Bytes,
}

/// Opens a stream of lines. The head is answered at once; everything else is the task's.
pub(crate) fn follow_lines(call: &Call<'_>, following: FollowingLines) -> Result<Response, Problem> {
    let (inlet, outlet) = pipe::pipe();
    if call.parts.method == Method::HEAD {
        return Ok(head(outlet));
    }
    let place = call.enter_stream()?;
    inlet.put([Bytes::from(format!("retry: {}\n\n", retry_ms(call)))]);
    let FollowingLines { filter, after, right, write } = following;
    let patience = call.options.request_timeout;
    let reader = LineReader {
        endings: call.services()?.live.endings(),
        came: call.edge.lines.watch(),
        lines: Arc::clone(&call.edge.lines),
        filter,
        after,
        right: Arc::new(right),
        write,
        inlet,
        patience,
        heartbeat: heartbeat(patience),
        id: call.id.clone(),
        _place: place,
        _counted: call.edge.metrics.http.stream_opened(),
    };
    tokio::spawn(reader.run());
    Ok(head(outlet))
}

/// Gives one client lines until one of the two ends it.
struct LineReader {
    endings: Endings,
    came: watch::Receiver<u64>,
    lines: Arc<LogLines>,
    filter: LineFilter,
    /// The last line that was looked at.
    after: u64,
    right: Arc<Right>,
    write: fn(&LogLine) -> Bytes,
    inlet: Inlet,
    patience: Duration,
    heartbeat: Duration,
    id: RequestId,
    _place: Share,
    _counted: Alive,
}

impl LineReader {
    async fn run(mut self) {
        let right = Arc::clone(&self.right);
        let over = tokio::select! {
            biased;
            problem = right.lost() => Over::Refused(problem),
            over = async {
                let mut beat = Instant::now() + self.heartbeat;
                loop {
                    if let Err(over) = self.go_on(&mut beat).await {
                        break over;
                    }
                }
            } => over,
        };
        if let Some(problem) = over.problem() {
            self.inlet.close(frame::problem(&problem.body(self.id.as_str())));
        }
    }

    /// Gives one portion, once the one before was taken, or waits for what comes.
    async fn go_on(&mut self, beat: &mut Instant) -> Result<(), Over> {
        tokio::select! {
            biased;
            ending = self.endings.ended() => return Err(Over::Ended(ending)),
            room = self.inlet.room(self.patience) => room?,
        }
        self.came.mark_unchanged();
        let Fresh { lines, through, lost } = self.lines.fresh(&self.filter, self.after, PORTION_LEN);
        let came = through > self.after;
        self.after = through;
        if lost > 0 || !lines.is_empty() {
            self.right.check().map_err(Over::Refused)?;
            let gap = (lost > 0).then(|| Bytes::from(format!("event: lost\ndata: {lost}\n\n")));
            let write = self.write;
            self.inlet.put(gap.into_iter().chain(lines.iter().map(|line| write(line))));
        }
        if came {
            return Ok(());
        }
        tokio::select! {
            biased;
            ending = self.endings.ended() => return Err(Over::Ended(ending)),
            () = self.inlet.left() => return Err(Over::Left),
            () = tokio::time::sleep_until(*beat) => {
                self.right.check().map_err(Over::Refused)?;
                self.inlet.put([frame::pulse()]);
                *beat = Instant::now() + self.heartbeat;
            }
            // The lines outlive whoever follows them.
            _ = self.came.changed() => {}
        }
        Ok(())
    }
}
