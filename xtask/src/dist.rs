//! `cargo xtask dist`: builds, checks and tries the packages that a release consists of. Nothing here publishes.

mod binary;
mod build;
mod check;
mod emulation;
mod image;
mod installer;
mod jar;
mod phones;
mod plan;
mod portable;
mod roots;
mod smoke;
mod targets;
mod tools;
mod wine;
mod workflows;

use crate::root;
use crate::steps::{Close, Steps};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// The licences of the project, in each package.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

#[derive(clap::Subcommand)]
pub enum Job {
    /// Checks that the checkout can be released, and prints `version=` and `publishing=`.
    Plan {
        /// The tag of the release, such as v0.2.0, or dry-run.
        #[arg(long, default_value = plan::DRY_RUN)]
        tag: String,
    },
    /// Builds the packages of platforms.
    Build {
        /// Rust's name of a platform, such as x86_64-unknown-linux-gnu, whose packages include those without native code.
        #[arg(long = "target", required = true)]
        targets: Vec<String>,
        /// Compile quickly: to try the packages, not to publish them.
        #[arg(long)]
        fast: bool,
        #[arg(long, default_value = "target/dist/out")]
        out: PathBuf,
    },
    /// Checks the packages in a folder.
    Check {
        folder: PathBuf,
        /// The packages were built with --fast: do not check their sizes.
        #[arg(long)]
        fast: bool,
    },
    /// Installs the packages of this platform in empty environments, and uses them.
    Smoke {
        folder: PathBuf,
        /// The root folder of another system in which they run, such as one of `dist roots`. Needs root.
        #[arg(long = "in")]
        inside: Option<PathBuf>,
    },
    /// Makes the root folders of other systems in target/dist/roots, for `smoke --in`. Needs root.
    Roots {
        /// All of them if none is named.
        names: Vec<String>,
    },
    /// Checks that a folder has the packages of every platform, and adds the jar, the image of the sandbox and the checksums.
    Assemble { folder: PathBuf },
}

/// How a package is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Release,
    Fast,
}

impl Profile {
    fn of(fast: bool) -> Profile {
        if fast { Profile::Fast } else { Profile::Release }
    }

    /// Its name in Cargo.toml.
    fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Fast => "fast",
        }
    }
}

/// What `build --target` names.
enum Platform {
    Server(&'static targets::Target),
    Phone(&'static phones::Phone),
}

impl Platform {
    fn named(triple: &str) -> Result<Platform> {
        match phones::named(triple) {
            Some(phone) => Ok(Platform::Phone(phone)),
            None => targets::named(triple).map(Platform::Server),
        }
    }

    fn build(&self, steps: &mut Steps, profile: Profile, layout: &Layout) -> Result<()> {
        match self {
            Platform::Server(target) => build::run_target(steps, target, profile, layout),
            Platform::Phone(phone) => {
                phones::build(steps, phone, profile, layout);
                Ok(())
            }
        }
    }
}

/// The folders of the packages.
pub struct Layout(PathBuf);

impl Layout {
    fn python(&self) -> Result<PathBuf> {
        self.folder("python")
    }

    fn npm(&self) -> Result<PathBuf> {
        self.folder("npm")
    }

    fn archives(&self) -> Result<PathBuf> {
        self.folder("archives")
    }

    /// Returns a folder, created and absolute.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder.canonicalize()?)
    }

    /// Returns every package of a kind, in the order of their names.
    fn packages(&self, kind: &str) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if self.0.join(kind).is_dir() {
            for entry in fs::read_dir(self.0.join(kind))? {
                found.push(entry?.path().canonicalize()?);
            }
        }
        found.sort();
        Ok(found)
    }
}

/// The version of all packages.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

pub use workflows::lint;

/// Builds, checks and tries the packages of every platform that can be built on this machine, compiled quickly.
pub fn run_all(steps: &mut Steps) -> Result<()> {
    let layout = Layout(root().join("target/dist/fast"));
    for target in targets::TARGETS.iter().filter(|target| target.linker != targets::Linker::Native) {
        build::run_target(steps, target, Profile::Fast, &layout)?;
    }
    for phone in phones::PHONES {
        phones::build(steps, phone, Profile::Fast, &layout);
    }
    jar::make(steps, &layout);
    check::run_all(steps, &layout, Profile::Fast)?;
    smoke::run_built(steps, &layout, None)?;
    for folder in roots::run_all(steps, &[])? {
        smoke::run_built(steps, &layout, Some(&folder))?;
    }
    Ok(())
}

/// Runs a job.
///
/// # Errors
/// If a step failed. A step that was skipped, since a tool is missing, is none: it returns that something is missing.
pub fn run_job(job: Job) -> Result<Close> {
    let mut steps = Steps::default();
    match job {
        Job::Plan { tag } => return plan::run(&tag).map(|()| Close::Complete),
        Job::Build { targets, fast, out } => {
            let chosen: Vec<Platform> = targets.iter().map(|triple| Platform::named(triple)).collect::<Result<_>>()?;
            let layout = Layout(root().join(out));
            for platform in chosen {
                platform.build(&mut steps, Profile::of(fast), &layout)?;
            }
        }
        Job::Check { folder, fast } => check::run_all(&mut steps, &Layout(root().join(folder)), Profile::of(fast))?,
        Job::Roots { names } => drop(roots::run_all(&mut steps, &names)?),
        Job::Smoke { folder, inside } => smoke::run_all(&mut steps, &Layout(root().join(folder)), inside.as_deref())?,
        Job::Assemble { folder } => {
            let layout = Layout(root().join(folder));
            jar::make(&mut steps, &layout);
            steps.run("every platform", || check::complete(&layout));
            steps.run("image of the sandbox", || image::write(&layout));
            steps.run("checksums", || plan::checksums(&layout));
        }
    }
    steps.finish()
}
