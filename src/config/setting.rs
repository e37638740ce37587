//! One setting, and the declaration of a section of them.

use crate::config::field::Field;
use crate::config::kind::Kind;

/// Whether a running appliance takes a changed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// At the next start.
    Restart,
    /// At the next SIGHUP.
    Live,
}

/// Whether the console may set a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Only file, environment and flags do: the value is needed before the database, which holds what the console set,
    /// is open.
    Outside,
    /// It may, where none of them does.
    Settable,
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It may.
    Public,
    /// Never: messages, `config show` and logs hide it.
    Secret,
}

/// A variable's name without the `MAINSTAY_` prefix, known from other services.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainName {
    pub(super) name: &'static str,
    /// Turns its value into the setting's text.
    pub(super) translate: fn(&str) -> String,
}

/// What the reference says of a setting besides key, default and documentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    /// What the default depends on, in words; empty for most.
    pub(super) default_note: &'static str,
    /// A further bound that another setting sets, in words; empty for most.
    pub(super) bounds_note: &'static str,
    pub(super) reload: Reload,
    pub(super) secrecy: Secrecy,
    pub(super) plain: Option<PlainName>,
}

impl Row {
    /// A public setting of this kind, read at start only.
    pub(super) const fn of(kind: Kind) -> Self {
        let (reload, secrecy) = (Reload::Restart, Secrecy::Public);
        Self { kind, default_note: "", bounds_note: "", reload, secrecy, plain: None }
    }

    pub(super) const fn default_note(mut self, note: &'static str) -> Self {
        self.default_note = note;
        self
    }

    pub(super) const fn bounds_note(mut self, note: &'static str) -> Self {
        self.bounds_note = note;
        self
    }

    /// A running appliance takes a change, and the console may set it.
    pub(super) const fn live(mut self) -> Self {
        self.reload = Reload::Live;
        self
    }

    /// Also read from the variable of this name, as it is.
    pub(super) const fn plain(self, name: &'static str) -> Self {
        self.plain_as(name, str::to_owned)
    }

    /// Also read from the variable of this name, translated.
    pub(super) const fn plain_as(mut self, name: &'static str, translate: fn(&str) -> String) -> Self {
        self.plain = Some(PlainName { name, translate });
        self
    }
}

/// One setting of a section.
pub(super) struct Setting<S> {
    /// The whole key, such as `listen.https`.
    pub(super) key: &'static str,
    /// What it does; every line starts with a blank, as doc comments do.
    pub(super) doc: &'static str,
    pub(super) row: Row,
    pub(super) field: fn(&mut S) -> &mut dyn Field,
}

impl<S> Setting<S> {
    /// Returns its name within the section.
    pub(super) fn name(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or_default()
    }
}

/// Declares a section: its struct with documentation, its defaults, and its part of the reference. A setting reads
/// `"key" field: Type = default, Row::of(kind);` under its doc comment.
macro_rules! section {
    (
        $(#[doc = $section_doc:literal])+
        pub struct $section:ident in $name:literal {
            $(
                $(#[doc = $doc:literal])+
                $key:literal $field:ident: $type:ty = $default:expr, $row:expr;
            )+
        }
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $section {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl $section {
            /// The section's name and documentation.
            pub(super) const ABOUT: (&'static str, &'static str) = ($name, concat!($($section_doc, "\n"),+));

            /// The section's settings.
            pub(super) const SETTINGS: &'static [$crate::config::setting::Setting<Self>] = &[
                $( $crate::config::setting::Setting {
                    key: concat!($name, ".", $key),
                    doc: concat!($($doc, "\n"),+),
                    row: $row,
                    field: |section| &mut section.$field,
                }, )+
            ];
        }
    };
}

pub(super) use section;
