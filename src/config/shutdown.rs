//! `[shutdown]`: the graceful stop.

use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use std::time::Duration;

section! {
    /// The graceful stop at SIGTERM and SIGINT.
    pub struct ShutdownConfig in "shutdown" {
        /// Time for finishing requests and storing what was accepted; after it the stop counts as timed out. The
        /// service manager's own limit (`TimeoutStopSec`) must be longer.
        "drain_timeout_ms" drain_timeout: Duration = Duration::from_secs(30),
            Row::of(Kind::milliseconds(100, 600_000)).live();
    }
}
