//! Whether lints only report, or also mend.

/// Whether formatters and lints check or fix.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Check,
    Fix,
}

impl Mode {
    /// The arguments of a tool in this mode.
    pub fn pick<'a>(self, check: &'a [&'a str], fix: &'a [&'a str]) -> &'a [&'a str] {
        if self == Mode::Check { check } else { fix }
    }
}
