//! The tools that build and check the packages. Python's are installed into `target/dist/tools`.

use super::targets::{Linker, zig_name};
use crate::root;
use crate::steps::{read, run};
use crate::toolchains::{self, cargo};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// zig for C code whose build passes options for the compilers of Apple and Android. The debug information that zig adds has paths
/// of this machine.
const FOR_PHONES: &str = r#"#!/bin/bash
arguments=()
skip=
for argument in "$@"; do
  if [ -n "$skip" ]; then skip=; continue; fi
  case $argument in
    -arch | -isysroot | -target) skip=1 ;;
    --target=* | -m*-version-min=* | -mtargetos=*) ;;
    *) arguments+=("$argument") ;;
  esac
done
exec "ZIG" cc -target TARGET HEADERS "${arguments[@]}" -g0
"#;

/// Why a step cannot run on this machine.
pub type Missing = String;

/// The installed tools.
pub struct Tools {
    bin: PathBuf,
}

impl Tools {
    /// Installs the tools that are Python packages.
    pub fn install() -> Result<Tools, Missing> {
        let python = toolchains::python()?;
        toolchains::venv_in(&python, "target/dist/tools", "xtask/src/dist/requirements.txt")
            .map(|bin| Tools { bin })
            .map_err(|error| format!("the tools of xtask/src/dist/requirements.txt cannot be installed: {error:#}"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// Returns the path of zig itself, which starts faster than the programs that call it.
    pub fn zig(&self) -> Result<String> {
        const ASK: &str = "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";
        Ok(read(self.command("python").args(["-c", ASK]))?.trim().to_owned())
    }

    pub fn command(&self, name: &str) -> Command {
        Command::new(self.bin.join(name))
    }

    /// The settings for a build with cargo or maturin: the linker, the C compiler, and no paths of this machine.
    pub fn environment(&self, triple: &str, linker: Linker) -> Result<Vec<(String, String)>, Missing> {
        standard_library(triple)?;
        let mut variables = vec![self.search_path()];
        let upper = triple.to_uppercase().replace('-', "_");
        match linker {
            Linker::Native => variables.clear(),
            Linker::Mingw => {
                const GCC: &str = "x86_64-w64-mingw32-gcc";
                read(Command::new(GCC).arg("--version")).map_err(|_| format!("{GCC} is not installed"))?;
                variables.push((format!("CARGO_TARGET_{upper}_LINKER"), GCC.to_owned()));
                let empty = self.empty_libnode(GCC).map_err(|error| format!("{error:#}"))?;
                variables.push(("LIBNODE_PATH".to_owned(), empty.display().to_string()));
            }
            Linker::Zig(_) => {
                let name = zig_name(triple).ok_or_else(|| format!("zig has no name for {triple}"))?;
                let compiler = self
                    .wrapper(&format!("cc-{name}"), &format!("cc -- -target {name}"))
                    .map_err(|error| format!("{error:#}"))?;
                let archiver = self.wrapper("ar", "ar").map_err(|error| format!("{error:#}"))?;
                let lower = triple.replace('-', "_");
                variables.push((format!("CARGO_TARGET_{upper}_LINKER"), compiler.clone()));
                variables.push((format!("CC_{lower}"), compiler));
                variables.push((format!("AR_{lower}"), archiver));
            }
        }
        Ok(variables)
    }

    /// The settings for an archive of a phone's library: zig compiles the C code, without the options for Apple's own compiler.
    pub fn compiler_of_phone(&self, triple: &str, zig: &str, is_apple: bool) -> Result<Vec<(String, String)>, Missing> {
        standard_library(triple)?;
        let settings = || -> Result<_> {
            let program = self.zig()?;
            let headers = Path::new(&program).with_file_name("lib/libc/include/any-darwin-any");
            let headers = if is_apple { format!("-isystem {}", headers.display()) } else { String::new() };
            let compiler = self.script(
                &format!("cc-{triple}"),
                &FOR_PHONES.replace("ZIG", &program).replace("TARGET", zig).replace("HEADERS", &headers),
            )?;
            let lower = triple.replace('-', "_");
            let mut variables =
                vec![(format!("CC_{lower}"), compiler), (format!("AR_{lower}"), self.wrapper("ar", "ar")?), self.search_path()];
            if is_apple {
                // Any folder, so that Xcode is not looked for.
                variables.push(("SDKROOT".to_owned(), self.bin.canonicalize()?.display().to_string()));
            }
            Ok(variables)
        };
        settings().map_err(|error| format!("{error:#}"))
    }

    /// The variable with which cargo-zigbuild finds zig.
    fn search_path(&self) -> (String, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        ("PATH".to_owned(), format!("{}:{path}", self.bin.display()))
    }

    /// A program that calls zig. maturin and cargo use the same one, so that they share what is compiled.
    fn wrapper(&self, name: &str, arguments: &str) -> Result<String> {
        let zigbuild = self.bin.join("cargo-zigbuild");
        self.script(name, &format!("#!/bin/sh\nexec \"{}\" zig {arguments} \"$@\"\n", zigbuild.display()))
    }

    /// Writes a script that calls zig, and returns its path.
    pub fn script(&self, name: &str, text: &str) -> Result<String> {
        let folder = self.bin.join("../../linkers");
        fs::create_dir_all(&folder)?;
        let file = folder.canonicalize()?.join(name);
        if fs::read_to_string(&file).ok().as_deref() != Some(text) {
            fs::write(&file, text)?;
            make_executable(&file)?;
        }
        Ok(file.display().to_string())
    }

    /// napi-build wants a libnode.dll to link with. The addon looks its functions up when it is loaded, so it is empty.
    fn empty_libnode(&self, compiler: &str) -> Result<PathBuf> {
        let folder = self.bin.join("../../libnode");
        fs::create_dir_all(&folder)?;
        let source = folder.join("empty.c");
        fs::write(&source, "\n")?;
        let mut command = Command::new(compiler);
        command.args(["-shared", "-nostartfiles", "-Wl,--entry=0", "-o"]).arg(folder.join("libnode.dll")).arg(source);
        run(&mut command)?;
        Ok(folder.canonicalize()?)
    }
}

/// The flags that keep the paths of this machine out of what is compiled.
pub fn remapped_paths() -> Result<Vec<String>> {
    let sysroot = PathBuf::from(read(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
    let toolchains = sysroot.ancestors().nth(2).context("the sysroot is in no folder")?;
    let metadata = read(&mut cargo(&["locate-project", "--workspace", "--message-format", "plain"]))?;
    let workspace = Path::new(metadata.trim()).parent().context("the workspace is in no folder")?;
    let flag = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    Ok(vec![flag(&cargo_home()?, "/cargo"), flag(toolchains, "/rustup"), flag(workspace, "/agenthuman")])
}

/// The folder in which cargo keeps the sources of dependencies.
pub fn cargo_home() -> Result<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let own = || std::env::home_dir().map(|home| home.join(".cargo"));
    named.or_else(own).context("there is neither CARGO_HOME nor a home folder")
}

/// Installs Rust's standard library of a target.
fn standard_library(triple: &str) -> Result<(), Missing> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"])).map_err(|error| format!("{error:#}"))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("lib").exists() {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", triple]).current_dir(root()))
        .map_err(|_| format!("Rust's standard library of {triple} cannot be installed (rustup target add {triple})"))
}

fn make_executable(file: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
