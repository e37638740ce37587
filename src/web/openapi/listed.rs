//! Which operation an endpoint is.

use crate::web::api::Managed;
use crate::web::endpoint::Endpoint;
use crate::web::openapi::operation::Operation;
use crate::web::openapi::{
    agents, audit, intake, jobs, manage, ops, overview, reading, sources, tenants, tokens,
};

/// Returns what is said about an endpoint; none for what answers paths without a route.
pub(super) fn operation(endpoint: Endpoint) -> Option<&'static Operation> {
    Some(match endpoint {
        Endpoint::PostEvents => &intake::POST_EVENTS,
        Endpoint::PostWebhook => &intake::POST_WEBHOOK,
        Endpoint::PostTerminal => &intake::POST_TERMINAL,
        Endpoint::ListEvents => &reading::LIST_EVENTS,
        Endpoint::ExportEvents => &reading::EXPORT_EVENTS,
        Endpoint::FollowEvents => &reading::FOLLOW_EVENTS,
        Endpoint::FindEvent => &reading::FIND_EVENT,
        Endpoint::FindPayload => &reading::FIND_PAYLOAD,
        Endpoint::Manage(managed) => self::managed(managed),
        Endpoint::RegisterAgent => &agents::REGISTER,
        Endpoint::ListAgents => &agents::LIST,
        Endpoint::FindAgent => &agents::FIND,
        Endpoint::RemoveAgent => &agents::REMOVE,
        Endpoint::HearHeartbeat => &agents::HEAR,
        Endpoint::PauseAgent => &agents::PAUSE,
        Endpoint::ResumeAgent => &agents::RESUME,
        Endpoint::ListJobs => &jobs::LIST,
        Endpoint::FindJob => &jobs::FIND,
        Endpoint::RunJob => &jobs::RUN,
        Endpoint::Usage => &jobs::USAGE,
        Endpoint::Overview => &overview::OVERVIEW,
        Endpoint::Series => &overview::SERIES,
        Endpoint::ListBlocks => &manage::LIST_BLOCKS,
        Endpoint::AddBlock => &manage::ADD_BLOCK,
        Endpoint::LiftBlock => &manage::LIFT_BLOCK,
        Endpoint::Fleet => &agents::FLEET,
        Endpoint::ListLines => &manage::LIST_LINES,
        Endpoint::Limits => &manage::LIMITS,
        Endpoint::WholeHealth => &manage::WHOLE_HEALTH,
        Endpoint::ListAudit => &audit::LIST_AUDIT,
        Endpoint::ExportAudit => &audit::EXPORT_AUDIT,
        Endpoint::ListSettings => &manage::LIST_SETTINGS,
        Endpoint::FindSetting => &manage::FIND_SETTING,
        Endpoint::PutSetting => &manage::PUT_SETTING,
        Endpoint::ResetSetting => &manage::RESET_SETTING,
        Endpoint::Health => &ops::HEALTH,
        Endpoint::Alive => &ops::ALIVE,
        Endpoint::Started => &ops::STARTED,
        Endpoint::Ready => &ops::READY,
        Endpoint::Check => &ops::CHECKED,
        Endpoint::DatabaseReady => &ops::DATABASE_READY,
        Endpoint::Report => &ops::REPORT,
        Endpoint::Gates => &ops::GATES,
        Endpoint::Metrics => &ops::METRICS,
        Endpoint::Summary => &ops::SUMMARY,
        Endpoint::About => &ops::ABOUT,
        Endpoint::Authority => &ops::AUTHORITY,
        Endpoint::OpenApi => &ops::OPENAPI,
        Endpoint::Docs => &ops::DOCS,
        Endpoint::StaticFile => &ops::STATIC_FILE,
        Endpoint::Console(_) | Endpoint::Unmatched | Endpoint::Redirect => return None,
    })
}

fn managed(managed: Managed) -> &'static Operation {
    match managed {
        Managed::ListTenants => &tenants::LIST,
        Managed::CreateTenant => &tenants::CREATE,
        Managed::FindTenant => &tenants::FIND,
        Managed::ChangeTenant => &tenants::CHANGE,
        Managed::DeleteTenant => &tenants::DELETE,
        Managed::ListTokens => &tokens::LIST,
        Managed::CreateToken => &tokens::CREATE,
        Managed::FindToken => &tokens::FIND,
        Managed::RotateToken => &tokens::ROTATE,
        Managed::RevokeToken => &tokens::REVOKE,
        Managed::ListSources => &sources::LIST,
        Managed::CreateSource => &sources::CREATE,
        Managed::FindSource => &sources::FIND,
        Managed::ChangeSource => &sources::CHANGE,
        Managed::RotateSource => &sources::ROTATE,
        Managed::DeleteSource => &sources::DELETE,
        Managed::ListSchemes => &sources::SCHEMES,
    }
}
