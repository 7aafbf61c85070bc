//! Plans and their limits.

use clap::ValueEnum;

/// The longest session of every plan, in minutes.
pub const MAX_SESSION_MINUTES: i64 = 240;

/// A plan, which limits sessions in rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plan {
    /// 1 session at a time, 120 minutes a month
    Free,
    /// 5 sessions at a time, 600 minutes a month
    Explorer,
    /// 10 sessions at a time, 1800 minutes a month
    Growth,
    /// 20 sessions at a time, 6000 minutes a month
    Pro,
}

impl Plan {
    pub(crate) const KEYS: &[&str] = &["free", "explorer", "growth", "pro"];

    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::value_variants().iter().find(|plan| plan.key() == key).copied()
    }

    pub(crate) fn key(self) -> &'static str {
        Self::KEYS[self as usize]
    }

    pub(crate) fn name(self) -> &'static str {
        ["Free", "Explorer", "Growth", "Pro"][self as usize]
    }

    /// The maximum number of open sessions.
    pub(crate) fn sessions(self) -> i64 {
        [1, 5, 10, 20][self as usize]
    }

    /// The minutes of each month.
    pub(crate) fn minutes(self) -> i64 {
        [120, 600, 1800, 6000][self as usize]
    }

    /// The number of avatars that may be generated.
    pub(crate) fn avatars(self) -> i64 {
        [0, 20, 60, 180][self as usize]
    }
}
