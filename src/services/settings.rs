//! Settings while the appliance runs: who set what, changes from the console, and taking them.
//!
//! A change from the console is checked like any other value, stored in the database, and taken at once. So is what
//! was read again from outside. Both go through `Settings::take`.

use crate::config::{
    Change, Changes, Config, Console, Entry, Loaded, Origin, Problems, check_stored, find, overlay,
    reference, take_live,
};
use crate::services::audit::{self, Actor};
use crate::services::refusal::{Refusal, RefusalExt};
use crate::services::request::carry_out;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use crate::store::rows::value::Setting;
use arc_swap::ArcSwap;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Longest text of a value: a hundred networks or names of ordinary length.
const VALUE_LEN_MAX: usize = 12 * 1024;

/// Makes the running parts work as a configuration says.
pub type Apply = Box<dyn Fn(&Config) + Send + Sync>;

/// Keeps the settings of a running appliance. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    store: Store,
    state: Arc<State>,
}

struct State {
    /// What file, environment and flags say, as read last; locked while a change is decided and taken, so that of two
    /// changes at once none is lost.
    outside: Mutex<Loaded>,
    /// What the appliance works with.
    running: ArcSwap<Loaded>,
    apply: Apply,
}

/// One setting with its value.
#[derive(Clone)]
pub struct Shown {
    /// What the reference says of it.
    pub entry: &'static Entry,
    /// The value that holds, as written with `--set`; hidden if it is a secret.
    pub value: String,
    /// The default of this environment.
    pub default: String,
    /// Who set it.
    pub origin: Origin,
    /// What the console set, also where it gives way to a value from outside.
    pub stored: Option<String>,
}

impl Shown {
    /// Tells whether a value set at the console would hold.
    pub fn is_writable(&self) -> bool {
        self.entry.console() == Console::Settable && self.is_open()
    }

    /// Tells whether nothing from outside sets it.
    fn is_open(&self) -> bool {
        matches!(self.origin, Origin::Default | Origin::Console)
    }
}

impl Settings {
    /// Lays what the console set over what came from outside. `apply` gets the outcome with [`Self::apply`] and after
    /// every change.
    pub fn new(store: Store, outside: Loaded, apply: Apply) -> Self {
        let running = overlay(&outside, store.catalog().settings());
        let running = ArcSwap::from_pointee(running);
        Self { store, state: Arc::new(State { outside: Mutex::new(outside), running, apply }) }
    }

    /// Returns what the appliance works with.
    pub fn running(&self) -> Arc<Loaded> {
        self.state.running.load_full()
    }

    /// Returns what the console set, by key.
    pub fn stored(&self) -> BTreeMap<String, String> {
        self.store.catalog().settings().clone()
    }

    /// Makes the running parts work as the present settings say.
    pub async fn apply(&self) {
        let _turn = self.state.outside.lock().await;
        (self.state.apply)(&self.running().config);
    }

    /// Returns every setting.
    pub fn list(&self) -> Vec<Shown> {
        let keys = reference().iter().map(|entry| self.find(entry.key()));
        keys.filter_map(Result::ok).collect()
    }

    /// Returns a setting.
    pub fn find(&self, key: &str) -> Result<Shown, Refusal> {
        let entry = find(key).ok_or_else(|| Refusal::not_found("setting", key))?;
        let running = self.running();
        let catalog = self.store.catalog();
        Ok(Shown {
            entry,
            value: entry.shown(&running.config),
            default: entry.shown(&Config::defaults(running.config.environment)),
            origin: running.origin(key),
            stored: catalog.settings().get(key).map(|text| entry.hide(text.clone())),
        })
    }

    /// Sets a value at the console.
    pub async fn set(&self, actor: Actor, key: &str, text: &str) -> Result<Shown, Refusal> {
        if text.len() > VALUE_LEN_MAX {
            let detail =
                format!("the value has {} bytes; hint: at most {VALUE_LEN_MAX} are stored", text.len());
            return Err(Refusal::field_unacceptable("value", detail));
        }
        let outside = self.state.outside.lock().await;
        let shown = self.find(key)?;
        if !shown.is_open() {
            return Err(Refusal::ReadOnly(format!(
                "{key} is set by {}; hint: change it there, or take it out there first",
                shown.origin
            )));
        }
        let checked = check_stored(&self.running(), key, text).map_err(|problems| first_of(&problems));
        let text = checked.at("value")?;
        self.store_and_take(&outside, actor, key.to_owned(), Some(text)).await?;
        self.find(key)
    }

    /// Takes back what the console set, also of a key that this program does not know; the default holds again.
    pub async fn reset(&self, actor: Actor, key: &str) -> Result<(), Refusal> {
        let outside = self.state.outside.lock().await;
        let is_stored = self.store.catalog().settings().contains_key(key);
        if !is_stored && find(key).is_none() {
            return Err(Refusal::not_found("setting", key));
        }
        self.store_and_take(&outside, actor, key.to_owned(), None).await
    }

    /// Takes what was read again from outside. Refused, everything stays as it is.
    pub async fn reload(&self, fresh: Loaded) -> Result<Changes, Problems> {
        let mut outside = self.state.outside.lock().await;
        let changes = self.take(&fresh)?;
        *outside = fresh;
        Ok(changes)
    }

    async fn store_and_take(
        &self,
        outside: &Loaded,
        actor: Actor,
        key: String,
        text: Option<String>,
    ) -> Result<(), Refusal> {
        let entry = find(&key);
        let hide = move |text: &String| entry.map_or_else(|| text.clone(), |entry| entry.hide(text.clone()));
        let default = self.find(&key).map(|shown| shown.default).ok();
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            let before = catalog.settings().get(&key);
            if before == text.as_ref() {
                return Ok((Effects::default(), ()));
            }
            let shown = |text: Option<&String>| text.map(hide).or_else(|| default.clone());
            let details = json!({ "key": key, "before": shown(before), "after": shown(text.as_ref()) });
            let what = if text.is_some() { "setting.changed" } else { "setting.reset" };
            let effects = audit::record(actor, what, &key, &details);
            let effects = match &text {
                Some(text) => effects.put(&Setting::new(&key, text)),
                None => effects.delete::<Setting>(&key),
            };
            Ok((effects, ()))
        })
        .await?;
        self.take(outside).map(drop).map_err(|problems| first_of(&problems))
    }

    /// Computes what holds from what came from outside and what the console set, and applies of it what a running
    /// appliance takes.
    fn take(&self, outside: &Loaded) -> Result<Changes, Problems> {
        let fresh = overlay(outside, self.store.catalog().settings());
        let (running, changes) = take_live(&self.running(), &fresh)?;
        // Said before: the level of the log may be among them.
        for Change { key, new, .. } in &changes.live {
            tracing::info!(setting = key, value = %new, "Setting {key} is {new} now");
        }
        (self.state.apply)(&running.config);
        self.state.running.store(Arc::new(running));
        Ok(changes)
    }
}

/// Says what is wrong with a value: one value has one problem at a time that matters.
fn first_of(problems: &Problems) -> Refusal {
    let Some(problem) = problems.0.first() else {
        return Refusal::Unacceptable(problems.to_string());
    };
    let value = problem.value.as_deref().map(|value| format!(" = `{value}`")).unwrap_or_default();
    let (key, reason, hint) = (&problem.key, &problem.reason, &problem.hint);
    Refusal::Unacceptable(format!("{key}{value}: {reason}; hint: {hint}"))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}
