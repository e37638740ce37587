//! Forms that make something: sent again, by a reloaded page or an impatient finger, they make nothing more.

use crate::console::frame::done;
use crate::http::call::Call;
use crate::platform::entropy::array;
use axum::response::Response;
use data_encoding::BASE32_NOPAD;

/// Random bytes of a key: no two forms meet by chance.
const KEY_BYTES: usize = 16;

/// Sends the browser to what a form made that was sent before.
pub(super) fn repeated(made: &str) -> Response {
    done(&format!("/console/{made}"), "before")
}

/// Makes the key of a form that is shown.
pub(super) fn fresh_key(call: &Call<'_>) -> String {
    BASE32_NOPAD.encode(&array::<KEY_BYTES>(call.edge.entropy.as_ref()))
}
