//! The platforms that packages are built for.

use anyhow::{Result, bail};

/// The oldest glibc that the packages run on, as manylinux2014 promises.
pub const GLIBC: (u32, u32) = (2, 17);

/// A platform, and how its packages are built.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Rust's name of it.
    pub triple: &'static str,
    /// The name of it in the packages of npm.
    pub npm: &'static str,
    pub linker: Linker,
    /// The wheel's platform, as `maturin build --compatibility` takes it.
    pub wheel: Option<&'static str>,
    pub programs: Programs,
    /// Whether the packages without native code are built with this target's.
    pub carries_portable: bool,
}

/// The linker and C compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linker {
    /// zig, with its own name of the target.
    Zig(&'static str),
    Mingw,
    /// The one that Rust uses by itself, on a machine of this platform.
    Native,
}

/// The command and the sandbox of a platform.
#[derive(Debug, PartialEq, Eq)]
pub enum Programs {
    /// Built for the target itself.
    Own,
    /// One static program for glibc and musl, built for this target, and the platforms of its wheel.
    Static { triple: &'static str, wheel: &'static str },
    /// Those of another target, under whose name they are built.
    Shared,
}

pub const TARGETS: &[Target] = &[
    Target {
        triple: "x86_64-unknown-linux-gnu",
        npm: "linux-x64-gnu",
        linker: Linker::Zig("x86_64-linux-gnu.2.17"),
        wheel: Some("manylinux2014"),
        programs: Programs::Static {
            triple: "x86_64-unknown-linux-musl",
            wheel: "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_2_x86_64",
        },
        carries_portable: true,
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        npm: "linux-arm64-gnu",
        linker: Linker::Zig("aarch64-linux-gnu.2.17"),
        wheel: Some("manylinux2014"),
        programs: Programs::Static {
            triple: "aarch64-unknown-linux-musl",
            wheel: "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_2_aarch64",
        },
        carries_portable: false,
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        npm: "linux-x64-musl",
        linker: Linker::Zig("x86_64-linux-musl"),
        wheel: Some("musllinux_1_2"),
        programs: Programs::Shared,
        carries_portable: false,
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        npm: "linux-arm64-musl",
        linker: Linker::Zig("aarch64-linux-musl"),
        wheel: Some("musllinux_1_2"),
        programs: Programs::Shared,
        carries_portable: false,
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        npm: "win32-x64-msvc",
        linker: Linker::Mingw,
        wheel: None,
        programs: Programs::Own,
        carries_portable: false,
    },
    native("x86_64-pc-windows-msvc", "win32-x64-msvc"),
    native("aarch64-pc-windows-msvc", "win32-arm64-msvc"),
    native("x86_64-apple-darwin", "darwin-x64"),
    native("aarch64-apple-darwin", "darwin-arm64"),
];

const fn native(triple: &'static str, npm: &'static str) -> Target {
    Target { triple, npm, linker: Linker::Native, wheel: None, programs: Programs::Own, carries_portable: false }
}

/// Returns the target with a triple.
///
/// # Errors
/// If there is none.
pub fn named(triple: &str) -> Result<&'static Target> {
    let found = TARGETS.iter().find(|target| target.triple == triple);
    match found {
        Some(target) => Ok(target),
        None => {
            let phones = super::phones::PHONES.iter().map(|phone| phone.triple);
            let known: Vec<_> = TARGETS.iter().map(|target| target.triple).chain(phones).collect();
            bail!("unknown target {triple:?}; known targets: {}", known.join(", "))
        }
    }
}

/// Returns zig's name of a target that it links.
pub fn zig_name(triple: &str) -> Option<&'static str> {
    TARGETS.iter().find(|target| target.triple == triple).and_then(|target| match target.linker {
        Linker::Zig(name) => Some(name),
        Linker::Mingw | Linker::Native => None,
    })
}

impl Target {
    /// The platforms of npm that the programs of this target run on.
    pub fn platforms_of_programs(&self) -> Vec<&'static str> {
        match self.programs {
            Programs::Own => vec![self.npm],
            Programs::Static { triple, .. } => {
                let musl = TARGETS.iter().filter(|other| other.triple == triple).map(|other| other.npm);
                std::iter::once(self.npm).chain(musl).collect()
            }
            Programs::Shared => Vec::new(),
        }
    }

    /// The triple that the programs are built for.
    pub fn triple_of_programs(&self) -> &'static str {
        match self.programs {
            Programs::Static { triple, .. } => triple,
            Programs::Own | Programs::Shared => self.triple,
        }
    }

    pub fn is_windows(&self) -> bool {
        self.triple.contains("windows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_programs_are_for_both_c_libraries() {
        assert_eq!(named("aarch64-unknown-linux-gnu").unwrap().platforms_of_programs(), ["linux-arm64-gnu", "linux-arm64-musl"]);
        assert!(named("x86_64-unknown-linux-musl").unwrap().platforms_of_programs().is_empty());
        assert!(named("sparc").unwrap_err().to_string().contains("x86_64-unknown-linux-gnu"));
    }
}
