//! A simulated disk that carries journal and database behind one crash clock.
//!
//! Every change (write, sync, set_len, create, rename, remove, sync_directory) is counted. At a chosen number the power
//! is cut: this call and every later one fail. [`SimDisk::reboot`] then gives the disk that the machine finds.

use crate::dice::Dice;
use crate::node::Node;
use mainstay::platform::disk::{Disk, DiskFile};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// What happens when.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// The power is cut at this call.
    Cut(u64),
    /// This call and only it fails.
    Fail(u64),
    /// No file grows from this call on.
    Full(u64),
    /// Nothing is written from this call on: where blocks are never overwritten, every write needs space.
    NoSpace(u64),
}

/// The disk; clones are the same disk.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

struct State {
    calls: u64,
    trouble: Option<Trouble>,
    dead: bool,
    free: u64,
    nodes: HashMap<u64, Node>,
    next_node: u64,
    names: BTreeMap<String, u64>,
    synced_names: BTreeMap<String, u64>,
    /// Changes of names since the directory was synced, in order: the file system keeps that order.
    name_changes: Vec<NameChange>,
}

#[derive(Clone)]
enum NameChange {
    Create(String, u64),
    Rename(String, String),
    Remove(String),
}

/// What a call does to the disk.
#[derive(PartialEq)]
enum Need {
    Growth,
    Space,
    Nothing,
}

fn apply(names: &mut BTreeMap<String, u64>, change: &NameChange) {
    match change {
        NameChange::Create(name, node) => drop(names.insert(name.clone(), *node)),
        NameChange::Remove(name) => drop(names.remove(name)),
        NameChange::Rename(from, to) => {
            let node = names.remove(from);
            names.extend(node.map(|node| (to.clone(), node)));
        }
    }
}

impl State {
    /// Counts a call; an error if it is not to succeed. A write that the power cut meets may still reach the disk.
    fn count(&mut self, need: Need) -> io::Result<()> {
        self.alive()?;
        self.calls += 1;
        match self.trouble {
            Some(Trouble::Cut(at)) if self.calls >= at => {
                self.dead = true;
                self.alive()
            }
            Some(Trouble::Fail(at)) if self.calls == at => Err(io::Error::other("simulated failure")),
            Some(Trouble::Full(from)) if self.calls >= from && need == Need::Growth => {
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(Trouble::NoSpace(from)) if self.calls >= from && need != Need::Nothing => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead { Err(io::Error::other("the power is cut")) } else { Ok(()) }
    }

    fn change_names(&mut self, change: NameChange) {
        apply(&mut self.names, &change);
        self.name_changes.push(change);
    }

    fn node(&mut self, number: u64) -> &mut Node {
        self.nodes.get_mut(&number).expect("an open file's node exists")
    }
}

impl SimDisk {
    pub fn new() -> Self {
        Self::with_files(Vec::new())
    }

    fn with_files(files: Vec<(String, Vec<u8>)>) -> Self {
        let mut state = State {
            calls: 0,
            trouble: None,
            dead: false,
            free: 1 << 40,
            nodes: HashMap::new(),
            next_node: 1,
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            name_changes: Vec::new(),
        };
        for (name, bytes) in files {
            state.nodes.insert(state.next_node, Node::durable(bytes));
            state.names.insert(name, state.next_node);
            state.next_node += 1;
        }
        state.synced_names = state.names.clone();
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Returns the calls counted so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Sets what will happen; numbers count from the disk's making.
    pub fn plan(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    pub fn set_free(&self, bytes: u64) {
        self.state().free = bytes;
    }

    /// Cuts the power (if it is on) and returns the disk the machine finds afterwards.
    pub fn reboot(&self, seed: u64) -> Self {
        let mut state = self.state();
        state.dead = true;
        let mut dice = Dice::new(seed);
        let mut names = state.synced_names.clone();
        let happened = dice.below(state.name_changes.len() + 1);
        for change in &state.name_changes[..happened] {
            apply(&mut names, change);
        }
        let files = names.into_iter().map(|(name, node)| {
            let bytes = state.nodes[&node].after_power_cut(&mut dice);
            (name, bytes)
        });
        Self::with_files(files.collect())
    }

    /// Ends the process as `kill -9` does: everything written stays. Returns the disk the next process finds.
    pub fn kill(&self) -> Self {
        self.state().dead = true;
        Self::with_files(self.files())
    }

    /// Returns a copy of every file as it is now.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state();
        let file = |(name, node): (&String, &u64)| (name.clone(), state.nodes[node].bytes().to_vec());
        state.names.iter().map(file).collect()
    }

    /// Returns a disk with the same files.
    pub fn copy(&self) -> Self {
        Self::with_files(self.files())
    }

    /// Changes a file behind the store's back; creates it if need be.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let present = state.names.get(name).map(|node| state.nodes[node].bytes().to_vec());
        let mut bytes = present.unwrap_or_default();
        change(&mut bytes);
        let node = state.next_node;
        state.next_node += 1;
        state.nodes.insert(node, Node::durable(bytes));
        state.names.insert(name.to_owned(), node);
        state.synced_names.insert(name.to_owned(), node);
    }

    /// Takes a file away behind the store's back.
    pub fn lose(&self, name: &str) {
        let mut state = self.state();
        state.names.remove(name);
        state.synced_names.remove(name);
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimDisk")
    }
}

impl Disk for SimDisk {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        state.alive()?;
        let node = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { disk: self.clone(), node }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.count(Need::Growth)?;
        if let Some(node) = state.names.get(name).copied() {
            state.node(node).set_len(0);
            return Ok(Arc::new(SimFile { disk: self.clone(), node }));
        }
        let node = state.next_node;
        state.next_node += 1;
        state.nodes.insert(node, Node::default());
        state.change_names(NameChange::Create(name.to_owned(), node));
        Ok(Arc::new(SimFile { disk: self.clone(), node }))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        let state = self.state();
        state.alive()?;
        Ok(state.names.contains_key(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.count(Need::Nothing)?;
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change_names(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.count(Need::Nothing)?;
        if !state.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if name == "ballast" {
            // What it held can be used again.
            state.trouble = None;
        }
        state.change_names(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state();
        state.count(Need::Nothing)?;
        state.synced_names = state.names.clone();
        state.name_changes.clear();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let state = self.state();
        state.alive()?;
        Ok(state.free)
    }

    fn total_bytes(&self) -> io::Result<u64> {
        let state = self.state();
        state.alive()?;
        Ok(u64::MAX)
    }
}

/// An open file.
#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    node: u64,
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.alive()?;
        Ok(state.node(self.node).bytes().len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.alive()?;
        let offset = usize::try_from(offset).unwrap();
        let bytes = state.node(self.node).bytes().get(offset..offset + buffer.len());
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.alive()?;
        let offset = usize::try_from(offset).unwrap();
        let grows = offset + bytes.len() > state.node(self.node).bytes().len();
        let counted = state.count(if grows { Need::Growth } else { Need::Space });
        match &counted {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {}
            // Half of it may have been written when it failed.
            Err(_) => state.node(self.node).write(offset, &bytes[..bytes.len() / 2]),
            Ok(()) => state.node(self.node).write(offset, bytes),
        }
        counted
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let len = usize::try_from(len).unwrap();
        state.alive()?;
        let grows = len > state.node(self.node).bytes().len();
        state.count(if grows { Need::Growth } else { Need::Nothing })?;
        state.node(self.node).set_len(len);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.count(Need::Nothing)?;
        state.node(self.node).sync();
        Ok(())
    }
}
