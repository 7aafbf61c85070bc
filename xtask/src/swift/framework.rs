//! The XCFramework of the Swift package: the native library for Apple's platforms. It needs a Mac with Xcode.

use super::FOLDER;
use crate::root;
use crate::steps::run;
use crate::toolchains::cargo;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A part of an XCFramework: one library, of one or more targets of Rust's.
pub struct Slice {
    name: &'static str,
    targets: &'static [&'static str],
}

pub const EVERY_PLATFORM: &[Slice] = &[
    Slice { name: "ios", targets: &["aarch64-apple-ios"] },
    Slice { name: "ios-simulator", targets: &["aarch64-apple-ios-sim", "x86_64-apple-ios"] },
    Slice { name: "macos", targets: &["aarch64-apple-darwin", "x86_64-apple-darwin"] },
];

/// Enough for the tests on this machine.
pub const THIS_MAC: &[Slice] = &[Slice {
    name: "macos",
    targets: &[if cfg!(target_arch = "aarch64") { "aarch64-apple-darwin" } else { "x86_64-apple-darwin" }],
}];

const ARCHIVE: &str = "libagenthuman_mobile.a";
const MODULE: &str = "AgentHumanNativeFFI";

/// Creates the XCFramework in the folder of the package.
pub fn make(slices: &[Slice]) -> Result<()> {
    if !cfg!(target_os = "macos") {
        bail!(
            "an XCFramework can only be made on a Mac: it takes Xcode's lipo and xcodebuild, and Apple's SDKs. \
             Nothing was made. On {} the package takes the library itself.",
            std::env::consts::OS
        );
    }
    let work = root().join("target/xcframework");
    let headers = headers(&work)?;
    let made = root().join(FOLDER).join("AgentHumanNativeFFI.xcframework");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    let mut command = Command::new("xcodebuild");
    command.arg("-create-xcframework");
    for slice in slices {
        command.arg("-library").arg(archive(slice, &work)?).arg("-headers").arg(&headers);
    }
    run(command.arg("-output").arg(&made))?;
    println!("{} made", made.display());
    Ok(())
}

/// The header and its module map, in a folder of the module's name: next to those of other frameworks, there is only
/// one file `module.modulemap` otherwise.
fn headers(work: &Path) -> Result<PathBuf> {
    let headers = work.join("headers");
    let own = headers.join(MODULE);
    fs::create_dir_all(&own)?;
    fs::copy(root().join(FOLDER).join(format!("Sources/{MODULE}/{MODULE}.h")), own.join(format!("{MODULE}.h")))?;
    fs::write(own.join("module.modulemap"), format!("module {MODULE} {{\n    header \"{MODULE}.h\"\n    export *\n}}\n"))?;
    Ok(headers)
}

/// The library of a slice, its targets in one file.
fn archive(slice: &Slice, work: &Path) -> Result<PathBuf> {
    let mut archives = Vec::new();
    for target in slice.targets {
        // What is missing is said by cargo, and `rustup target add` gets it.
        run(&mut cargo(&["build", "--profile", "mobile", "-p", "agenthuman-mobile", "--target", target]))?;
        archives.push(root().join("target").join(target).join("mobile").join(ARCHIVE));
    }
    let folder = work.join(slice.name);
    fs::create_dir_all(&folder)?;
    let joined = folder.join(ARCHIVE);
    run(Command::new("lipo").arg("-create").args(archives).arg("-output").arg(&joined))?;
    Ok(joined)
}
