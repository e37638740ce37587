//! The machine's clock: what is believed of it, and an operator's word that it is right.

use crate::domain::believed_time::{ClockStanding, ClockState};
use crate::platform::believed_clock::BelievedClock;
use crate::services::audit;
use crate::services::refusal::Refusal;
use crate::services::request::{self, Request};
use crate::store::handle::Store;
use crate::tls::keeper::TlsKeeper;
use serde_json::json;
use std::sync::Arc;

/// Where the clock is among what is managed.
pub const PLACE: &str = "clock";

/// Shows and confirms the clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MachineClock {
    store: Store,
    tls: TlsKeeper,
}

impl MachineClock {
    /// Watches the clock by which the store goes.
    pub fn new(store: Store, tls: TlsKeeper) -> Self {
        Self { store, tls }
    }

    /// Tells how the clock stands to what is believed.
    pub fn state(&self) -> ClockState {
        self.store.clock().state()
    }

    /// Believes what the clock shows now, from now on, and renews a certificate that has ended by it; returns how it stands
    /// then.
    pub async fn confirm(&self, request: impl Into<Request>) -> Result<ClockState, Refusal> {
        let clock: Arc<BelievedClock> = Arc::clone(self.store.clock());
        let state = request::carry_out(&self.store, request, move |actor, _catalog, _now| {
            let before = clock.confirm();
            let details = json!({
                "shown": before.shown,
                "believed": before.believed,
                "was_doubted": matches!(before.standing, ClockStanding::Ahead { .. }),
            });
            let effects = audit::record(actor, "clock.confirmed", PLACE, &details).keep_clock();
            Ok((effects.made(PLACE.to_owned()), clock.state()))
        })
        .await?;
        let (tls, believed) = (self.tls.clone(), state.believed);
        let renewed = tokio::task::spawn_blocking(move || tls.renew_if_due(believed)).await;
        if let Ok(Err(error)) = renewed {
            tracing::warn!("The certificate could not be renewed by the confirmed clock: {error}");
        }
        Ok(state)
    }
}
