//! The task behind a stream, and the right to read, which is looked at again while a stream goes on.

use super::pipe::{Inlet, NoRoom};
use crate::api::events::{event::EventJson, export::Waiting, frame};
use crate::crypto::digest::Digest;
use crate::domain::cursor::Cursor;
use crate::domain::ids::Seq;
use crate::domain::permission::Permission;
use crate::http::answer_memory::AnswerMemory;
use crate::http::call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::request_id::RequestId;
use crate::http::shares::Share;
use crate::services::access::{Access, Standing};
use crate::services::live::{Ending, Endings, Follower, LiveEvent, News};
use crate::services::operators::Sessions;
use crate::services::reading::{Page, ReadError, StoredEvent};
use crate::telemetry::metrics::Alive;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Most events of a page out of the ledger: few, because many readers may be in the past at once and each holds a page
/// until it was taken.
const PAGE_LEN: usize = 64;

/// Gives one client its tenant's events until one of the two ends it.
pub(super) struct Reader {
    pub(super) follower: Follower,
    pub(super) endings: Endings,
    pub(super) inlet: Inlet,
    pub(super) right: Arc<Right>,
    pub(super) form: Form,
    pub(super) pages: AnswerMemory,
    /// Longest time without anything being taken, and for a turn at reading.
    pub(super) patience: Duration,
    /// Time between two signs of life.
    pub(super) heartbeat: Duration,
    pub(super) id: RequestId,
    /// The last cursor the client was given.
    pub(super) told: Cursor,
    pub(super) _place: Share,
    pub(super) _counted: Alive,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As the API gives them: once for all who follow.
    Shared,
    /// Short, and for this reader alone.
    Own(fn(&mut Vec<u8>, Cursor, &StoredEvent)),
}

/// Why a stream is over.
pub(super) enum Over {
    Left,
    TooSlow,
    Refused(Problem),
    Unread(ReadError),
    /// Everybody's stream ends.
    Ended(Ending),
}

impl Reader {
    /// Follows until the end, which is the stream's last piece and a line in the log.
    pub(super) async fn run(mut self) {
        let right = Arc::clone(&self.right);
        let over = tokio::select! {
            biased;
            problem = right.lost() => Over::Refused(problem),
            over = self.give_all() => over,
        };
        let one_of_all = matches!(over, Over::Ended(_));
        if let Some(problem) = over.problem() {
            let (rid, tenant, reason) = (self.id.as_str(), self.follower.tenant(), problem.code.as_str());
            if !one_of_all {
                tracing::info!(rid, tenant = %tenant, reason, "An event stream was ended: {reason}");
            }
            self.inlet.close(frame::problem(&problem.body(rid)));
        }
    }

    async fn give_all(&mut self) -> Over {
        let mut beat = Instant::now() + self.heartbeat;
        loop {
            if let Err(over) = self.go_on(&mut beat).await {
                return over;
            }
        }
    }

    /// Gives one portion, once the one before was taken.
    async fn go_on(&mut self, beat: &mut Instant) -> Result<(), Over> {
        tokio::select! {
            biased;
            ending = self.endings.ended() => return Err(Over::Ended(ending)),
            room = self.inlet.room(self.patience) => room?,
        }
        if self.follower.is_behind() {
            // Boxed, so that a reader that sleeps does not keep the room for it.
            let portion = tokio::select! {
                biased;
                ending = self.endings.ended() => return Err(Over::Ended(ending)),
                () = self.inlet.left() => return Err(Over::Left),
                portion = Box::pin(read(&mut self.follower, &self.pages, self.patience, self.form)) => portion?,
            };
            self.right.check().map_err(Over::Refused)?;
            self.told = portion.end.unwrap_or(self.told);
            self.inlet.put(portion.pieces);
            if Instant::now() >= *beat {
                self.show_life(beat);
            }
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.inlet.left() => Err(Over::Left),
            () = tokio::time::sleep_until(*beat) => {
                self.right.check().map_err(Over::Refused)?;
                self.follower.rest();
                self.show_life(beat);
                Ok(())
            }
            news = self.follower.news() => match news {
                News::Events(events) => self.give(&events),
                News::Behind => Ok(()),
                News::Ended(ending) => Err(Over::Ended(ending)),
            },
        }
    }

    fn give(&mut self, events: &[Arc<LiveEvent>]) -> Result<(), Over> {
        let Some(last) = events.last() else { return Ok(()) };
        self.right.check().map_err(Over::Refused)?;
        let epoch = self.follower.position().epoch;
        let write = |event: &StoredEvent| {
            let mut bytes = Vec::new();
            self.form.push(&mut bytes, Cursor { epoch, seq: event.seq }, event);
            bytes
        };
        let written = events.iter().map(|live| match self.form {
            Form::Shared => live.written(write),
            Form::Own(_) => write(live.event()).into(),
        });
        self.inlet.put(written);
        self.told = Cursor { epoch, seq: last.event().seq };
        Ok(())
    }

    /// Says how far the ledger was looked at, if that is news; else only that the stream is alive.
    fn show_life(&mut self, beat: &mut Instant) {
        let position = self.follower.position();
        let piece = if position == self.told { frame::pulse() } else { frame::progress(position) };
        self.told = position;
        self.inlet.put([piece]);
        *beat = Instant::now() + self.heartbeat;
    }
}

/// A page as it is given.
struct Portion {
    pieces: Vec<Bytes>,
    /// The cursor of the last event.
    end: Option<Cursor>,
}

async fn read(
    follower: &mut Follower,
    pages: &AnswerMemory,
    patience: Duration,
    form: Form,
) -> Result<Portion, ReadError> {
    let position = follower.position();
    let mut patience = Waiting::new(patience);
    loop {
        let pages = pages.clone();
        let read = follower.read(PAGE_LEN, move |page| portion(position, page, &pages, form)).await;
        if !patience.again(&read).await {
            return read;
        }
    }
}

fn portion(position: Cursor, page: &Page, pages: &AnswerMemory, form: Form) -> Result<Portion, ReadError> {
    let cursor = |seq: Seq| Cursor { seq, ..position };
    let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(page.events.len()));
    for event in &page.events {
        form.push(&mut bytes, cursor(event.seq), event);
        ends.push(bytes.len());
    }
    let mut rest = pages.hold_written(bytes)?;
    let mut begin = 0;
    let cut = |end| {
        let piece = rest.split_to(end - begin);
        begin = end;
        piece
    };
    let pieces = ends.into_iter().map(cut).collect();
    Ok(Portion { pieces, end: page.events.last().map(|event| cursor(event.seq)) })
}

impl Form {
    fn push(self, bytes: &mut Vec<u8>, cursor: Cursor, event: &StoredEvent) {
        match self {
            Self::Shared => frame::push_event(bytes, cursor, &EventJson(event)),
            Self::Own(push) => push(bytes, cursor, event),
        }
    }
}

impl Over {
    /// Returns what the client is told, if it is still there.
    pub(super) fn problem(self) -> Option<Problem> {
        match self {
            Self::Left => None,
            Self::TooSlow => Some(Problem::new(
                Code::ReaderTooSlow,
                "nothing was taken for too long; hint: come again with the last id as Last-Event-ID",
            )),
            Self::Refused(problem) => Some(problem),
            Self::Unread(error) => Some(error.into()),
            Self::Ended(Ending::Draining) => Some(call::draining()),
            Self::Ended(Ending::Failed) => Some(ReadError::Stopped.into()),
        }
    }
}

impl From<NoRoom> for Over {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Left => Self::Left,
            NoRoom::TooSlow => Self::TooSlow,
        }
    }
}

impl From<ReadError> for Over {
    fn from(error: ReadError) -> Self {
        Self::Unread(error)
    }
}

/// Why a reader may read.
#[derive(Debug)]
pub(crate) enum Right {
    Token(Access, Standing),
    /// As an operator, by the session of this digest.
    Session(Sessions, Digest),
    /// As the administrator of this machine.
    CommandLine,
}

/// How often the right to read is looked at while nothing is given: a stream ends this soon after a token, a session, an
/// operator or a tenant that it goes on by. One look takes microseconds, and a timer costs a sleeping reader little.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Right {
    /// Waits until the right is gone, and returns why. May be given up while it waits.
    pub(super) async fn lost(&self) -> Problem {
        if matches!(self, Self::CommandLine) {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(problem) = self.check() {
                return problem;
            }
        }
    }

    /// Checks whether the reader may still read.
    pub(super) fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Token(access, standing) => Ok(access.still(standing)?),
            Self::CommandLine => Ok(()),
            Self::Session(sessions, digest) => {
                let signed_in = sessions.look_at(digest).ok_or_else(|| {
                    Problem::new(Code::SessionOver, "the session has ended; hint: sign in again")
                })?;
                if signed_in.operator.role.may(Permission::See) {
                    return Ok(());
                }
                let detail = "the operator may see this no more; hint: ask an owner";
                Err(Problem::new(Code::RoleLacking, detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_task<F: Future>(_run: impl FnOnce(Reader) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_sleeping_reader_takes_little_memory() {
        let bytes = size_of_task(Reader::run);
        assert!(bytes <= 3_072, "{bytes} bytes for each of thousands of readers");
    }
}
