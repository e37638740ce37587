//! Charts, drawn here as SVG from numbers by time: lines or stacked bars, with the same numbers as a table for who does
//! not see them.

/// How numbers are written, and where an axis ends.
mod unit;

/// Stretches of time.
mod bin;

/// Where the drawing lies.
mod sides;

/// The picture.
mod drawing;

pub(super) use self::bin::Bin;
pub(super) use self::drawing::{Chart, Drawn, Form};
pub(super) use self::unit::Unit;
