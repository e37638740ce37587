//! Settings: what holds, who set it, and changing what the console may set.

/// What both pages show of a setting.
mod view;

/// All of them.
mod list;

/// One of them, with its form.
mod one;

pub(super) use self::list::show_settings;
pub(super) use self::one::{change_setting, reset_setting, show_setting};
