//! Events as they come, for pages that are looked at.

use crate::api::events::{Following, Form, Right, follow, frame, read_tail};
use crate::console::events::row::Row;
use crate::domain::cursor::Cursor;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::reading::StoredEvent;
use axum::response::Response;

/// Opens a stream of a tenant's events as lines of the list; it ends with the operator's session.
pub(in crate::console) fn follow_events(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, after, filter) = read_tail(call.query(), &call.parts.headers)?;
    let services = call.services()?;
    let tenant = services.tenants.find_any(&tenant)?;
    let right = Right::Session(services.sessions.clone(), call.signed_in().session.digest);
    follow(call, Following { tenant, filter, after, right, form: Form::Own(push_row) })
}

fn push_row(bytes: &mut Vec<u8>, cursor: Cursor, event: &StoredEvent) {
    // Seen from the moment it came.
    frame::push_event(bytes, cursor, &Row::new(event, event.received_at));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::tests::event;

    #[test]
    fn a_line_of_the_stream_is_small_however_large_the_event() {
        let (mut bytes, cursor) = (Vec::new(), Cursor::parse("1.7").unwrap());
        let payload = vec![b'<'; 100_000].into();
        push_row(&mut bytes, cursor, &StoredEvent { payload, ..event(Some("text/html"), b"") });
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.len() < 1_000 && text.ends_with("}\n\n") && text.lines().count() == 3, "{text}");
        let json = text.lines().nth(1).unwrap().strip_prefix("data: ").unwrap();
        let row: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(row["size"], "97 KiB");
    }
}
