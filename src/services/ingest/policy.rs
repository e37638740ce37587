//! How long keys are honoured.

use crate::config::Config;
use crate::domain::event::KeyWindow;
use crate::domain::tenant::Tenant;
use std::time::Duration;

/// What is known of a stored event's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMemory {
    /// Whether it was made from the event.
    pub is_automatic: bool,
    /// How long repeats are known from the first on, as the settings are now.
    pub window: KeyWindow,
}

/// How long keys are honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Keys that were sent; none: for ever.
    pub retention: Option<Duration>,
    /// Automatic keys.
    pub automatic: Duration,
}

impl From<&Config> for KeyPolicy {
    fn from(config: &Config) -> Self {
        let keys = &config.idempotency;
        Self { retention: keys.retention.limit(), automatic: keys.auto_window }
    }
}

impl KeyPolicy {
    /// Keys of a tenant are honoured as long as its settings say, at most as long as the appliance's.
    pub(super) fn sent_window(&self, tenant: &Tenant) -> KeyWindow {
        match (self.retention, tenant.settings.key_retention) {
            (None, None) => KeyWindow::Forever,
            (Some(window), None) | (None, Some(window)) => KeyWindow::Lasting(window),
            (Some(most), Some(window)) => KeyWindow::Lasting(window.min(most)),
        }
    }

    pub(super) fn automatic_window(&self, tenant: &Tenant) -> KeyWindow {
        match self.sent_window(tenant) {
            KeyWindow::Lasting(window) => KeyWindow::Lasting(window.min(self.automatic)),
            _ => KeyWindow::Lasting(self.automatic),
        }
    }
}
