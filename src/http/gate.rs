//! How often a client may come, and whether at all: asked before any other work, and once more when it is known whether
//! the request proved who sent it.
//!
//! A request that certainly proves nothing is counted before it is worked on. One that presents a token or may be
//! signed is counted only after it failed to prove anything, so that a flood of strangers takes nothing from senders
//! that share their address.

use crate::domain::client::Client;
use crate::domain::offence::Block;
use crate::domain::rate::{Quota, Standing, Verdict};
use crate::domain::scheme::verify::SignatureError;
use crate::domain::source::Source;
use crate::domain::tenant::Tenant;
use crate::domain::token::TokenRefusal;
use crate::http::code::Code;
use crate::http::edge::{Edge, Services};
use crate::http::options::{EdgeOptions, client_text};
use crate::http::problem::{Hint, Problem};
use crate::http::request::header::{
    RATE_LIMIT, RATE_LIMIT_POLICY, X_RATE_LIMIT_LIMIT, X_RATE_LIMIT_REMAINING, X_RATE_LIMIT_RESET,
};
use crate::http::request::origin::Origin;
use crate::services::access::{AccessError, Holder, Reach};
use crate::services::limits::{Applies, RateLimit};
use crate::services::sources::TenantSource;
use crate::services::webhooks::WebhookError;
use crate::telemetry::metrics::LimitScope;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a route's requests are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// By nothing: health is told to everybody.
    Never,
    /// By blocks alone.
    ByBlocks,
    /// By blocks and limits.
    Fully,
}

/// What became of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginNote {
    /// An operator was let in.
    Right,
    /// Name, password or code was wrong.
    Wrong,
    /// It was not looked at, or a code was missing.
    Unjudged,
}

/// The limits that count requests, with their names in an answer's head.
const POLICIES: [(&str, LimitScope); 3] =
    [("default", LimitScope::Address), ("tenant", LimitScope::Tenant), ("token", LimitScope::Token)];

/// A request that was counted.
#[derive(Clone, Copy, Debug)]
struct Counted {
    quota: Quota,
    standing: Standing,
}

/// One request before the limits.
pub(crate) struct Gate<'a> {
    edge: &'a Edge,
    /// As they were when the request came.
    pub(crate) options: &'a EdgeOptions,
    /// None before the start, when nothing but health is answered.
    pub(crate) services: Option<&'a Services>,
    pub(crate) origin: Origin,
    pub(crate) judged: Judged,
    /// What the request was counted for, in the order of [`POLICIES`].
    counted: [OnceLock<Counted>; POLICIES.len()],
    refused: OnceLock<LimitScope>,
    proven: AtomicBool,
    /// It counts as a delivery that nothing has proven yet.
    delivering: AtomicBool,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(
        edge: &'a Edge,
        services: Option<&'a Services>,
        options: &'a EdgeOptions,
        origin: Origin,
        judged: Judged,
    ) -> Self {
        let (counted, refused) = (std::array::from_fn(|_| OnceLock::new()), OnceLock::new());
        let (proven, delivering) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { edge, options, services, origin, judged, counted, refused, proven, delivering }
    }

    /// Returns what refused the request, if a limit or block did.
    pub(crate) fn refused(&self) -> Option<LimitScope> {
        self.refused.get().copied()
    }

    /// Refuses those who are kept out, and counts the request where all are counted.
    pub(crate) fn enter(&self) -> Result<(), Problem> {
        self.check_blocks()?;
        match self.options.rate_limit_applies {
            Applies::All if self.judged != Judged::Never && !self.origin.is_local() => self.charge(),
            Applies::All | Applies::Unauthenticated => Ok(()),
        }
    }

    /// Refuses those who are kept out.
    fn check_blocks(&self) -> Result<(), Problem> {
        let judged = self.judged != Judged::Never && !self.origin.is_local();
        let Some(services) = self.services.filter(|_| judged) else { return Ok(()) };
        let (blocks, address) = (&services.blocks, self.origin.address);
        let left = blocks.banned(address).or_else(|| {
            let left = blocks.blocked(Client::of(address))?;
            (!self.is_exempt()).then_some(left)
        });
        if let Some(left) = left {
            let detail = "this address is blocked; hint: wait, or ask the operator to lift the block";
            return Err(self.blocked(LimitScope::BlockedAddress, detail, left));
        }
        Ok(())
    }

    /// Counts a request that proves nothing; the first call counts.
    pub(crate) fn charge(&self) -> Result<(), Problem> {
        let client = Client::of(self.origin.address);
        let count = |limits: &RateLimit, quota: &Quota| limits.charge(client, quota);
        let hint = match self.options.rate_limit_applies {
            Applies::Unauthenticated => ", or send a valid token",
            Applies::All => "",
        };
        self.count(LimitScope::Address, Some(self.options.rate_limit), count, "from this address", hint)
    }

    /// Counts a request of somebody known for the token and the tenant, where the tenant's settings limit them.
    pub(crate) fn charge_sender(&self, reach: &Reach) -> Result<(), Problem> {
        let Holder::Token(token) = &reach.holder else { return Ok(()) };
        let count = |limits: &RateLimit, quota: &Quota| limits.charge_token(&token.id, quota);
        let hint = ", or have the operator raise the tenant's token_rate_limit";
        let quota = reach.tenant.settings.token_rate_limit;
        self.count(LimitScope::Token, quota, count, "with this token", hint)?;
        self.charge_tenant(&reach.tenant)
    }

    /// Counts a request that works on a tenant, where its settings limit them; the first call counts.
    pub(crate) fn charge_tenant(&self, tenant: &Tenant) -> Result<(), Problem> {
        let count = |limits: &RateLimit, quota: &Quota| limits.charge_tenant(tenant.number, quota);
        let hint = ", or have the operator raise the tenant's rate_limit";
        self.count(LimitScope::Tenant, tenant.settings.rate_limit, count, "of this tenant", hint)
    }

    /// Counts the request under a limit, once and if anything limits it; refuses it beyond the limit.
    fn count(
        &self,
        scope: LimitScope,
        quota: Option<Quota>,
        count: impl FnOnce(&RateLimit, &Quota) -> Standing,
        whose: &str,
        hint: &str,
    ) -> Result<(), Problem> {
        let Some((quota, services)) = quota.zip(self.services) else { return Ok(()) };
        let at = POLICIES.iter().position(|(_, limit)| *limit == scope);
        let counted = at.and_then(|at| self.counted.get(at)).expect("every limit has its place");
        if self.judged != Judged::Fully || counted.get().is_some() || self.is_exempt() {
            return Ok(());
        }
        let standing = count(&services.rate_limit, &quota);
        let _ = counted.set(Counted { quota, standing });
        if standing.verdict == Verdict::Within {
            return Ok(());
        }
        let detail = |seconds| format!("too many requests {whose}; hint: wait {seconds} s{hint}");
        Err(self.limited(scope, standing, detail))
    }

    /// Looks at what became of a token. One that is none may be a guess; those that have expired or were revoked were
    /// real, and whoever still has them is no guesser.
    pub(crate) fn note_token<T>(&self, checked: &Result<T, AccessError>) {
        match checked {
            Ok(_) => self.prove(),
            Err(AccessError::Token(TokenRefusal::Unknown)) => self.note_guess("bad tokens"),
            Err(_) => {}
        }
    }

    fn note_guess(&self, reason: &'static str) {
        let Some(services) = self.offended() else { return };
        self.report(services.blocks.note_bad_token(Client::of(self.origin.address)), reason);
    }

    /// Looks at what became of a login: a wrong one may be a guess, as a bad token may. Judging takes a while, and many
    /// may wait for it at the same moment: those whose address was blocked by then learn nothing.
    pub(crate) fn note_login(&self, attempt: LoginNote) -> Result<(), Problem> {
        self.check_blocks()?;
        match attempt {
            LoginNote::Right => self.prove(),
            LoginNote::Unjudged => {}
            LoginNote::Wrong => self.note_guess("bad logins"),
        }
        Ok(())
    }

    /// Refuses a delivery that must be signed from somebody whose signatures were bad, and counts one that need not.
    pub(crate) fn expect_signature(&self, to: &TenantSource) -> Result<(), Problem> {
        let Some(services) = self.services else { return Ok(()) };
        if !services.webhooks.asks_signature(to) {
            return self.charge();
        }
        let left = services.blocks.blocked_from(Client::of(self.origin.address), &to.source);
        let detail = "this address sent the source too many bad signatures; hint: check the secret, and wait";
        match left.filter(|_| !self.is_exempt()) {
            None => self.charge_delivery(),
            Some(left) => Err(self.blocked(LimitScope::BlockedSource, detail, left)),
        }
    }

    /// Counts a delivery as long as nothing proves who sent it: a right signature gives that back.
    fn charge_delivery(&self) -> Result<(), Problem> {
        let Some(services) = self.offended() else { return Ok(()) };
        let client = Client::of(self.origin.address);
        let standing = services.rate_limit.charge_delivery(client, &self.options.rate_limit);
        if standing.verdict == Verdict::Within {
            self.delivering.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let detail = |seconds| {
            format!(
                "too many deliveries from this address without a right signature; hint: check the secret, and wait {seconds} s"
            )
        };
        Err(self.limited(LimitScope::Address, standing, detail))
    }

    /// Looks at what became of a delivery's signature. One that is missing or too old is no guess.
    pub(crate) fn note_signature<T>(&self, source: &Source, checked: &Result<T, WebhookError>) {
        use SignatureError::{Malformed, Repeated, Wrong};
        match checked {
            Ok(_) => {
                self.prove();
                if let Some(services) =
                    self.services.filter(|_| self.delivering.swap(false, Ordering::Relaxed))
                {
                    services.rate_limit.give_delivery_back(Client::of(self.origin.address));
                }
            }
            Err(WebhookError::Signature(Wrong | Malformed(_) | Repeated(_))) => {
                if let Some(services) = self.offended() {
                    let client = Client::of(self.origin.address);
                    self.report(services.blocks.note_bad_signature(client, source), "bad signatures");
                }
            }
            Err(_) => {}
        }
    }

    /// Counts a request that turned out to prove nothing, or too little; the answer may become another.
    pub(crate) fn settle(&self, answered: Result<Response, Problem>) -> Result<Response, Problem> {
        let Err(problem) = &answered else { return answered };
        let lacking = matches!(problem.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let stranger = !self.is_proven() && problem.status.is_client_error();
        if (lacking || stranger) && self.refused.get().is_none() {
            self.charge()?;
        }
        answered
    }

    /// Says in an answer's head where whoever was counted stands (the IETF's draft of RateLimit header fields, and the
    /// names used before it). The older names know one limit: the one of which least is left.
    pub(crate) fn describe(&self, headers: &mut HeaderMap) {
        let all =
            || POLICIES.iter().zip(&self.counted).filter_map(|((name, _), one)| Some((name, one.get()?)));
        let Some((_, tightest)) = all().min_by_key(|(_, counted)| counted.standing.remaining) else { return };
        let Counted { quota, standing } = tightest;
        headers.insert(&X_RATE_LIMIT_LIMIT, quota.max.into());
        headers.insert(&X_RATE_LIMIT_REMAINING, standing.remaining.into());
        headers.insert(&X_RATE_LIMIT_RESET, seconds(standing.reset).into());
        let (mut policies, mut standings) = (Vec::new(), Vec::new());
        for (name, Counted { quota, standing }) in all() {
            policies.push(format!("\"{name}\";q={};w={}", quota.max, seconds(quota.window)));
            standings.push(format!("\"{name}\";r={};t={}", standing.remaining, seconds(standing.reset)));
        }
        for (name, texts) in [(&RATE_LIMIT_POLICY, policies), (&RATE_LIMIT, standings)] {
            let text = HeaderValue::try_from(texts.join(", "));
            headers.insert(name, text.expect("digits and quotes make a header's value"));
        }
    }

    /// Notes that the request proved who sent it.
    pub(crate) fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }

    /// Tells whether something in the request proved who sent it.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    fn is_exempt(&self) -> bool {
        let options = self.options;
        let networks = &options.exempt_networks;
        self.origin.is_local() || (!networks.is_empty() && self.origin.stands_in(networks, options))
    }

    /// Returns the services if a failure of this request counts.
    fn offended(&self) -> Option<&'a Services> {
        self.services.filter(|_| !self.is_exempt())
    }

    fn refuse(&self, scope: LimitScope) {
        if self.refused.set(scope).is_ok() {
            self.edge.metrics.http.limited(scope);
        }
    }

    /// The problem of a request beyond a limit; `detail` gets the seconds until there may be another.
    fn limited(&self, scope: LimitScope, standing: Standing, detail: impl FnOnce(u32) -> String) -> Problem {
        self.refuse(scope);
        let seconds = seconds(standing.reset).max(1);
        Problem::new(Code::RateLimited, detail(seconds)).with_hint(Hint::RateLimited(seconds))
    }

    fn blocked(&self, scope: LimitScope, detail: &'static str, left: Duration) -> Problem {
        self.refuse(scope);
        let problem = Problem::new(Code::AddressBlocked, detail);
        problem.with_hint(Hint::RateLimited(seconds(left).max(1)))
    }

    fn report(&self, block: Option<Block>, reason: &'static str) {
        let Some(block) = block else { return };
        let client = client_text(self.options.client_address, self.origin.address);
        let minutes = block.until.duration_since(block.since).as_secs() / 60;
        tracing::warn!(client, reason, "{client} is blocked for {minutes} min because of {reason}");
    }
}

/// Notes a request with forwarding headers from a peer outside `limits.trusted_proxies`, and says so in the log every
/// now and then: a proxy that nobody named makes all its clients count as one.
pub(crate) fn note_forwarder(edge: &Edge, services: Option<&Services>, peer: IpAddr) {
    let Some(services) = services.filter(|_| !edge.options().trusts(peer)) else { return };
    if !services.forwarders.note(peer.to_canonical(), edge.clock.now()) {
        return;
    }
    let client = client_text(edge.options().client_address, peer);
    tracing::warn!(
        client,
        "{client} sends Forwarded or X-Forwarded-For and is no trusted proxy, so the headers are not believed; \
         hint: if it is your proxy, name its network in limits.trusted_proxies"
    );
}

/// Whole seconds, begun ones counted.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}
