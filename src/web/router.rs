//! The one table of routes. Who may use a route is enforced from here and nowhere else.

use crate::domain::permission::Permission;
use crate::domain::scope::Scope;
use crate::web::api::Managed;
use crate::web::console::{Page, SourcePage, TenantPage, TokenPage};
use crate::web::edge::Edge;
use crate::web::endpoint::{Endpoint, Found, Route, When, Who};
use crate::web::layer::PatternService;
use crate::web::library::{Documents, Fixed};
use crate::web::openapi;
use axum::Router;
use http::Method;
use serde_json::Value;
use std::sync::Arc;

const WRITE: Who = Who::Token(Scope::EventsWrite);
const READ: Who = Who::Token(Scope::EventsRead);
const ADMIN: Who = Who::Token(Scope::Admin);
const SEE: Who = Who::Operator(Permission::See);
const OPERATE: Who = Who::Operator(Permission::Operate);
const CHANGE: Who = Who::Operator(Permission::Change);
const MANAGE: Who = Who::Operator(Permission::ManageOperators);
const AGENTS: Who = Who::Token(Scope::Agents);

/// Every route.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    Route { method: Method::POST, pattern: "/v1/events",               who: WRITE, when: When::Serving, found: Found::Https, endpoint: Endpoint::PostEvents },
    Route { method: Method::POST, pattern: "/in/{tenant}/{source}",    who: Who::Signature, when: When::Serving, found: Found::Https, endpoint: Endpoint::PostWebhook },
    Route { method: Method::POST, pattern: "/pos/{source}/ingest",     who: Who::SignatureOrToken(Scope::EventsWrite), when: When::Serving, found: Found::Https, endpoint: Endpoint::PostTerminal },
    Route { method: Method::GET,  pattern: "/v1/events",               who: READ,  when: When::Serving, found: Found::Https, endpoint: Endpoint::ListEvents },
    Route { method: Method::GET,  pattern: "/v1/events/export",        who: READ,  when: When::Serving, found: Found::Https, endpoint: Endpoint::ExportEvents },
    Route { method: Method::GET,  pattern: "/v1/events/stream",        who: READ,  when: When::Streaming, found: Found::Https, endpoint: Endpoint::FollowEvents },
    Route { method: Method::GET,  pattern: "/v1/events/{seq}",         who: READ,  when: When::Serving, found: Found::Https, endpoint: Endpoint::FindEvent },
    Route { method: Method::GET,  pattern: "/v1/events/{seq}/payload", who: READ,  when: When::Serving, found: Found::Https, endpoint: Endpoint::FindPayload },

    Route { method: Method::GET,  pattern: "/api/v1/tenants",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListTenants) },
    Route { method: Method::POST, pattern: "/api/v1/tenants",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::CreateTenant) },
    Route { method: Method::GET,  pattern: "/api/v1/tenants/{tenant}",  who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::FindTenant) },
    Route { method: Method::PATCH, pattern: "/api/v1/tenants/{tenant}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ChangeTenant) },
    Route { method: Method::DELETE, pattern: "/api/v1/tenants/{tenant}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::DeleteTenant) },
    Route { method: Method::GET,  pattern: "/api/v1/tokens",            who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListTokens) },
    Route { method: Method::POST, pattern: "/api/v1/tokens",            who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::CreateToken) },
    Route { method: Method::GET,  pattern: "/api/v1/tokens/{token}",    who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::FindToken) },
    Route { method: Method::POST, pattern: "/api/v1/tokens/{token}/rotate", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::RotateToken) },
    Route { method: Method::DELETE, pattern: "/api/v1/tokens/{token}",  who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::RevokeToken) },
    Route { method: Method::GET,  pattern: "/api/v1/sources",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListSources) },
    Route { method: Method::POST, pattern: "/api/v1/sources",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::CreateSource) },
    Route { method: Method::GET,  pattern: "/api/v1/sources/{tenant}/{source}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::FindSource) },
    Route { method: Method::PATCH, pattern: "/api/v1/sources/{tenant}/{source}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ChangeSource) },
    Route { method: Method::POST, pattern: "/api/v1/sources/{tenant}/{source}/rotate", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::RotateSource) },
    Route { method: Method::DELETE, pattern: "/api/v1/sources/{tenant}/{source}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::DeleteSource) },
    Route { method: Method::GET,  pattern: "/api/v1/schemes",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListSchemes) },

    Route { method: Method::POST, pattern: "/api/v1/agents",           who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::RegisterAgent },
    Route { method: Method::GET,  pattern: "/api/v1/agents",           who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListAgents },
    Route { method: Method::GET,  pattern: "/api/v1/agents/{name}",    who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::FindAgent },
    Route { method: Method::POST, pattern: "/api/v1/agents/{name}/heartbeat", who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::HearHeartbeat },
    Route { method: Method::POST, pattern: "/api/v1/agents/{name}/pause", who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::PauseAgent },
    Route { method: Method::POST, pattern: "/api/v1/agents/{name}/resume", who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::ResumeAgent },
    Route { method: Method::DELETE, pattern: "/api/v1/agents/{name}",  who: AGENTS, when: When::Serving, found: Found::Https, endpoint: Endpoint::RemoveAgent },
    Route { method: Method::GET,  pattern: "/api/v1/fleet",            who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Fleet },
    Route { method: Method::GET,  pattern: "/api/v1/jobs",             who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListJobs },
    Route { method: Method::GET,  pattern: "/api/v1/jobs/{job}",       who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::FindJob },
    Route { method: Method::POST, pattern: "/api/v1/jobs/{job}/run",   who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::RunJob },
    Route { method: Method::GET,  pattern: "/api/v1/usage",            who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Usage },
    Route { method: Method::GET,  pattern: "/api/v1/overview",         who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Overview },
    Route { method: Method::GET,  pattern: "/api/v1/series",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Series },
    Route { method: Method::GET,  pattern: "/api/v1/blocks",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListBlocks },
    Route { method: Method::POST, pattern: "/api/v1/blocks",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::AddBlock },
    Route { method: Method::DELETE, pattern: "/api/v1/blocks",         who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::LiftBlock },
    Route { method: Method::GET,  pattern: "/api/v1/logs",             who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListLines },
    Route { method: Method::GET,  pattern: "/api/v1/limits",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Limits },
    Route { method: Method::GET,  pattern: "/api/v1/health",           who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::WholeHealth },
    Route { method: Method::GET,  pattern: "/api/v1/audit",            who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListAudit },
    Route { method: Method::GET,  pattern: "/api/v1/audit/export",     who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ExportAudit },
    Route { method: Method::GET, pattern: "/api/v1/operators", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListOperators) },
    Route { method: Method::POST, pattern: "/api/v1/operators", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::CreateOperator) },
    Route { method: Method::GET, pattern: "/api/v1/operators/{operator}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::FindOperator) },
    Route { method: Method::PATCH, pattern: "/api/v1/operators/{operator}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ChangeOperator) },
    Route { method: Method::POST, pattern: "/api/v1/operators/{operator}/reset-password", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ResetPassword) },
    Route { method: Method::DELETE, pattern: "/api/v1/operators/{operator}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::DeleteOperator) },
    Route { method: Method::GET, pattern: "/api/v1/sessions", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::ListSessions) },
    Route { method: Method::DELETE, pattern: "/api/v1/sessions", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::EndSessions) },
    Route { method: Method::DELETE, pattern: "/api/v1/sessions/{session}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Manage(Managed::EndSession) },
    Route { method: Method::GET,  pattern: "/api/v1/settings",         who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ListSettings },
    Route { method: Method::GET,  pattern: "/api/v1/settings/{key}",   who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::FindSetting },
    Route { method: Method::PUT,  pattern: "/api/v1/settings/{key}",   who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::PutSetting },
    Route { method: Method::DELETE, pattern: "/api/v1/settings/{key}", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ResetSetting },
    Route { method: Method::GET, pattern: "/api/v1/certificate", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::ShowCertificate },
    Route { method: Method::POST, pattern: "/api/v1/certificate/renew", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::RenewCertificate },
    Route { method: Method::POST, pattern: "/api/v1/certificate/rotate", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::RotateAuthority },
    Route { method: Method::GET, pattern: "/api/v1/diagnostics", who: ADMIN, when: When::Serving, found: Found::Https, endpoint: Endpoint::Diagnostics },

    Route { method: Method::GET,  pattern: "/v1",                      who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::About },
    Route { method: Method::GET,  pattern: "/ca.pem",                  who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::Authority },

    Route { method: Method::GET,  pattern: "/api/openapi.json",        who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::OpenApi },
    Route { method: Method::GET,  pattern: "/api/docs",                who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::Docs },
    Route { method: Method::GET,  pattern: "/static/{file}",           who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::StaticFile },

    Route { method: Method::GET,  pattern: "/health",                  who: Who::Anyone, when: When::Started, found: Found::Operations, endpoint: Endpoint::Health },
    Route { method: Method::GET,  pattern: "/livez",                   who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Alive },
    Route { method: Method::GET,  pattern: "/live",                    who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Alive },
    Route { method: Method::GET,  pattern: "/api/health/live",         who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Alive },
    Route { method: Method::GET,  pattern: "/health/live",             who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Alive },
    Route { method: Method::GET,  pattern: "/startupz",                who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Started },
    Route { method: Method::GET,  pattern: "/readyz",                  who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Ready },
    Route { method: Method::GET,  pattern: "/ready",                   who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Ready },
    Route { method: Method::GET,  pattern: "/health/ready",            who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::DatabaseReady },
    Route { method: Method::GET,  pattern: "/readyz/{check}",          who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Check },
    Route { method: Method::GET,  pattern: "/api/health",              who: Who::Anyone, when: When::Started, found: Found::Operations, endpoint: Endpoint::Report },
    Route { method: Method::GET,  pattern: "/api/health/ready",        who: Who::Anyone, when: When::Always,  found: Found::Operations, endpoint: Endpoint::Gates },

    Route { method: Method::GET,  pattern: "/",                        who: Who::Anyone, when: When::Started, found: Found::Https, endpoint: Endpoint::Console(Page::Root) },
    Route { method: Method::GET,  pattern: "/login",                   who: Who::Anyone, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Login) },
    Route { method: Method::POST, pattern: "/login",                   who: Who::Anyone, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::LogIn) },
    Route { method: Method::POST, pattern: "/logout",                  who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::LogOut) },
    Route { method: Method::GET,  pattern: "/setup",                   who: Who::Anyone, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Setup) },
    Route { method: Method::POST, pattern: "/setup",                   who: Who::Anyone, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::SetUp) },
    Route { method: Method::GET,  pattern: "/console",                 who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Overview) },
    Route { method: Method::GET,  pattern: "/console/events",          who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Events) },
    Route { method: Method::GET,  pattern: "/console/events/stream",   who: SEE, when: When::Streaming, found: Found::Https, endpoint: Endpoint::Console(Page::EventsTail) },
    Route { method: Method::GET,  pattern: "/console/events/{seq}",    who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Event) },
    Route { method: Method::GET,  pattern: "/console/events/{seq}/payload", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::EventPayload) },
    Route { method: Method::GET,  pattern: "/console/tenants",          who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::List)) },
    Route { method: Method::GET,  pattern: "/console/new-tenant",       who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::New)) },
    Route { method: Method::POST, pattern: "/console/new-tenant",       who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::Create)) },
    Route { method: Method::GET,  pattern: "/console/tenants/{tenant}", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::One)) },
    Route { method: Method::POST, pattern: "/console/tenants/{tenant}/settings", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::Change)) },
    Route { method: Method::POST, pattern: "/console/tenants/{tenant}/status", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::SetStatus)) },
    Route { method: Method::POST, pattern: "/console/tenants/{tenant}/delete", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::Delete)) },
    Route { method: Method::GET,  pattern: "/console/tenants/{tenant}/first-event", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::FirstEvent)) },
    Route { method: Method::POST, pattern: "/console/tenants/{tenant}/first-event", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::FirstToken)) },
    Route { method: Method::GET,  pattern: "/console/tenants/{tenant}/first-event/state", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tenants(TenantPage::FirstEventState)) },
    Route { method: Method::GET,  pattern: "/console/tokens",           who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::List)) },
    Route { method: Method::GET,  pattern: "/console/new-token",        who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::New)) },
    Route { method: Method::POST, pattern: "/console/new-token",        who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::Create)) },
    Route { method: Method::GET,  pattern: "/console/tokens/{token}",   who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::One)) },
    Route { method: Method::POST, pattern: "/console/tokens/{token}/rotate", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::Rotate)) },
    Route { method: Method::POST, pattern: "/console/tokens/{token}/revoke", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Tokens(TokenPage::Revoke)) },
    Route { method: Method::GET,  pattern: "/console/sources",          who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::List)) },
    Route { method: Method::GET,  pattern: "/console/new-source",       who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::New)) },
    Route { method: Method::POST, pattern: "/console/new-source",       who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::Create)) },
    Route { method: Method::GET,  pattern: "/console/sources/{tenant}/{source}", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::One)) },
    Route { method: Method::POST, pattern: "/console/sources/{tenant}/{source}/change", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::Change)) },
    Route { method: Method::POST, pattern: "/console/sources/{tenant}/{source}/rotate", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::Rotate)) },
    Route { method: Method::POST, pattern: "/console/sources/{tenant}/{source}/delete", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Sources(SourcePage::Delete)) },
    Route { method: Method::GET,  pattern: "/console/agents", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Agents) },
    Route { method: Method::GET,  pattern: "/console/agents/{tenant}/{agent}", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Agent) },
    Route { method: Method::POST, pattern: "/console/agents/{tenant}/{agent}/pause", who: OPERATE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::PauseAgent) },
    Route { method: Method::POST, pattern: "/console/agents/{tenant}/{agent}/resume", who: OPERATE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ResumeAgent) },
    Route { method: Method::POST, pattern: "/console/agents/{tenant}/{agent}/remove", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RemoveAgent) },
    Route { method: Method::GET,  pattern: "/console/jobs",            who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Jobs) },
    Route { method: Method::GET,  pattern: "/console/jobs/{job}",      who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Job) },
    Route { method: Method::POST, pattern: "/console/jobs/{job}/run",  who: OPERATE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RunJob) },
    Route { method: Method::GET,  pattern: "/console/health",          who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Health) },
    Route { method: Method::GET,  pattern: "/console/limits",          who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Limits) },
    Route { method: Method::POST, pattern: "/console/limits/blocks",   who: OPERATE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::AddBlock) },
    Route { method: Method::POST, pattern: "/console/limits/blocks/lift", who: OPERATE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::LiftBlock) },
    Route { method: Method::GET,  pattern: "/console/audit",           who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Audit) },
    Route { method: Method::GET,  pattern: "/console/audit/export",    who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::AuditExport) },
    Route { method: Method::GET,  pattern: "/console/logs",            who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Logs) },
    Route { method: Method::GET,  pattern: "/console/logs/stream",     who: SEE, when: When::Streaming, found: Found::Https, endpoint: Endpoint::Console(Page::LogsTail) },
    Route { method: Method::POST, pattern: "/console/logs/level",      who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::SetLogLevel) },
    Route { method: Method::GET, pattern: "/console/operators", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Operators) },
    Route { method: Method::POST, pattern: "/console/operators", who: MANAGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::CreateOperator) },
    Route { method: Method::GET, pattern: "/console/operators/{operator}", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Operator) },
    Route { method: Method::POST, pattern: "/console/operators/{operator}/role", who: MANAGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ChangeRole) },
    Route { method: Method::POST, pattern: "/console/operators/{operator}/reset-password", who: MANAGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ResetPassword) },
    Route { method: Method::POST, pattern: "/console/operators/{operator}/sessions", who: MANAGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::EndSessionsOf) },
    Route { method: Method::POST, pattern: "/console/operators/{operator}/delete", who: MANAGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::DeleteOperator) },
    Route { method: Method::GET, pattern: "/console/settings", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Settings) },
    Route { method: Method::GET, pattern: "/console/settings/{key}", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Setting) },
    Route { method: Method::POST, pattern: "/console/settings/{key}", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ChangeSetting) },
    Route { method: Method::POST, pattern: "/console/settings/{key}/reset", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ResetSetting) },
    Route { method: Method::GET, pattern: "/console/certificate", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Certificate) },
    Route { method: Method::POST, pattern: "/console/certificate/renew", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RenewCertificate) },
    Route { method: Method::POST, pattern: "/console/certificate/rotate", who: CHANGE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RotateAuthority) },
    Route { method: Method::GET, pattern: "/console/about", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::About) },
    Route { method: Method::GET, pattern: "/console/help", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Help) },
    Route { method: Method::GET,  pattern: "/console/account",         who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::Account) },
    Route { method: Method::POST, pattern: "/console/account/password", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::ChangePassword) },
    Route { method: Method::POST, pattern: "/console/account/second-factor", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::AddSecondFactor) },
    Route { method: Method::POST, pattern: "/console/account/second-factor/remove", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RemoveSecondFactor) },
    Route { method: Method::POST, pattern: "/console/account/recovery-codes", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::RenewRecoveryCodes) },
    Route { method: Method::POST, pattern: "/console/account/sessions", who: SEE, when: When::Serving, found: Found::Https, endpoint: Endpoint::Console(Page::EndSessions) },

    Route { method: Method::GET,  pattern: "/metrics",                 who: Who::Operations(Scope::MetricsRead), when: When::Started, found: Found::Operations, endpoint: Endpoint::Metrics },
    Route { method: Method::GET,  pattern: "/api/metrics",             who: Who::Operations(Scope::MetricsRead), when: When::Started, found: Found::Operations, endpoint: Endpoint::Summary },
];

/// What answers any other path.
static UNMATCHED: Route = Route {
    method: Method::GET,
    pattern: "unmatched",
    who: Who::Anyone,
    when: When::Started,
    found: Found::Operations,
    endpoint: Endpoint::Unmatched,
};

/// What answers every path of the plain listener.
static REDIRECT: Route = Route {
    method: Method::GET,
    pattern: "redirect",
    who: Who::Anyone,
    when: When::Always,
    found: Found::Https,
    endpoint: Endpoint::Redirect,
};

/// Returns the OpenAPI document of all routes.
pub fn document() -> Value {
    openapi::document(ROUTES)
}

fn documents() -> Documents {
    let document = document();
    let page = openapi::page(ROUTES, &document);
    let text = serde_json::to_vec(&document).expect("a document has a JSON form");
    Documents { openapi: Fixed::new(text), page: Fixed::new(page) }
}

/// Builds what the HTTPS listener serves.
pub fn build(edge: &Arc<Edge>) -> Router {
    assemble(edge, |_route| true)
}

/// Builds what the plain listener for metrics and health serves.
pub fn build_operations(edge: &Arc<Edge>) -> Router {
    assemble(edge, |route| route.found == Found::Operations)
}

/// Builds what the plain listener beside HTTPS serves: ways to HTTPS.
pub fn build_redirect(edge: &Arc<Edge>) -> Router {
    Router::new().fallback_service(PatternService::any(edge, &REDIRECT))
}

fn assemble(edge: &Arc<Edge>, wanted: impl Fn(&Route) -> bool) -> Router {
    edge.library.stock(documents);
    let wanted: Vec<&'static Route> = ROUTES.iter().filter(|route| wanted(route)).collect();
    let mut router = Router::new().fallback_service(PatternService::any(edge, &UNMATCHED));
    for (at, route) in wanted.iter().enumerate() {
        let pattern = route.pattern;
        if wanted.iter().take(at).any(|earlier| earlier.pattern == pattern) {
            continue;
        }
        let routes: Vec<_> = wanted.iter().copied().filter(|other| other.pattern == pattern).collect();
        router = router.route_service(pattern, PatternService::new(edge, pattern, &routes));
    }
    router
}
