//! How long a search through the ledger may take before it says how far it came.

use std::time::Duration;

/// How long a walk looks on without having found what fills it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// 50 ms: for a program, which goes on from where the walk ended.
    #[default]
    Program,
    /// 12 ms: for a page, which somebody waits for.
    Page,
}

impl Patience {
    /// Returns the time.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Program => Duration::from_millis(50),
            Self::Page => Duration::from_millis(12),
        }
    }
}
