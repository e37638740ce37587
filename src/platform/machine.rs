//! What the appliance uses of the machine it runs on.

use crate::platform::clock::Clock;
use crate::platform::entropy::Entropy;
use std::sync::Arc;

/// The machine's clock and its source of randomness. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws randomness.
    pub entropy: Arc<dyn Entropy>,
}
