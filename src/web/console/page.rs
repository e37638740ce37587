//! Every page and form, and which function answers it.

use crate::web::call::Call;
use crate::web::console::frame::see_other;
use crate::web::console::sources::{self, SourcePage};
use crate::web::console::tenants::{self, TenantPage};
use crate::web::console::tokens::{self, TokenPage};
use crate::web::console::{
    about, account, agents, audit, certificate, events, health, help, jobs, limits, login, logs, operators,
    overview, settings, setup,
};
use crate::web::problem::Problem;
use axum::body::Body;
use axum::response::Response;

/// A page, or what a form is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The appliance's own address.
    Root,
    /// Where operators sign in.
    Login,
    /// Signs one in.
    LogIn,
    /// Signs one out.
    LogOut,
    /// Where the first owner is made.
    Setup,
    /// Makes the first owner.
    SetUp,
    /// The overview.
    Overview,
    /// A tenant's events.
    Events,
    /// The same as they come.
    EventsTail,
    /// One event.
    Event,
    /// Its payload's bytes.
    EventPayload,
    /// Pages of tenants.
    Tenants(TenantPage),
    /// Pages of tokens.
    Tokens(TokenPage),
    /// Pages of sources.
    Sources(SourcePage),
    /// Agents of all tenants.
    Agents,
    /// One agent.
    Agent,
    /// Pauses it.
    PauseAgent,
    /// Lets it work on.
    ResumeAgent,
    /// Forgets it.
    RemoveAgent,
    /// Jobs.
    Jobs,
    /// One job.
    Job,
    /// Has it run now.
    RunJob,
    /// Every check and gate.
    Health,
    /// Limits and blocks.
    Limits,
    /// Keeps a network out.
    AddBlock,
    /// Lets one in again.
    LiftBlock,
    /// Who changed what.
    Audit,
    /// The same as a download.
    AuditExport,
    /// The last lines of the log.
    Logs,
    /// The same as they are written.
    LogsTail,
    /// Sets the log's level.
    SetLogLevel,
    /// The people who run the appliance.
    Operators,
    /// Adds one.
    CreateOperator,
    /// One of them.
    Operator,
    /// Gives one another role.
    ChangeRole,
    /// Recovers one.
    ResetPassword,
    /// Ends sessions of one.
    EndSessionsOf,
    /// Deletes one.
    DeleteOperator,
    /// Every setting.
    Settings,
    /// One of them.
    Setting,
    /// Sets its value.
    ChangeSetting,
    /// Takes it back.
    ResetSetting,
    /// The certificate.
    Certificate,
    /// Issues a new one.
    RenewCertificate,
    /// Begins a new authority.
    RotateAuthority,
    /// Version and diagnostics.
    About,
    /// Help.
    Help,
    /// One's own account.
    Account,
    /// Takes a new password.
    ChangePassword,
    /// Adds a second factor.
    AddSecondFactor,
    /// Removes it.
    RemoveSecondFactor,
    /// Makes new recovery codes.
    RenewRecoveryCodes,
    /// Ends sessions.
    EndSessions,
}

/// Answers a page or form.
pub(in crate::web) async fn answer(
    page: Page,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match page {
        Page::Root => {
            let first = call.services()?.first_run.is_open();
            Ok(see_other(if first { "/setup" } else { "/console" }))
        }
        Page::Login => login::show_login(call),
        Page::LogIn => login::log_in(call, body).await,
        Page::LogOut => login::log_out(call, body).await,
        Page::Setup => setup::show_setup(call),
        Page::SetUp => setup::set_up(call, body).await,
        Page::Overview => overview::show_overview(call).await,
        Page::Events => events::show_events(call).await,
        Page::EventsTail => events::follow_events(call),
        Page::Event => events::show_event(call).await,
        Page::EventPayload => events::download_payload(call).await,
        Page::Tenants(page) => tenants::answer(page, call, body).await,
        Page::Tokens(page) => tokens::answer(page, call, body).await,
        Page::Sources(page) => sources::answer(page, call, body).await,
        Page::Agents => agents::show_agents(call),
        Page::Agent => agents::show_agent(call),
        Page::PauseAgent => agents::pause_agent(call, body).await,
        Page::ResumeAgent => agents::resume_agent(call, body).await,
        Page::RemoveAgent => agents::remove_agent(call, body).await,
        Page::Jobs => jobs::show_jobs(call),
        Page::Job => jobs::show_job(call),
        Page::RunJob => jobs::run_job(call, body).await,
        Page::Health => health::show_health(call).await,
        Page::Limits => limits::show_limits(call),
        Page::AddBlock => limits::add_block(call, body).await,
        Page::LiftBlock => limits::lift_block(call, body).await,
        Page::Audit => audit::show_audit(call).await,
        Page::AuditExport => crate::web::audit::export_audit(call).await,
        Page::Logs => logs::show_logs(call),
        Page::LogsTail => logs::follow_logs(call),
        Page::SetLogLevel => logs::set_level(call, body).await,
        Page::Operators => operators::show_operators(call),
        Page::CreateOperator => operators::create_operator(call, body).await,
        Page::Operator => operators::show_operator(call),
        Page::ChangeRole => operators::change_role(call, body).await,
        Page::ResetPassword => operators::reset_password(call, body).await,
        Page::EndSessionsOf => operators::end_sessions_of(call, body).await,
        Page::DeleteOperator => operators::delete_operator(call, body).await,
        Page::Settings => settings::show_settings(call),
        Page::Setting => settings::show_setting(call),
        Page::ChangeSetting => settings::change_setting(call, body).await,
        Page::ResetSetting => settings::reset_setting(call, body).await,
        Page::Certificate => certificate::show_certificate(call),
        Page::RenewCertificate => certificate::renew_certificate(call, body).await,
        Page::RotateAuthority => certificate::rotate_authority(call, body).await,
        Page::About => about::show_diagnostics(call).await,
        Page::Help => help::show_help(call),
        Page::Account => account::show_account(call),
        Page::ChangePassword => account::change_password(call, body).await,
        Page::AddSecondFactor => account::add_second_factor(call, body).await,
        Page::RemoveSecondFactor => account::remove_second_factor(call, body).await,
        Page::RenewRecoveryCodes => account::renew_recovery_codes(call, body).await,
        Page::EndSessions => account::end_sessions(call, body).await,
    }
}
