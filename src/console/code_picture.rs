//! A QR code (ISO/IEC 18004) as the outline of an SVG picture.

use qrcode::{Color, QrCode};
use std::fmt::Write;

/// Modules of empty space around the code that readers need.
const MARGIN: usize = 4;

/// A picture that phones read.
pub(super) struct CodePicture {
    /// Modules along each side, the margin included.
    pub(super) side: usize,
    /// The dark modules as the path of an SVG picture.
    pub(super) path: String,
}

impl CodePicture {
    /// Draws a text; none if it is too long for any code.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text.as_bytes()).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (place, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (place % width + MARGIN, place / width + MARGIN);
                write!(path, "M{x} {y}h1v1h-1z").expect("a String takes everything");
            }
        }
        Some(Self { side: width + 2 * MARGIN, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_square_with_its_three_corners() {
        let picture = CodePicture::of("otpauth://totp/Mainstay:owner?secret=GEZDGNBVGY3TQOJQ").unwrap();
        assert!(picture.side > 30);
        let corner = |x: usize, y: usize| picture.path.contains(&format!("M{x} {y}h1v1h-1z"));
        let far = picture.side - MARGIN - 7;
        assert!(corner(MARGIN, MARGIN) && corner(far, MARGIN) && corner(MARGIN, far));
        assert!(CodePicture::of(&"x".repeat(10_000)).is_none());
    }
}
