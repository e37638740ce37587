//! What a route is, who may use it, and which handler it leads to.

use crate::domain::permission::Permission;
use crate::domain::scope::Scope;
use crate::web::api::Managed;
use crate::web::call::Call;
use crate::web::console::{self, Page};
use crate::web::gate::Judged;
use crate::web::problem::Problem;
use crate::web::{api, audit, docs, intake, ops, reading};
use axum::body::Body;
use axum::response::Response;
use http::Method;

/// One method of one path.
#[derive(Debug)]
pub struct Route {
    /// `GET` stands for `HEAD` too.
    pub method: Method,
    /// The path; `{…}` stands for one segment.
    pub pattern: &'static str,
    /// Who may use it.
    pub who: Who,
    /// When it answers.
    pub when: When,
    /// On which listeners it is found.
    pub found: Found,
    /// Where it leads.
    pub endpoint: Endpoint,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without a credential.
    Anyone,
    /// Holders of a token with the scope.
    Token(Scope),
    /// Whoever signs as the source in the path does; the handler checks it.
    Signature,
    /// The same, or holders of a token with the scope; a token that is there must work.
    SignatureOrToken(Scope),
    /// Operators with the permission, by their session's cookie.
    Operator(Permission),
    /// Peers of the networks in `ops.allow`, and holders of a token with the scope.
    Operations(Scope),
}

/// When a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From the first to the last moment.
    Always,
    /// Once started, also while stopping, however busy.
    Started,
    /// Once started and not while stopping; at most `limits.in_flight_max` such requests at once.
    Serving,
    /// The same for answers that never end: they take a place of `limits.streams_max`.
    Streaming,
}

/// On which listeners a route is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// On HTTPS only.
    Https,
    /// On the plain listener for metrics and health too.
    Operations,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Takes events in.
    PostEvents,
    /// Takes a provider's delivery in.
    PostWebhook,
    /// Takes a delivery of a point of sale in.
    PostTerminal,
    /// Lists events.
    ListEvents,
    /// Streams events.
    ExportEvents,
    /// Streams events as they come.
    FollowEvents,
    /// Shows an event.
    FindEvent,
    /// Gives an event's payload.
    FindPayload,
    /// Tenants, tokens and sources.
    Manage(Managed),
    /// Registers an agent.
    RegisterAgent,
    /// Lists agents.
    ListAgents,
    /// Shows an agent.
    FindAgent,
    /// Forgets an agent.
    RemoveAgent,
    /// Hears an agent's heartbeat.
    HearHeartbeat,
    /// Pauses an agent.
    PauseAgent,
    /// Resumes an agent.
    ResumeAgent,
    /// Lists jobs.
    ListJobs,
    /// Shows a job with its history.
    FindJob,
    /// Runs a job now.
    RunJob,
    /// Shows what tenants used on a day.
    Usage,
    /// Shows how everything is.
    Overview,
    /// Shows what it was like.
    Series,
    /// Lists who is kept out.
    ListBlocks,
    /// Keeps a network out.
    AddBlock,
    /// Lets a network in again.
    LiftBlock,
    /// Lists agents of all tenants.
    Fleet,
    /// Lists the last lines of the log.
    ListLines,
    /// Shows the limits in force.
    Limits,
    /// Tells how every part is, whether traffic may come, and which gates are open.
    WholeHealth,
    /// Lists who changed what.
    ListAudit,
    /// Exports it.
    ExportAudit,
    /// Lists settings.
    ListSettings,
    /// Shows a setting.
    FindSetting,
    /// Sets a value.
    PutSetting,
    /// Takes a value back.
    ResetSetting,
    /// Shows the certificates.
    ShowCertificate,
    /// Issues a new server certificate.
    RenewCertificate,
    /// Begins a new authority.
    RotateAuthority,
    /// Tells what somebody who helps needs to know.
    Diagnostics,
    /// Shows version and limits.
    About,
    /// For load balancers.
    Health,
    /// The process lives.
    Alive,
    /// Start has completed.
    Started,
    /// Traffic may come, check by check.
    Ready,
    /// One check of readiness.
    Check,
    /// How every part is.
    Report,
    /// Which gates are open.
    Gates,
    /// Traffic may come, and the database answers.
    DatabaseReady,
    /// Metric series.
    Metrics,
    /// The last fifteen minutes of requests.
    Summary,
    /// The authority's certificate.
    Authority,
    /// The OpenAPI document.
    OpenApi,
    /// The same as a page.
    Docs,
    /// A file of pages.
    StaticFile,
    /// A page of the console, or what its forms are sent to.
    Console(Page),
    /// Nothing is there.
    Unmatched,
    /// HTTPS is elsewhere.
    Redirect,
}

impl Endpoint {
    /// Returns what requests to it are judged by before they are worked on.
    pub(crate) fn judged(self) -> Judged {
        match self {
            Self::Health
            | Self::Alive
            | Self::Started
            | Self::Ready
            | Self::Check
            | Self::DatabaseReady
            | Self::Report
            | Self::Gates => Judged::Never,
            Self::Metrics | Self::Summary | Self::StaticFile => Judged::ByBlocks,
            _ => Judged::Fully,
        }
    }
}

/// Leads a request to its handler.
pub(crate) async fn answer(
    endpoint: Endpoint,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match endpoint {
        Endpoint::PostEvents => intake::post_events(call, body).await,
        Endpoint::PostWebhook => intake::post_webhook(call, body).await,
        Endpoint::PostTerminal => intake::post_terminal(call, body).await,
        Endpoint::ListEvents => reading::list_events(call).await,
        Endpoint::ExportEvents => reading::export_events(call).await,
        Endpoint::FollowEvents => reading::follow_events(call),
        Endpoint::FindEvent => reading::find_event(call).await,
        Endpoint::FindPayload => reading::find_payload(call).await,
        Endpoint::Manage(managed) => api::answer(managed, call, body).await,
        Endpoint::RegisterAgent => api::register_agent(call, body).await,
        Endpoint::ListAgents => api::list_agents(call),
        Endpoint::FindAgent => api::find_agent(call),
        Endpoint::RemoveAgent => api::remove_agent(call).await,
        Endpoint::HearHeartbeat => api::hear_heartbeat(call),
        Endpoint::PauseAgent => api::pause_agent(call).await,
        Endpoint::ResumeAgent => api::resume_agent(call).await,
        Endpoint::ListJobs => api::list_jobs(call),
        Endpoint::FindJob => api::find_job(call),
        Endpoint::RunJob => api::run_job(call),
        Endpoint::Usage => api::show_usage(call).await,
        Endpoint::Overview => api::show_overview(call).await,
        Endpoint::Series => api::show_series(call),
        Endpoint::ListBlocks => api::list_blocks(call),
        Endpoint::AddBlock => api::add_block(call, body).await,
        Endpoint::LiftBlock => api::lift_block(call).await,
        Endpoint::Fleet => api::list_fleet(call),
        Endpoint::ListLines => api::list_lines(call),
        Endpoint::Limits => api::show_limits(call),
        Endpoint::WholeHealth => api::show_whole_health(call).await,
        Endpoint::ListAudit => audit::list_audit(call).await,
        Endpoint::ExportAudit => audit::export_audit(call).await,
        Endpoint::ListSettings => api::list_settings(call),
        Endpoint::FindSetting => api::find_setting(call),
        Endpoint::PutSetting => api::put_setting(call, body).await,
        Endpoint::ResetSetting => api::reset_setting(call).await,
        Endpoint::ShowCertificate => api::show_certificate(call),
        Endpoint::RenewCertificate => api::renew_certificate(call).await,
        Endpoint::RotateAuthority => api::rotate_authority(call).await,
        Endpoint::Diagnostics => api::show_diagnostics(call).await,
        Endpoint::About => Ok(ops::show_about(call)),
        Endpoint::Health => ops::show_health(call),
        Endpoint::Alive => Ok(ops::show_alive(call)),
        Endpoint::Started => Ok(ops::show_started(call)),
        Endpoint::Ready => ops::show_ready(call).await,
        Endpoint::Check => ops::show_check(call).await,
        Endpoint::Report => ops::show_report(call).await,
        Endpoint::Gates => Ok(ops::show_gates(call).await),
        Endpoint::DatabaseReady => Ok(ops::show_database_ready(call).await),
        Endpoint::Metrics => Ok(ops::show_metrics(call)),
        Endpoint::Summary => Ok(ops::show_summary(call)),
        Endpoint::Authority => ops::show_authority(call),
        Endpoint::OpenApi => Ok(docs::show_openapi(call)),
        Endpoint::Docs => Ok(docs::show_docs(call)),
        Endpoint::StaticFile => docs::show_file(call),
        Endpoint::Console(page) => console::answer(page, call, body).await,
        Endpoint::Unmatched => ops::refuse_unmatched(call),
        Endpoint::Redirect => ops::redirect_to_https(call),
    }
}
