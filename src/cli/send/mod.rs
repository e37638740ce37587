//! `send`: files, folders and stdin to an appliance, every record exactly once.
//!
//! A reader on a thread of its own takes each file's digest and cuts the file into requests, whose keys are made of the
//! digest and the offset. A few of them are under way at a time; answers are counted in the file's order, and how far that
//! has come is kept for the next run. Whether a record is stored twice rests on its key alone.

/// Keys of records, format `send1`.
mod key;

/// Cutting lines and elements into requests, format `send1`.
mod cut;

/// What a file is, by name and content.
mod format;

/// JSON documents, arrays of CloudEvents among them.
mod document;

/// Which files are sent.
mod input;

/// An opened file with its digest.
mod source;

/// A bar, or a line now and then.
mod progress;

/// What the appliance answers.
mod answer;

/// What goes in one request, and what has been answered of it.
mod parcel;

/// Counts of records, and the first refusals.
mod counts;

/// How far the sending of a file has come.
mod state;

/// Address, trust, token.
mod target;

/// Carrying one parcel until every record is answered.
mod carrier;

/// Keeping book on one file.
mod book;

/// Reading the files and making parcels of them.
mod reader;

/// The file of refused records.
mod refused;

/// What came of it.
mod summary;

/// A few parcels under way, their answers counted.
mod drive;

/// The command.
pub mod command;
