//! An answer read line by line as it comes.

use crate::app::offline::Answered;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use std::error::Error;

/// The lines of an answer. What stands behind the last line end is no line.
#[derive(Debug)]
pub struct Lines {
    body: UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>,
    read: BytesMut,
    /// How much of what was read holds no line end.
    searched: usize,
}

impl Lines {
    /// Reads the lines of an answer.
    pub fn of(answered: Answered) -> Self {
        Self { body: answered.into_body(), read: BytesMut::new(), searched: 0 }
    }

    /// Returns the next line without its end; none at the answer's proper end. May be given up while it waits.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Box<dyn Error + Send + Sync>> {
        loop {
            let unsearched = self.read.get(self.searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', unsearched) {
                let mut line = self.read.split_to(self.searched + at + 1);
                line.truncate(self.searched + at);
                self.searched = 0;
                return Ok(Some(line.freeze()));
            }
            self.searched = self.read.len();
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.read.extend_from_slice(&data);
                    }
                }
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    #[tokio::test]
    async fn lines_end_with_a_line_end() {
        let body = Full::new(Bytes::from_static(b"a\n\nbc\nrest")).map_err(|never| match never {});
        let mut lines = Lines::of(Answered::new(body.boxed_unsync()));
        for expected in ["a", "", "bc"] {
            assert_eq!(lines.next().await.unwrap().unwrap(), expected);
        }
        assert_eq!(lines.next().await.unwrap(), None);
    }
}
