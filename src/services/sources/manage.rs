//! The commands on sources.

use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::names::Slug;
use crate::domain::scheme::builtin::DEFAULT;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::table::Schemes;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, SOURCES_MAX, SealedSecret, Source, Unsigned};
use crate::platform::entropy::{Entropy, array};
use crate::services::audit::{self, Actor};
use crate::services::authority::check_changer;
use crate::services::input::overlap;
use crate::services::refusal::{Refusal, RefusalExt, shortened};
use crate::services::request::{Request, carry_out};
use crate::services::sources::values::{
    Ensured, NewSource, SourceChange, SourceRotation, TenantSource, check_fit, check_secret, checked_type,
    checked_url, details, none_if_empty, place,
};
use crate::services::tenants;
use crate::services::vault::Vault;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Random bytes of a secret that is made here: 256 bits.
const SECRET_BYTES: usize = 32;

/// Creates, changes and deletes sources. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sources {
    store: Store,
    schemes: Schemes,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
}

impl Sources {
    /// Stands on the store.
    pub fn new(store: Store, schemes: Schemes, vault: Vault, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, schemes, vault, entropy }
    }

    /// Creates a source. A secret that is made here is returned, once.
    pub async fn create(
        &self,
        request: impl Into<Request>,
        new: NewSource,
    ) -> Result<(TenantSource, Option<Secret>), Refusal> {
        let name = Slug::parse(&new.name).at("name")?;
        let scheme = self.scheme(new.scheme.as_deref().unwrap_or(DEFAULT)).at("scheme")?;
        let default_type = checked_type(new.default_type)?;
        let notification_url = checked_url(new.notification_url)?;
        let made = self.secret(&scheme, new.secret.as_ref())?;
        let (vault, secret) = (self.vault.clone(), made.clone().or(new.secret));
        let created = carry_out(&self.store, request, move |actor, catalog, now| {
            check_changer(actor, catalog)?;
            let tenant = tenants::find(catalog, &new.tenant).at("tenant")?;
            if tenant.number == SYSTEM_TENANT {
                let detail =
                    "events of tenant `system` are written by the appliance alone; hint: name another tenant";
                return Err(Refusal::field_unacceptable("tenant", detail));
            }
            if catalog.source(tenant.number, name.as_str()).is_some() {
                return Err(Refusal::exists("source", name.as_str()).at("name"));
            }
            if catalog.sources().count() >= SOURCES_MAX {
                return Err(Refusal::TooMany { what: "sources", most: SOURCES_MAX });
            }
            let mut source = Source {
                tenant: tenant.number,
                name,
                scheme: scheme.name.clone(),
                default_type,
                automatic_keys: new.automatic_keys.unwrap_or(AutomaticKeys::On),
                notification_url,
                unsigned: new.unsigned.unwrap_or(Unsigned::Refused),
                secrets: Vec::new(),
                created_at: now,
            };
            check_fit(&source, &scheme)?;
            if let Some(secret) = &secret {
                source.rotate(vault.seal(&place(&source), secret), now, Duration::ZERO);
            }
            let created = TenantSource { tenant, source: Arc::new(source) };
            let effects = record(actor, "source.created", &created, &details(&created.source));
            Ok((effects.put(&*created.source).made(created.place()), created))
        });
        Ok((created.await?, made))
    }

    /// Returns every source, or a tenant's, by tenant and name; those of deleted tenants are left out.
    pub fn list(&self, tenant: Option<&str>) -> Result<Vec<TenantSource>, Refusal> {
        let catalog = self.store.catalog();
        let wanted = tenant.map(|slug| tenants::find(&catalog, slug)).transpose()?;
        let of_wanted =
            |source: &&Arc<Source>| wanted.as_ref().is_none_or(|tenant| tenant.number == source.tenant);
        let registered = catalog.sources().filter(of_wanted).filter_map(|source| {
            let slug = catalog.tenant(source.tenant)?.slug.as_str();
            Some(TenantSource { tenant: tenants::find(&catalog, slug).ok()?, source: Arc::clone(source) })
        });
        Ok(registered.collect())
    }

    /// Returns a source.
    pub fn find(&self, tenant: &str, name: &str) -> Result<TenantSource, Refusal> {
        find(&self.store.catalog(), tenant, name)
    }

    /// Changes a source.
    pub async fn change(
        &self,
        actor: Actor,
        tenant: &str,
        name: &str,
        change: SourceChange,
    ) -> Result<TenantSource, Refusal> {
        let scheme = change.scheme.as_deref().map(|name| self.scheme(name)).transpose().at("scheme")?;
        let default_type = change.default_type.map(|text| checked_type(none_if_empty(text))).transpose()?;
        let url = change.notification_url.map(|text| checked_url(none_if_empty(text))).transpose()?;
        let (slug, wanted, sources) = (tenant.to_owned(), name.to_owned(), self.clone());
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            check_changer(actor, catalog)?;
            let TenantSource { tenant, source: before } = find(catalog, &slug, &wanted)?;
            let mut source = Source::clone(&before);
            if let Some(default_type) = default_type {
                source.default_type = default_type;
            }
            if let Some(url) = url {
                source.notification_url = url;
            }
            source.automatic_keys = change.automatic_keys.unwrap_or(source.automatic_keys);
            if let Some(scheme) = &scheme {
                sources.change_scheme(&mut source, scheme).at("scheme")?;
            }
            source.unsigned = change.unsigned.unwrap_or(source.unsigned);
            check_fit(&source, &*sources.scheme(source.scheme.as_str()).at("scheme")?)?;
            if source == *before {
                return Ok((Effects::default(), TenantSource { tenant, source: before }));
            }
            let details = json!({ "before": details(&before), "after": details(&source) });
            let changed = TenantSource { tenant, source: Arc::new(source) };
            Ok((record(actor, "source.changed", &changed, &details).put(&*changed.source), changed))
        })
        .await
    }

    /// Lets a source sign by another scheme, with the secrets it has.
    fn change_scheme(&self, source: &mut Source, scheme: &Scheme) -> Result<(), Refusal> {
        source.scheme = scheme.name.clone();
        let Some(signature) = &scheme.signature else {
            source.secrets.clear();
            return Ok(());
        };
        source.unsigned = Unsigned::Refused;
        if source.secrets.is_empty() {
            return Err(Refusal::Unacceptable(format!(
                "the source has no secret, which the scheme `{}` needs; hint: delete it and create it again",
                scheme.name
            )));
        }
        for secret in self.open_all(source)? {
            check_secret(signature, &secret)?;
        }
        Ok(())
    }

    fn open_all(&self, source: &Source) -> Result<Vec<Secret>, Refusal> {
        let place = place(source);
        let open = |secret: &SealedSecret| self.vault.open(&place, &secret.sealed);
        let opened: Result<Vec<_>, _> = source.secrets.iter().map(open).collect();
        opened.map_err(|error| Refusal::Unacceptable(error.to_string()))
    }

    /// Gives a source a new secret; the present one works on for the overlap. At most two work at once. A secret that
    /// is made here is returned, once.
    pub async fn rotate(
        &self,
        request: impl Into<Request>,
        tenant: &str,
        name: &str,
        rotation: SourceRotation,
    ) -> Result<(TenantSource, Option<Secret>), Refusal> {
        let SourceRotation { secret: given, overlap: text } = rotation;
        let overlap = overlap(text.as_deref())?;
        let present = self.find(tenant, name)?;
        let scheme = self.scheme(present.source.scheme.as_str())?;
        if scheme.signature.is_none() {
            let detail = format!("the scheme `{}` has no secret; hint: set another scheme", scheme.name);
            return Err(Refusal::field_unacceptable("secret", detail));
        }
        let made = self.secret(&scheme, given.as_ref())?;
        let secret = made.clone().or(given).expect("a secret is given or made");
        let (slug, wanted, sources) = (tenant.to_owned(), name.to_owned(), self.clone());
        let rotated = carry_out(&self.store, request, move |actor, catalog, now| {
            check_changer(actor, catalog)?;
            let TenantSource { tenant, source } = find(catalog, &slug, &wanted)?;
            let mut source = Source::clone(&source);
            if source.scheme != scheme.name {
                return Err(Refusal::Unacceptable(
                    "the source's scheme has just changed; hint: try again".into(),
                ));
            }
            if sources.holds(&source, source.valid_secrets(now).next(), &secret) {
                let detail = "that is the source's present secret already; hint: give another one";
                return Err(Refusal::field_unacceptable("secret", detail));
            }
            source.rotate(sources.vault.seal(&place(&source), &secret), now, overlap);
            let details = json!({ "overlap_seconds": overlap.as_secs() });
            let rotated = TenantSource { tenant, source: Arc::new(source) };
            let effects = record(actor, "source.rotated", &rotated, &details);
            Ok((effects.put(&*rotated.source).made(rotated.place()), rotated))
        });
        Ok((rotated.await?, made))
    }

    /// Returns every scheme there is, by name.
    pub fn schemes(&self) -> impl Iterator<Item = &Arc<Scheme>> {
        self.schemes.names().filter_map(|name| self.schemes.find(name))
    }

    /// Tells whether a secret of a source is this one.
    fn holds(&self, source: &Source, sealed: Option<&SealedSecret>, secret: &Secret) -> bool {
        let opened = sealed.and_then(|sealed| self.vault.open(&place(source), &sealed.sealed).ok());
        opened.is_some_and(|opened| opened == *secret)
    }

    /// Makes sure that a source has the secret: the source is created, or the secret rotated in unless it is the
    /// present one. Returns whether anything changed.
    pub async fn ensure(&self, actor: Actor, new: NewSource, secret: Secret) -> Result<Ensured, Refusal> {
        let (tenant, name) = (new.tenant.clone(), new.name.clone());
        let Ok(known) = self.find(&tenant, &name) else {
            self.create(actor, NewSource { secret: Some(secret), ..new }).await?;
            return Ok(Ensured::Created);
        };
        let newest = known.source.secrets.first().filter(|newest| newest.valid_until.is_none());
        if self.holds(&known.source, newest, &secret) {
            return Ok(Ensured::Unchanged);
        }
        let rotation = SourceRotation { secret: Some(secret), overlap: None };
        self.rotate(actor, &tenant, &name, rotation).await?;
        Ok(Ensured::Rotated)
    }

    /// Deletes a source: its deliveries are refused, its events stay in the ledger and its name may be given again.
    pub async fn delete(&self, actor: Actor, tenant: &str, name: &str) -> Result<(), Refusal> {
        let (slug, wanted) = (tenant.to_owned(), name.to_owned());
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            check_changer(actor, catalog)?;
            let known = find(catalog, &slug, &wanted)?;
            let effects = record(actor, "source.deleted", &known, &details(&known.source));
            Ok((effects.delete::<Source>((known.source.tenant, &known.source.name)), ()))
        })
        .await
    }

    /// Returns every source that cannot be used as it is, with the reason.
    pub fn unusable(&self) -> Vec<(TenantSource, String)> {
        let all = self.list(None).unwrap_or_default();
        all.into_iter().filter_map(|one| Some((one.clone(), self.fault(&one.source)?))).collect()
    }

    /// Says why a source cannot be used as it is, if so.
    pub fn fault(&self, source: &Source) -> Option<String> {
        let Some(scheme) = self.schemes.find(source.scheme.as_str()) else {
            return Some(format!(
                "its scheme `{}` is not configured; hint: bring [schemes.{}] back, or set another scheme",
                source.scheme, source.scheme
            ));
        };
        if let Err(refusal) = check_fit(source, scheme) {
            return Some(refusal.to_string());
        }
        let signature = scheme.signature.as_ref()?;
        match self.open_all(source) {
            Ok(secrets) => secrets.iter().find_map(|secret| check_secret(signature, secret).err()),
            Err(refusal) => Some(refusal),
        }
        .map(|refusal| refusal.to_string())
    }

    fn scheme(&self, name: &str) -> Result<Arc<Scheme>, Refusal> {
        self.schemes.find(name).map(Arc::clone).ok_or_else(|| {
            let shown = shortened(name);
            let names: Vec<&str> = self.schemes.names().collect();
            Refusal::Unacceptable(format!("there is no scheme `{shown}`; hint: one of {}", names.join(", ")))
        })
    }

    /// Checks a secret that was given; makes one if none was and the scheme needs one.
    fn secret(&self, scheme: &Scheme, given: Option<&Secret>) -> Result<Option<Secret>, Refusal> {
        match (&scheme.signature, given) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let detail = format!("the scheme `{}` has no secret; hint: give none", scheme.name);
                Err(Refusal::field_unacceptable("secret", detail))
            }
            (Some(signature), Some(given)) => check_secret(signature, given).map(|()| None).at("secret"),
            (Some(signature), None) => {
                let random = array::<SECRET_BYTES>(self.entropy.as_ref());
                Ok(Some(Secret::new(signature.secret_of(&random))))
            }
        }
    }
}

fn record(actor: &Actor, what: &str, source: &TenantSource, details: &Value) -> Effects {
    audit::record(actor, what, &source.key(), details)
}

fn find(catalog: &Catalog, tenant: &str, name: &str) -> Result<TenantSource, Refusal> {
    let tenant = tenants::find(catalog, tenant)?;
    let source = catalog.source(tenant.number, name).ok_or_else(|| Refusal::not_found("source", name))?;
    Ok(TenantSource { source: Arc::clone(source), tenant })
}
