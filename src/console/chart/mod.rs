//! Charts, drawn here as SVG from numbers by time: lines or stacked bars, with the same numbers as a table for who does
//! not see them.

/// How numbers are written, and where an axis ends.
mod unit;

/// Stretches of time.
mod bin;

/// The picture.
mod drawing;

pub(super) use self::bin::Bin;
pub(super) use self::drawing::{BOTTOM, Chart, Drawn, Form, HEIGHT, LEFT, PLOT, TOP, WIDTH};
pub(super) use self::unit::Unit;
