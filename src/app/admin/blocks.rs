//! Carrying out requests about blocks.

use crate::api::blocks::BlockedJson;
use crate::app::admin::protocol::BlockRequest;
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::limits::{Blocked, NewBlock};
use crate::services::refusal::Refusal;
use serde_json::{Value, json};

/// Carries a request out.
pub(super) async fn carry_out(parts: &Services, request: BlockRequest) -> Result<Value, Refusal> {
    let (blocks, actor) = (&parts.blocks, Actor::CommandLine);
    match request {
        BlockRequest::List => Ok(blocks.list().iter().map(show).collect()),
        BlockRequest::Add { network, reason, for_seconds } => {
            let time = for_seconds.map(|seconds| format!("{seconds}s"));
            Ok(show(&blocks.ban(actor, NewBlock { network, reason, time }).await?))
        }
        BlockRequest::Lift { network } => {
            let lifted = blocks.lift(actor, &network).await?;
            Ok(json!({ "network": network, "lifted": lifted }))
        }
    }
}

fn show(blocked: &Blocked) -> Value {
    json!(BlockedJson::from(blocked))
}
