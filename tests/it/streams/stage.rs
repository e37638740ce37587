//! What the tests of streams send and look at.

use crate::actor::Actor;
use crate::app::TestApp;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

/// Counts how often somebody was woken.
#[derive(Debug, Default)]
pub(crate) struct Woken(AtomicUsize);

impl Woken {
    /// Returns how often.
    pub(crate) fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Sends events `<prefix><number>` and returns their keys.
pub(crate) async fn send(sender: &Actor, prefix: &str, range: std::ops::Range<usize>) -> Vec<String> {
    let mut keys = Vec::new();
    for number in range {
        let key = format!("{prefix}{number}");
        assert_eq!(sender.send(&key, "{}").await.status, 201);
        keys.push(key);
    }
    keys
}

/// Returns how many streams are open.
pub(crate) fn open_streams(app: &TestApp) -> usize {
    let text = app.edge().metrics.render();
    let line = text.lines().find_map(|line| line.strip_prefix("active_event_streams ")).unwrap();
    line.parse().unwrap()
}

/// Waits until so many streams are open: their tasks end by themselves.
pub(crate) async fn until_open(app: &TestApp, count: usize) {
    while open_streams(app) != count {
        tokio::task::yield_now().await;
    }
}
