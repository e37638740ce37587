//! What every page has around it: navigation, who is signed in, files, and the head of the answer.

use crate::console::form::proof_of;
use crate::console::words::Moment;
use crate::domain::permission::Permission;
use crate::domain::scope::Scope;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::assets;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::operators::SignedIn;
use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};

/// Pages take everything from here and nothing from anywhere else; no script or style stands in a page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
);

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Events,
    Tenants,
    Tokens,
    Sources,
    Agents,
    Jobs,
    Health,
    Limits,
    Logs,
    Audit,
    Operators,
    Settings,
    Certificate,
    Help,
    Account,
}

impl Section {
    /// Every entry: where it leads and what it is called.
    #[rustfmt::skip]
    pub(super) const ALL: &[(Self, &'static str, &'static str)] = &[
        (Self::Overview, "/console", "Overview"),
        (Self::Events, "/console/events", "Events"),
        (Self::Tenants, "/console/tenants", "Tenants"),
        (Self::Tokens, "/console/tokens", "Tokens"),
        (Self::Sources, "/console/sources", "Sources"),
        (Self::Agents, "/console/agents", "Agents"),
        (Self::Jobs, "/console/jobs", "Jobs"),
        (Self::Health, "/console/health", "Health"),
        (Self::Limits, "/console/limits", "Limits"),
        (Self::Logs, "/console/logs", "Logs"),
        (Self::Audit, "/console/audit", "Audit"),
        (Self::Operators, "/console/operators", "Operators"),
        (Self::Settings, "/console/settings", "Settings"),
        (Self::Certificate, "/console/certificate", "Certificate"),
        (Self::Help, "/console/help", "Help"),
        (Self::Account, "/console/account", "Account"),
    ];
}

/// What a page may say was done before it was shown; a fixed set, so that no link puts words into a page.
#[rustfmt::skip]
const NOTICES: &[(&str, &str)] = &[
    ("saved", "Saved."),
    ("ended", "The session has ended."),
    ("ran", "It has run: the result is the first line of its runs."),
    ("blocked", "The network is kept out."),
    ("lifted", "The network is let in again."),
    ("unblocked", "The network was not kept out any more."),
    ("paused", "The agent is paused: its silence means nothing."),
    ("resumed", "The agent is to work on."),
    ("removed", "The agent is forgotten."),
    ("asked", "It runs now; its result will stand among its runs."),
    ("made", "It is made."),
    ("before", "That was done before; what was shown then is not shown again."),
    ("suspended", "Suspended: its requests are refused from now on."),
    ("active", "Active: its requests are taken again."),
    ("revoked", "Revoked: it works no more."),
    ("deleted", "Deleted."),
    ("reset", "Reset to the default."),
    ("renewed", "The server has a new certificate."),
    ("confirmed", "The clock is confirmed. Its time is believed from now on."),
    ("rotated", "There is a new authority, and from it a new certificate."),
];

/// The query's parameter that names the notice.
const NOTICE: &str = "done";

/// What every page of somebody who is signed in has.
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) signed_in: SignedIn,
    pub(super) now: Timestamp,
    /// What was done before the page was shown.
    pub(super) notice: Option<&'static str>,
    /// What forms carry.
    pub(super) proof: String,
    pub(super) files: Files,
}

/// The files that pages use.
pub(super) struct Files {
    pub(super) colors: String,
    pub(super) stylesheet: String,
    /// Named, since browsers ask for `/favicon.ico` otherwise.
    pub(super) icon: String,
    pub(super) script: String,
    /// For pages with charts.
    pub(super) chart: String,
}

impl Files {
    pub(super) fn new() -> Self {
        let files = ["colors.css", "console.css", "icon.svg", "console.js", "chart.js"];
        let [colors, stylesheet, icon, script, chart] = files.map(assets::address);
        Self { colors, stylesheet, icon, script, chart }
    }
}

impl Frame {
    pub(super) fn new(call: &Call<'_>, section: Section, title: impl Into<String>) -> Self {
        let signed_in = call.signed_in().clone();
        let proof = proof_of(&signed_in.session);
        let query = Parameters::read(call.query(), &[NOTICE]);
        let notice = query.text(NOTICE).and_then(|named| NOTICES.iter().find(|(name, _)| *name == named));
        let notice = notice.map(|(_, text)| *text);
        Self {
            title: title.into(),
            section,
            signed_in,
            now: call.edge.clock.now(),
            notice,
            proof,
            files: Files::new(),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub(super) fn moment(&self, at: &Timestamp) -> Moment {
        Moment::new(*at, self.now)
    }

    /// Tells whether the page was asked for with a session.
    pub(super) fn is_own(&self, session: &Session) -> bool {
        session.digest == self.signed_in.session.digest
    }

    /// Orders sessions: the one that asks comes first.
    pub(super) fn own_first(&self, mut sessions: Vec<Session>) -> Vec<Session> {
        sessions.sort_by_key(|session| !self.is_own(session));
        sessions
    }

    /// Tells whether who is signed in may change what the appliance keeps.
    pub(super) fn may_change(&self) -> bool {
        self.may(Permission::Change)
    }

    /// Tells whether who is signed in may make and manage tokens with these scopes.
    pub(super) fn may_grant(&self, scopes: impl IntoIterator<Item = Scope>) -> bool {
        self.signed_in.operator.role.may_grant(scopes.into_iter().collect())
    }

    /// Tells whether who is signed in may do something: what they may not is not offered.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.signed_in.operator.role.may(permission)
    }
}

pub(super) fn page(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %error, "A page could not be made");
        Problem::internal()
    })?;
    let mut response = call::uncached(call::answer(status, "text/html; charset=utf-8", text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(response)
}

/// Sends the browser to a page that says what was done.
pub(super) fn done(address: &str, what: &str) -> Response {
    debug_assert!(NOTICES.iter().any(|(name, _)| *name == what), "{what} is a known notice");
    let join = if address.contains('?') { '&' } else { '?' };
    see_other(&format!("{address}{join}{NOTICE}={what}"))
}

/// Sends the browser to what a form made that was sent before.
pub(super) fn repeated(made: &str) -> Response {
    done(&format!("/console/{made}"), "before")
}

/// Sends the browser to another page, by GET.
pub(super) fn see_other(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Addresses here are of this program, or were checked.
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    call::uncached(response)
}
