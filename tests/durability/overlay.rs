//! The overlay reads back what was written to it, and what lies below stays as it is.

use crate::disk::SimDisk;
use mainstay::platform::disk::Disk;
use mainstay::store::overlay::Overlay;
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize, u8),
    SetLen(usize),
    Read(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0usize..20_000, 0usize..9_000, any::<u8>()).prop_map(|(at, len, byte)| Step::Write(at, len, byte)),
        (0usize..25_000).prop_map(Step::SetLen),
        (0usize..20_000, 0usize..9_000).prop_map(|(at, len)| Step::Read(at, len)),
    ];
    proptest::collection::vec(step, 0..30)
}

fn below(len: usize) -> (SimDisk, Vec<u8>) {
    let disk = SimDisk::new();
    let bytes: Vec<u8> = (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect();
    disk.tamper("file", |file| file.clone_from(&bytes));
    (disk, bytes)
}

proptest! {
    #[test]
    fn a_file_of_the_overlay_behaves_as_a_file(len in 0usize..20_000, steps in steps()) {
        let (disk, mut model) = below(len);
        let overlay = Overlay::new(Arc::new(disk.clone()));
        let file = overlay.open("file").unwrap();
        for step in steps {
            match step {
                Step::Write(at, len, byte) => {
                    file.write_at(at as u64, &vec![byte; len]).unwrap();
                    model.resize(model.len().max(at + len), 0);
                    model[at..at + len].fill(byte);
                }
                Step::SetLen(len) => {
                    file.set_len(len as u64).unwrap();
                    model.resize(len, 0);
                }
                Step::Read(at, len) => {
                    let mut found = vec![1; len];
                    let read = file.read_at(at as u64, &mut found);
                    prop_assert_eq!(read.ok().map(|()| found.as_slice()), model.get(at..at + len));
                }
            }
            prop_assert_eq!(file.len().unwrap(), model.len() as u64);
        }
        let mut found = vec![1; model.len()];
        file.read_at(0, &mut found).unwrap();
        prop_assert_eq!(found, model);
        prop_assert_eq!(disk.calls(), 0);
    }
}

#[test]
fn names_change_in_the_overlay_only() {
    let (disk, bytes) = below(10);
    let overlay = Overlay::new(Arc::new(disk.clone()));
    overlay.rename("file", "other").unwrap();
    assert!(!overlay.exists("file").unwrap() && overlay.open("file").is_err());
    assert_eq!(overlay.open("other").unwrap().len().unwrap(), 10);
    overlay.create("file").unwrap().write_at(0, b"new").unwrap();
    overlay.remove("other").unwrap();
    assert!(overlay.remove("other").is_err() && overlay.rename("other", "file").is_err());
    assert_eq!(overlay.open("file").unwrap().len().unwrap(), 3);
    assert!(disk.files() == [("file".to_owned(), bytes)]);
}

#[test]
fn the_overlay_is_full_at_its_bound_and_gives_space_back() {
    let (disk, _) = below(0);
    let overlay = Overlay::with_space(Arc::new(disk), 3 * 4_096);
    let file = overlay.open("file").unwrap();
    file.write_at(0, &[1; 3 * 4_096]).unwrap();
    let refused = file.write_at(3 * 4_096, &[1]).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull);
    file.set_len(4_096).unwrap();
    file.write_at(4_096, &[1; 2 * 4_096]).unwrap();
    drop(file);
    overlay.remove("file").unwrap();
    overlay.create("next").unwrap().write_at(0, &[1; 3 * 4_096]).unwrap();
}
