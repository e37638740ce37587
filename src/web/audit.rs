//! The audit log going out: the same pages and exports for tokens and for operators.

use crate::domain::cursor::Cursor;
use crate::domain::names::{check_label, check_text};
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::services::audit_log;
use crate::services::reading::{Filter, LIMIT_DEFAULT, Order, Page, Query};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::reading::{ExportForm, export, limit};
use crate::web::request::query::Parameters;
use crate::web::wire::audit::{AuditJson, CSV_HEAD, csv_lines, json_lines};
use axum::response::Response;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// What a page is asked by.
const LIST: &[&str] = &["after", "before", "limit", "actor", "what", "subject", "since", "until"];

/// What an export is asked by.
const EXPORT: &[&str] = &["after", "format", "actor", "what", "subject", "since", "until"];

/// Returns the tenant whose events are the audit log.
pub(super) fn log_of(call: &Call<'_>) -> Result<Arc<Tenant>, Problem> {
    Ok(call.services()?.tenants.find_any(audit_log::TENANT)?)
}

/// `GET /api/v1/audit`: a page, newest first.
pub(super) async fn list_audit(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), LIST);
    let after = parameters.parse("after", Cursor::parse);
    let before = parameters.parse("before", Cursor::parse);
    if after.is_some() && before.is_some() {
        parameters.refuse("before", "stands beside `after`; hint: send one of them");
    }
    let limit = parameters.parse("limit", limit).unwrap_or(LIMIT_DEFAULT);
    let filter = filter(&mut parameters);
    parameters.finish()?;
    let query = Query { after, before, limit, order: Order::Descending, filter, ..Query::default() };
    let (log, answers) = (log_of(call)?, call.edge.answers.clone());
    let make = move |page: Page| answers.hold_written(call::to_json(&AuditJson::from(&page)));
    let json = call.services()?.reading.list(log.as_ref(), query, make).await?;
    Ok(call::uncached(call::answer(StatusCode::OK, "application/json", json)))
}

/// `GET /api/v1/audit/export`, and the same for the console: everything that matches, oldest first, as a download.
pub(super) async fn export_audit(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), EXPORT);
    let after = parameters.parse("after", Cursor::parse);
    let format = parameters.parse("format", Format::parse).unwrap_or(Format::Lines);
    let filter = filter(&mut parameters);
    parameters.finish()?;
    let query = Query { after, limit: LIMIT_DEFAULT, filter, ..Query::default() };
    let mut response = export(call, &log_of(call)?, query, format.form()).await?;
    let name = HeaderValue::from_static(format.attachment());
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

fn filter(parameters: &mut Parameters<'_>) -> Filter {
    let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
    Filter {
        actor: parameters.parse("actor", label("actor")),
        event_type: parameters.parse("what", label("what")),
        subject: parameters.parse("subject", |text| check_text("subject", text).map(|()| text.to_owned())),
        since: parameters.parse("since", Timestamp::parse),
        until: parameters.parse("until", Timestamp::parse),
        ..Filter::default()
    }
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A line of JSON for each entry.
    Lines,
    /// A table for spreadsheets.
    Table,
}

impl Format {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "ndjson" => Ok(Self::Lines),
            "csv" => Ok(Self::Table),
            _ => Err("is neither ndjson nor csv; hint: ndjson is for programs, csv for spreadsheets"),
        }
    }

    fn form(self) -> ExportForm {
        match self {
            Self::Lines => ExportForm { content_type: "application/x-ndjson", head: "", write: json_lines },
            Self::Table => {
                ExportForm { content_type: "text/csv; charset=utf-8", head: CSV_HEAD, write: csv_lines }
            }
        }
    }

    fn attachment(self) -> &'static str {
        match self {
            Self::Lines => "attachment; filename=\"audit.ndjson\"",
            Self::Table => "attachment; filename=\"audit.csv\"",
        }
    }
}
