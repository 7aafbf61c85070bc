//! Programs in the root folder of another system. Those of another processor are started by the kernel with qemu.

use super::tools::Missing;
use std::fs;
use std::path::Path;
use std::process::Command;

const REGISTERED: &str = "/proc/sys/fs/binfmt_misc";
const QEMU: &str = "qemu-aarch64";
/// What qemu's package asks the kernel to register; its format is the kernel's.
const REGISTRATION: &str = "/usr/lib/binfmt.d/qemu-aarch64.conf";

/// A program in a root folder: like chroot, and with /proc, which is gone when the program has ended.
pub fn command_in(root: &Path, program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--mount-proc", "--root"]).arg(root).arg(program);
    command
}

/// Prepares this machine for programs of a processor, or returns what is missing.
pub fn prepare(architecture: &str) -> Result<(), Missing> {
    let own = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let registered = || Path::new(REGISTERED).join(QEMU).exists();
    if architecture == own || registered() {
        return Ok(());
    }
    let registration = fs::read_to_string(REGISTRATION).map_err(|_| format!("{QEMU} is not installed (qemu-user-static)"))?;
    if !Path::new(REGISTERED).join("register").exists() {
        let mount = Command::new("mount").args(["-t", "binfmt_misc", "binfmt_misc", REGISTERED]).status();
        if !mount.is_ok_and(|status| status.success()) {
            return Err(format!("the kernel does not start programs of {architecture}: binfmt_misc cannot be mounted"));
        }
    }
    fs::write(Path::new(REGISTERED).join("register"), registration.trim_end())
        .map_err(|error| format!("the kernel does not start programs of {architecture} with qemu: {error}"))?;
    if registered() { Ok(()) } else { Err(format!("the kernel did not register {QEMU}")) }
}
