//! Every operation on tenants, tokens, sources and operators, and which function answers it.

use crate::web::api::{operators, sources, tenants, tokens};
use crate::web::call::Call;
use crate::web::problem::Problem;
use axum::body::Body;
use axum::response::Response;

/// An operation on tenants, tokens, sources or operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Managed {
    /// Lists tenants.
    ListTenants,
    /// Creates a tenant.
    CreateTenant,
    /// Shows a tenant.
    FindTenant,
    /// Changes a tenant.
    ChangeTenant,
    /// Deletes a tenant.
    DeleteTenant,
    /// Lists tokens.
    ListTokens,
    /// Creates a token.
    CreateToken,
    /// Shows a token.
    FindToken,
    /// Gives a token a new secret.
    RotateToken,
    /// Revokes a token.
    RevokeToken,
    /// Lists sources.
    ListSources,
    /// Creates a source.
    CreateSource,
    /// Shows a source.
    FindSource,
    /// Changes a source.
    ChangeSource,
    /// Gives a source a new secret.
    RotateSource,
    /// Deletes a source.
    DeleteSource,
    /// Lists the schemes of signatures.
    ListSchemes,
    /// Lists operators.
    ListOperators,
    /// Creates an operator.
    CreateOperator,
    /// Shows an operator.
    FindOperator,
    /// Gives an operator another role.
    ChangeOperator,
    /// Recovers an operator.
    ResetPassword,
    /// Deletes an operator.
    DeleteOperator,
    /// Lists sessions.
    ListSessions,
    /// Ends a session.
    EndSession,
    /// Ends all sessions of an operator.
    EndSessions,
}

/// Answers an operation.
pub(in crate::web) async fn answer(
    managed: Managed,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match managed {
        Managed::ListTenants => tenants::list_tenants(call),
        Managed::CreateTenant => tenants::create_tenant(call, body).await,
        Managed::FindTenant => tenants::find_tenant(call),
        Managed::ChangeTenant => tenants::change_tenant(call, body).await,
        Managed::DeleteTenant => tenants::delete_tenant(call).await,
        Managed::ListTokens => tokens::list_tokens(call),
        Managed::CreateToken => tokens::create_token(call, body).await,
        Managed::FindToken => tokens::find_token(call),
        Managed::RotateToken => tokens::rotate_token(call, body).await,
        Managed::RevokeToken => tokens::revoke_token(call).await,
        Managed::ListSources => sources::list_sources(call),
        Managed::CreateSource => sources::create_source(call, body).await,
        Managed::FindSource => sources::find_source(call),
        Managed::ChangeSource => sources::change_source(call, body).await,
        Managed::RotateSource => sources::rotate_source(call, body).await,
        Managed::DeleteSource => sources::delete_source(call).await,
        Managed::ListSchemes => sources::list_schemes(call),
        Managed::ListOperators => operators::list_operators(call),
        Managed::CreateOperator => operators::create_operator(call, body).await,
        Managed::FindOperator => operators::find_operator(call),
        Managed::ChangeOperator => operators::change_operator(call, body).await,
        Managed::ResetPassword => operators::reset_password(call, body).await,
        Managed::DeleteOperator => operators::delete_operator(call).await,
        Managed::ListSessions => operators::list_sessions(call),
        Managed::EndSession => operators::end_session(call),
        Managed::EndSessions => operators::end_sessions(call),
    }
}
