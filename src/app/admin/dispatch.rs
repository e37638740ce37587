//! Carrying a request out.

use crate::api::certificate::CertificatesJson;
use crate::api::events::event::EventJson;
use crate::api::tenants::TenantJson;
use crate::api::tokens::TokenJson;
use crate::app::admin::blocks;
use crate::app::admin::operators;
use crate::app::admin::outcome::{Failure, raw};
use crate::app::admin::protocol::{Answer, EventsAnswer, EventsRequest, Request};
use crate::app::admin::settings;
use crate::app::admin::sources;
use crate::app::admin::wait;
use crate::app::facts::Facts;
use crate::domain::cursor::Cursor;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::token::Token;
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::certificates::CertificateChange;
use crate::services::reading::{Filter, Order, Query};
use crate::services::tenants::NewTenant;
use crate::services::tokens::NewToken;
use crate::tls::keeper::TlsKeeper;
use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Commands that wait for events at once: half of those that are served, so that the others find their turn.
const WAITS_MAX: usize = 8;

/// Carries requests out. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    /// The services.
    pub parts: Arc<Services>,
    /// The certificates.
    pub tls: TlsKeeper,
    waits: Arc<Semaphore>,
}

impl Dispatcher {
    /// Makes one over the services and certificates.
    pub fn new(parts: Arc<Services>, tls: TlsKeeper) -> Self {
        Self { parts, tls, waits: Arc::new(Semaphore::new(WAITS_MAX)) }
    }

    /// Carries a request out.
    pub async fn carry_out(&self, request: Request) -> Answer {
        match self.dispatch(request).await {
            Ok(value) => Answer::Done(value),
            Err(Failure::Refused(message)) => Answer::Refused(message),
            Err(Failure::Failed(message)) => Answer::Failed(message),
        }
    }

    async fn dispatch(&self, request: Request) -> Result<Box<RawValue>, Failure> {
        match request {
            Request::Events(request) => raw(&self.events(request).await?),
            Request::EventsAwait(request) => {
                let _wait = self.waits.try_acquire().map_err(|_taken| {
                    let most = WAITS_MAX;
                    Failure::Refused(format!(
                        "{most} commands wait for events already, the most there can be; hint: end one of them"
                    ))
                })?;
                raw(&wait::for_events(&self.parts, request).await?)
            }
            request => raw(&self.manage(request).await?),
        }
    }

    async fn manage(&self, request: Request) -> Result<Value, Failure> {
        match request {
            Request::Events(_) | Request::EventsAwait(_) => Ok(Value::Null),
            Request::LedgerVerify => self.verify().await,
            Request::SchemaStatus => Ok(json!(self.parts.store.migrations()?)),
            Request::Health => Ok(self.health().await),
            Request::Facts => Ok(json!(self.facts().await?)),
            Request::TlsShow | Request::TlsRenew | Request::TlsRotateAuthority => {
                self.certificates(request).await
            }
            Request::Operator(request) => Ok(operators::carry_out(&self.parts, request).await?),
            Request::Source(request) => Ok(sources::carry_out(&self.parts, request).await?),
            Request::Block(request) => Ok(blocks::carry_out(&self.parts, request).await?),
            Request::Setting(request) => Ok(settings::carry_out(&self.parts, request).await?),
            Request::TenantCreate { .. }
            | Request::TenantList
            | Request::TenantShow { .. }
            | Request::TenantSet { .. }
            | Request::TenantDelete { .. } => self.tenants(request).await,
            Request::TokenCreate { .. }
            | Request::TokenList { .. }
            | Request::TokenShow { .. }
            | Request::TokenRotate { .. }
            | Request::TokenRevoke { .. } => self.tokens(request).await,
        }
    }

    async fn tenants(&self, request: Request) -> Result<Value, Failure> {
        let tenants = &self.parts.tenants;
        match request {
            Request::TenantCreate { slug, name } => {
                let tenant = tenants.create(Actor::CommandLine, NewTenant { slug, name }).await?;
                Ok(json!(TenantJson::from(&*tenant)))
            }
            Request::TenantShow { slug } => Ok(json!(TenantJson::from(&*tenants.find_any(&slug)?))),
            Request::TenantSet { slug, change } => {
                let tenant = tenants.change(Actor::CommandLine, &slug, change).await?;
                Ok(json!(TenantJson::from(&*tenant)))
            }
            Request::TenantDelete { slug } => {
                tenants.delete(Actor::CommandLine, &slug).await?;
                Ok(json!({ "slug": slug, "status": "deleted" }))
            }
            _ => Ok(tenants.list().iter().map(|tenant| json!(TenantJson::from(&**tenant))).collect()),
        }
    }

    async fn tokens(&self, request: Request) -> Result<Value, Failure> {
        let tokens = &self.parts.tokens;
        match request {
            Request::TokenCreate { tenant, name, scopes, valid_for_seconds } => {
                let valid_for = valid_for_seconds.map(Duration::from_secs);
                let new = NewToken { tenant, name, scopes, valid_for };
                let (token, text) = tokens.create(Actor::CommandLine, new).await?;
                Ok(json!(self.show_token(&token).with_text(&text)))
            }
            Request::TokenRotate { id, overlap_seconds } => {
                let overlap = Duration::from_secs(overlap_seconds);
                let (token, text) = tokens.rotate(Actor::CommandLine, &id, overlap).await?;
                Ok(json!(self.show_token(&token).with_text(&text)))
            }
            Request::TokenShow { id } => Ok(json!(self.show_token(&*tokens.find(&id)?))),
            Request::TokenRevoke { id } => {
                Ok(json!(self.show_token(&*tokens.revoke(Actor::CommandLine, &id).await?)))
            }
            Request::TokenList { tenant } => {
                let listed = tokens.list(tenant.as_deref())?;
                Ok(listed.iter().map(|token| json!(self.show_token(token))).collect())
            }
            _ => Ok(Value::Null),
        }
    }

    fn show_token<'a>(&self, token: &'a Token) -> TokenJson<'a> {
        let catalog = self.parts.store.catalog();
        let tenant = catalog.tenant(token.tenant).map(|tenant| tenant.slug.as_str().to_owned());
        TokenJson::new(token, tenant, self.parts.access.last_used(&token.id))
    }

    async fn events(&self, request: EventsRequest) -> Result<EventsAnswer, Failure> {
        let tenant = self.parts.tenants.find_any(&request.tenant)?;
        let refused = |error: &dyn std::error::Error| Failure::Refused(error.to_string());
        let after =
            request.after.as_deref().map(Cursor::parse).transpose().map_err(|error| refused(&error))?;
        let key =
            request.key.as_deref().map(IdempotencyKey::parse).transpose().map_err(|error| refused(&error))?;
        let query = Query {
            after,
            limit: request.limit,
            order: if request.newest_first { Order::Descending } else { Order::Ascending },
            filter: Filter {
                event_type: request.event_type,
                source: request.source,
                since: request.since,
                until: request.until,
                trace_id: request.trace,
                key,
                ..Filter::default()
            },
            ..Query::default()
        };
        let page = self.parts.reading.list(&tenant, query, Ok).await?;
        let events = page.events.iter().map(|event| raw(&EventJson(event))).collect::<Result<_, _>>()?;
        Ok(EventsAnswer { events, next: page.next.map(|cursor| cursor.to_string()) })
    }

    async fn verify(&self) -> Result<Value, Failure> {
        let store = self.parts.store.clone();
        let work = tokio::task::spawn_blocking(move || {
            store.flush()?;
            store.verify(|_, _| {})
        });
        let found = work.await.map_err(|error| Failure::Failed(error.to_string()))??;
        Ok(json!({
            "whole": found.is_whole(),
            "size": found.size,
            "epoch": self.parts.store.epoch(),
            "root": HEXLOWER.encode(&found.head_root),
            "computed_root": HEXLOWER.encode(&found.computed_root),
            "problems": found.problems,
        }))
    }

    async fn health(&self) -> Value {
        let readiness = self.parts.health.readiness().await;
        let checks: serde_json::Map<String, Value> =
            readiness.checks.iter().map(|(name, passed)| ((*name).to_owned(), json!(passed))).collect();
        json!({ "ready": readiness.is_ready(), "checks": checks })
    }

    async fn facts(&self) -> Result<Facts, Failure> {
        let (parts, tls) = (Arc::clone(&self.parts), self.tls.clone());
        let work = tokio::task::spawn_blocking(move || Facts::gather(&parts, &tls));
        Ok(work.await.map_err(|error| Failure::Failed(error.to_string()))??)
    }

    async fn certificates(&self, request: Request) -> Result<Value, Failure> {
        let (certificates, actor) = (&self.parts.certificates, Actor::CommandLine);
        match request {
            Request::TlsRenew => drop(certificates.issue(actor, CertificateChange::Renewal).await?),
            Request::TlsRotateAuthority => {
                drop(certificates.issue(actor, CertificateChange::Rotation).await?)
            }
            _ => {}
        }
        Ok(json!(CertificatesJson::from(&self.tls.status())))
    }
}
