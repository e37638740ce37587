//! A disk that hangs: which thread does not move, how a health run ends, and what it leaves behind.

use super::check::Status;
use super::motion::Motion;
use super::probes::{Probes, Times};
use super::warnings::Warnings;
use crate::domain::time::Timestamp;
use crate::platform::clock::SystemClock;
use crate::platform::disk::{Disk, DiskFile};
use crate::platform::entropy::{self, SystemEntropy};
use crate::platform::real_disk::RealDisk;
use crate::services::agents::Agents;
use crate::store::handle::Store;
use crate::store::options::StoreOptions;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What of the disk may hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Journal,
    Database,
    Space,
}

/// Holds what is asked of one part until it is let go.
#[derive(Debug, Default)]
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

    fn pass(&self, part: Part) {
        let held = self.held.lock().unwrap();
        drop(self.changed.wait_while(held, |held| *held == Some(part)).unwrap());
    }
}

#[derive(Debug)]
struct HeldDisk(RealDisk, Arc<Hold>);

#[derive(Debug)]
struct HeldFile(Arc<dyn DiskFile>, Arc<Hold>, Part);

impl HeldDisk {
    fn holding(&self, name: &str, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        let part = if name.starts_with("journal.") { Part::Journal } else { Part::Database };
        Arc::new(HeldFile(file, Arc::clone(&self.1), part))
    }
}

impl Disk for HeldDisk {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.holding(name, self.0.open(name)?))
    }
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.holding(name, self.0.create(name)?))
    }
    fn exists(&self, name: &str) -> io::Result<bool> {
        self.0.exists(name)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }
    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }
    fn total_bytes(&self) -> io::Result<u64> {
        // Health alone asks for it.
        self.1.space_asked.fetch_add(1, Ordering::SeqCst);
        self.1.pass(Part::Space);
        self.0.total_bytes()
    }
}

impl DiskFile for HeldFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, bytes)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.pass(self.2);
        self.0.sync()
    }
}

/// A store on a disk that can be held, in a directory of its own.
struct Stage {
    store: Store,
    hold: Arc<Hold>,
    path: PathBuf,
}

impl Stage {
    fn set() -> Self {
        let entropy = Arc::new(SystemEntropy::new());
        let name = u64::from_le_bytes(entropy::array(entropy.as_ref()));
        let path = std::env::temp_dir().join(format!("mainstay-held-{name:x}"));
        std::fs::create_dir(&path).unwrap();
        let (hold, clock) = (Arc::new(Hold::default()), Arc::new(SystemClock));
        let disk = Arc::new(HeldDisk(RealDisk::new(&path), Arc::clone(&hold)));
        Store::create(disk.as_ref(), clock.as_ref(), entropy.as_ref()).unwrap();
        let options = StoreOptions {
            journal_segment_bytes: 256 << 10,
            flush_interval: Duration::from_millis(1),
            ..StoreOptions::default()
        };
        let store = Store::open(disk, options, clock, entropy).unwrap();
        Self { store, hold, path }
    }

    fn end(self) {
        self.hold.set(None);
        self.store.close().unwrap();
        std::fs::remove_dir_all(self.path).unwrap();
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
    std::fs::remove_dir_all(stage.path).unwrap();
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
