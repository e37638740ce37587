//! How far the sending of a file has come, kept so that a further run goes on there.
//!
//! What is kept only saves time: the keys tell the appliance what it has. Before a run goes on it sends the latest
//! finished request again; if the appliance does not know all of it (another one, or one that was restored to an
//! earlier state), the file is sent from its beginning.

use crate::cli::send::counts::Counts;
use crate::crypto::digest::{Digest, sha256};
use crate::platform::files::{Access, create_private_directory, write_whole};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Version of the files; another one is passed over.
const VERSION: u32 = 1;

/// How far the sending of a file has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// All records before this offset are answered.
    pub(super) done_to: u64,
    /// Number of the record there.
    pub(super) next: u64,
    /// What became of those before.
    pub(super) counts: Counts,
    /// Length of the list of refused records' places.
    refused_len: u64,
    /// Smallest place in the ledger that this send was given.
    pub(super) first_seq: Option<u64>,
    /// The request that was stored latest.
    pub(super) latest: Option<Latest>,
}

/// The request that was stored latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Latest {
    /// Its highest place in the ledger.
    pub(super) seq: u64,
    /// Its offset in the file.
    pub(super) offset: u64,
    /// Number of its first record.
    pub(super) first: u64,
}

impl State {
    /// Begins at the beginning.
    pub(super) fn begin() -> Self {
        Self {
            version: VERSION,
            done_to: 0,
            next: 1,
            counts: Counts::default(),
            refused_len: 0,
            first_seq: None,
            latest: None,
        }
    }
}

/// Where states are kept; nowhere if no folder can be used.
#[derive(Clone, Debug)]
pub(super) struct States {
    folder: Option<PathBuf>,
    /// What tells this send from others: target and options.
    about: String,
}

/// One file's state, and the list of its refused records' places.
#[derive(Debug)]
pub(super) struct Kept {
    path: Option<PathBuf>,
    places: File,
    state: State,
}

/// Place of a refused record in its file: offsets in bytes.
#[derive(Serialize, Deserialize)]
struct PlaceJson(u64, u64);

impl States {
    /// Keeps states in a folder, which is made if it is not there.
    pub(super) fn in_folder(folder: &Path, about: String) -> io::Result<Self> {
        create_private_directory(folder)?;
        Ok(Self { folder: Some(folder.to_owned()), about })
    }

    /// Keeps none.
    pub(super) fn nowhere() -> Self {
        Self { folder: None, about: String::new() }
    }

    /// Opens the state of a file of which so called `records` are sent; `nameless` makes a file for the places when
    /// nothing is kept.
    pub(super) fn open(
        &self,
        file: &Digest,
        records: &str,
        nameless: impl FnOnce() -> io::Result<File>,
    ) -> io::Result<Kept> {
        let Some(folder) = &self.folder else {
            return Ok(Kept { path: None, places: nameless()?, state: State::begin() });
        };
        let name = sha256(&[file, records.as_bytes(), b"\n", self.about.as_bytes()]);
        let path = folder.join(format!("{}.json", HEXLOWER.encode(name.split_at(16).0)));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let places = options.open(places_path(&path))?;
        if places.try_lock().is_err() {
            let running =
                "another send of this file to this appliance is running; hint: wait until it has ended";
            return Err(io::Error::other(running));
        }
        let state =
            read(&path).filter(|state| places.metadata().is_ok_and(|it| it.len() >= state.refused_len));
        Ok(Kept { path: Some(path), places, state: state.unwrap_or_else(State::begin) })
    }
}

fn places_path(path: &Path) -> PathBuf {
    path.with_extension("refused")
}

/// Reads a state; one that is missing, damaged or of another version counts as none.
fn read(path: &Path) -> Option<State> {
    let state: State = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (state.version == VERSION).then_some(state)
}

impl Kept {
    /// Returns the state.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Forgets all and begins anew; of this send something is already stored at that place.
    pub(super) fn restart(&mut self, first_seq: Option<u64>) {
        self.state = State { first_seq, ..State::begin() };
    }

    /// Changes the state, adds to the list of refused records and keeps both.
    pub(super) fn advance(
        &mut self,
        refused: &[Range<u64>],
        change: impl FnOnce(&mut State),
    ) -> io::Result<()> {
        if !refused.is_empty() {
            // What a run that was cut off has written behind the state's end goes.
            self.places.set_len(self.state.refused_len)?;
            self.places.seek(io::SeekFrom::End(0))?;
            let mut lines = BufWriter::new(&self.places);
            for place in refused {
                serde_json::to_writer(&mut lines, &PlaceJson(place.start, place.end))?;
                lines.write_all(b"\n")?;
            }
            lines.flush()?;
            drop(lines);
            self.places.sync_data()?;
            self.state.refused_len = self.places.stream_position()?;
        }
        change(&mut self.state);
        match &self.path {
            Some(path) => write_whole(path, &serde_json::to_vec(&self.state)?, Access::Private),
            None => Ok(()),
        }
    }

    /// Hands on the place of every refused record, in the file's order.
    pub(super) fn refused(
        &mut self,
        mut hand_on: impl FnMut(Range<u64>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.places.rewind()?;
        let mut left = self.state.refused_len;
        let mut reader = BufReader::new(&self.places);
        let mut line = Vec::new();
        while left > 0 && reader.read_until(b'\n', &mut line)? > 0 {
            let PlaceJson(start, end) = serde_json::from_slice(&line)?;
            hand_on(start..end)?;
            left = left.saturating_sub(line.len() as u64);
            line.clear();
        }
        Ok(())
    }

    /// Returns the files to remove once nothing is left to go on with.
    pub(super) fn into_paths(self) -> Vec<PathBuf> {
        self.path.map_or_else(Vec::new, |path| vec![places_path(&path), path])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::send::answer::Reason;
    use crate::cli::send::source::nameless;
    use crate::platform::entropy::SeededEntropy;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("mainstay-send-{name}-{}", std::process::id()))
    }

    fn never() -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn places(kept: &mut Kept) -> Vec<Range<u64>> {
        let mut places = Vec::new();
        kept.refused(|place| {
            places.push(place);
            Ok(())
        })
        .unwrap();
        places
    }

    #[test]
    fn a_state_is_found_again_by_file_and_target_alone() {
        let folder = folder("states");
        let states = States::in_folder(&folder, "to a".into()).unwrap();
        let mut kept = states.open(&[1; 32], "lines", never).unwrap();
        assert_eq!(*kept.state(), State::begin());
        kept.advance(&[3..9, 9..9], |state| state.counts.refuse("f", Some(2), &Reason::new("c", "d")))
            .unwrap();
        kept.advance(&[], |state| state.done_to = 10).unwrap();
        let expected = kept.state().clone();
        kept.places.write_all(b"torn").unwrap();
        let beside = states.open(&[1; 32], "lines", never).unwrap_err();
        assert!(beside.to_string().contains("another send"), "{beside}");
        drop(kept);

        let mut again = states.open(&[1; 32], "lines", never).unwrap();
        assert_eq!(*again.state(), expected);
        assert_eq!(places(&mut again), [3..9, 9..9]);
        again.advance(&[12..13, 14..15], |_| {}).unwrap();
        assert_eq!(places(&mut again), [3..9, 9..9, 12..13, 14..15]);

        let elsewhere = States::in_folder(&folder, "to b".into()).unwrap();
        assert_eq!(*elsewhere.open(&[1; 32], "lines", never).unwrap().state(), State::begin());
        assert_eq!(*states.open(&[2; 32], "lines", never).unwrap().state(), State::begin());

        let [places, path] = &*again.into_paths() else { panic!("two files") };
        fs::write(places, "").unwrap();
        assert_eq!(*states.open(&[1; 32], "lines", never).unwrap().state(), State::begin());
        fs::write(path, "{").unwrap();
        assert_eq!(*states.open(&[1; 32], "lines", never).unwrap().state(), State::begin());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_folder_a_run_works_and_keeps_nothing() {
        let made = || nameless(&std::env::temp_dir(), &SeededEntropy::new(3));
        let mut kept = States::nowhere().open(&[1; 32], "lines", made).unwrap();
        kept.advance(&[0..1, 2..3], |state| state.done_to = 1).unwrap();
        assert_eq!(places(&mut kept), [0..1, 2..3]);
        assert_eq!(kept.into_paths(), [] as [PathBuf; 0]);
    }
}
