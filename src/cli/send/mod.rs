//! `send`: files, folders and stdin to an appliance, every record exactly once.
//!
//! A reader on a thread of its own takes each file's digest and cuts the file into requests, whose keys are made of the
//! digest and the offset. A few of them are in flight at a time, and their answers are counted in the files' order. Nothing
//! is remembered between runs: the keys tell the appliance what it has.

/// Answers of the appliance.
mod answer;

/// Cutting lines and elements into batches, one for each request.
mod batch;

/// What a file holds, by name and content.
mod format;

/// JSON documents, arrays of CloudEvents among them.
mod document;

/// Which files are sent.
mod input;

/// An opened file with its digest.
mod source;

/// One request: a batch of a file under its key.
mod request;

/// Counts, for people and for scripts.
mod summary;

/// A bar, or a line now and then.
mod progress;

/// Address, trust, token.
mod target;

/// Sending one request until every record is answered.
mod sender;

/// Reading the files and making requests of them.
mod reader;

/// The file of refused records.
mod refused;

/// A few requests in flight, their answers counted.
mod pipeline;

/// The command.
pub mod command;
