//! Where the drawing lies within the picture.

/// Size of the picture in its own units; browsers scale it to the width there is.
pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 180.0;

/// Room for the labels beside and below the drawing.
pub(super) const LEFT: f64 = 64.0;
pub(super) const RIGHT: f64 = 8.0;
pub(super) const TOP: f64 = 10.0;
pub(super) const BOTTOM: f64 = 24.0;

/// Places that a template needs, in the picture's own units.
#[derive(Clone, Copy, Debug)]
pub(in crate::console) struct Sides {
    pub(in crate::console) width: f64,
    pub(in crate::console) height: f64,
    /// Where the first bin begins.
    pub(in crate::console) left: f64,
    /// Width of all bins.
    pub(in crate::console) plot: f64,
    pub(in crate::console) top: f64,
    pub(in crate::console) bottom: f64,
}

/// The same for every chart.
pub(super) const SIDES: Sides = Sides {
    width: WIDTH,
    height: HEIGHT,
    left: LEFT,
    plot: WIDTH - LEFT - RIGHT,
    top: TOP,
    bottom: HEIGHT - BOTTOM,
};
