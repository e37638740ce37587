//! A disk that hangs: which thread does not move, how a health run ends, and what it leaves behind.

use super::check::Status;
use super::motion::Motion;
use super::probes::{Probes, Times};
use super::warnings::Warnings;
use crate::domain::time::Timestamp;
use crate::platform::clock::SystemClock;
use crate::platform::entropy::SystemEntropy;
use crate::platform::real_disk::RealDisk;
use crate::platform::scratch::ScratchDirectory;
use crate::platform::watched_disk::{Asked, WatchedDisk};
use crate::services::agents::Agents;
use crate::store::handle::Store;
use crate::store::options::StoreOptions;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What of the disk may hang.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Journal,
    Database,
    Space,
}

/// Holds what is asked of one part until it is let go.
#[derive(Default)]
struct Hold {
    held: Mutex<Option<Part>>,
    changed: Condvar,
    /// How often space was asked for.
    space_asked: AtomicUsize,
}

impl Hold {
    fn set(&self, part: Option<Part>) {
        *self.held.lock().unwrap() = part;
        self.changed.notify_all();
    }

    fn pass(&self, asked: Asked<'_>) {
        let part = match asked {
            Asked::Sync(name) if name.starts_with("journal.") => Part::Journal,
            Asked::Sync(_) => Part::Database,
            // Health alone asks for it.
            Asked::TotalBytes => {
                self.space_asked.fetch_add(1, Ordering::SeqCst);
                Part::Space
            }
            Asked::Write(..) => return,
        };
        let held = self.held.lock().unwrap();
        drop(self.changed.wait_while(held, |held| *held == Some(part)).unwrap());
    }
}

/// A store on a disk that can be held, in a directory of its own.
struct Stage {
    store: Store,
    hold: Arc<Hold>,
    _directory: ScratchDirectory,
}

impl Stage {
    fn set() -> Self {
        let (directory, entropy) = (ScratchDirectory::new(), Arc::new(SystemEntropy::new()));
        let (hold, clock) = (Arc::new(Hold::default()), Arc::new(SystemClock));
        let held = Arc::clone(&hold);
        let disk = Arc::new(WatchedDisk::new(RealDisk::new(&*directory), move |asked| held.pass(asked)));
        Store::create(disk.as_ref(), clock.as_ref(), entropy.as_ref()).unwrap();
        let options = StoreOptions {
            journal_segment_bytes: 256 << 10,
            flush_interval: Duration::from_millis(1),
            ..StoreOptions::default()
        };
        let store = Store::open(disk, options, clock, entropy).unwrap();
        Self { store, hold, _directory: directory }
    }

    fn end(self) {
        self.hold.set(None);
        self.store.close().unwrap();
    }
}

/// Looks until this is what does not move.
async fn look_until(motion: &mut Motion, wanted: &[&str]) {
    let looking = async { while motion.stuck(Instant::now() + Duration::from_millis(20)).await != wanted {} };
    tokio::time::timeout(Duration::from_mins(1), looking)
        .await
        .unwrap_or_else(|_| panic!("never {wanted:?}"));
}

#[tokio::test]
async fn a_journal_that_hangs_stops_the_sequencer_alone() {
    let stage = Stage::set();
    let mut motion = Motion::new(stage.store.clone());
    look_until(&mut motion, &[]).await;
    stage.hold.set(Some(Part::Journal));
    look_until(&mut motion, &["sequencer"]).await;
    let again = motion.stuck(Instant::now() + Duration::from_millis(20)).await;
    assert_eq!(again, ["sequencer"], "it stays stuck, and is asked no second time");
    stage.hold.set(None);
    look_until(&mut motion, &[]).await;
    stage.end();
}

#[tokio::test]
async fn a_database_that_hangs_stops_the_applier_alone() {
    let stage = Stage::set();
    let mut motion = Motion::new(stage.store.clone());
    look_until(&mut motion, &[]).await;
    stage.hold.set(Some(Part::Database));
    look_until(&mut motion, &["applier"]).await;
    stage.hold.set(None);
    look_until(&mut motion, &[]).await;
    stage.end();
}

#[tokio::test]
async fn threads_that_are_gone_do_not_move() {
    let stage = Stage::set();
    let mut motion = Motion::new(stage.store.clone());
    stage.store.close().unwrap();
    assert_eq!(motion.stuck(Instant::now() + Duration::from_millis(20)).await, ["sequencer"]);
}

#[tokio::test]
async fn a_health_run_ends_at_its_deadline_is_logged_when_slow_and_asks_nothing_twice() {
    let stage = Stage::set();
    let agents = Agents::load(stage.store.clone(), Arc::new(SystemClock)).unwrap();
    let probes = |times| Probes::new(stage.store.clone(), agents.clone(), 0, times);
    let warnings = Warnings::default();
    let _kept = tracing::subscriber::set_default(warnings.clone());
    let said = || warnings.take();
    let long = Duration::from_mins(1);
    let times = Times { max: long, logged: long };
    let found = probes(times).run(Timestamp::default()).await;
    assert_ne!(found.status("disk"), Some(Status::Down));
    assert_eq!(said(), [""; 0], "a quick run is not worth a line");

    stage.hold.set(Some(Part::Space));
    let asked = || stage.hold.space_asked.load(Ordering::SeqCst);
    let before = asked();
    let mut probes = probes(Times { max: Duration::from_millis(50), logged: Duration::from_millis(25) });
    for _ in 0..3 {
        let found = probes.run(Timestamp::default()).await;
        assert_eq!(found.status("disk"), Some(Status::Down));
        assert_eq!((found.status("session"), found.sequencer), (Some(Status::Up), true));
        let said = said();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("A health run took ") && said[0].ends_with(" ms, most of it for disk"));
    }
    assert_eq!(asked(), before + 1, "a disk that hangs holds one question");
    stage.hold.set(None);
    let answered =
        async { while probes.run(Timestamp::default()).await.status("disk") == Some(Status::Down) {} };
    tokio::time::timeout(long, answered).await.expect("the disk answers again");
    drop(probes);
    stage.end();
}
