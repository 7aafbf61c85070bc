//! The package of a release for Apple's platforms: a small repository whose manifest fetches the XCFramework from a URL. Swift fetches a
//! package from the root of a repository, so it cannot be a folder of this one.

use super::{FOLDER, Tools};
use crate::archive::{Contents, sha256, zipped};
use crate::root;
use crate::source_files::copy_folder;
use crate::steps::read;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const FRAMEWORK: &str = "AgentHumanNativeFFI.xcframework";

/// The parts of the manifest that a release has in another form.
const NATIVE_BEGINS: &str = "#if os(macOS)\n";
const NATIVE_ENDS: &str = "#endif\n";
const TESTS: &str = "        .testTarget(name: \"AgentHumanTests\", dependencies: [\"AgentHuman\"]),\n";

/// The README of the project's own package has links into this repository.
const README: &str = "# AgentHuman for Swift\n\n\
    The Swift package of AgentHuman, for iOS 16 and macOS 13 or newer. Add it to an app by the URL of this repository: the native\n\
    library is fetched from the release.\n\n\
    Each release writes this repository from the project's own, where issues and changes belong. Its `docs/guides/phones.md` is the\n\
    guide to apps.\n";

#[derive(clap::Args)]
pub struct Release {
    /// The zip file of the XCFramework
    #[arg(long)]
    framework: PathBuf,
    /// Where the zip file will be: https://…/AgentHumanNativeFFI.xcframework.zip
    #[arg(long)]
    url: String,
    /// The folder to write to; it must not exist
    output: PathBuf,
}

impl Release {
    /// Writes the package, and has Swift read its manifest.
    pub fn write(&self, tools: &Tools) -> Result<()> {
        let Release { framework, url, output } = self;
        ensure!(url.starts_with("https://") && url.ends_with(".zip"), "the URL must begin with https:// and end in .zip");
        let information = format!("/{FRAMEWORK}/Info.plist");
        ensure!(Contents::read(framework)?.file(&information).is_some(), "{} has no {information}", framework.display());
        let checksum = sha256(&fs::read(framework)?);
        let source = fs::read_to_string(root().join(FOLDER).join("Package.swift"))?;
        ensure!(!output.exists(), "{} exists", output.display());
        fs::create_dir_all(output)?;
        fs::write(output.join("Package.swift"), manifest(&source, url, &checksum)?)?;
        for folder in ["AgentHuman", "AgentHumanNative"] {
            copy_folder(&root().join(FOLDER).join("Sources").join(folder), &output.join("Sources").join(folder))?;
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            fs::copy(root().join(licence), output.join(licence)).context(licence)?;
        }
        fs::write(output.join("README.md"), README)?;
        self.check(tools, &checksum)?;
        println!("{}: {FRAMEWORK} {checksum}", output.display());
        Ok(())
    }

    fn check(&self, tools: &Tools, checksum: &str) -> Result<()> {
        let mut command = tools.command(PathBuf::from("swift"));
        let text = read(command.arg("package").arg("--package-path").arg(&self.output).arg("dump-package"))?;
        let manifest: Value = serde_json::from_str(&text)?;
        let targets = manifest["targets"].as_array().context("the manifest has no targets")?;
        let is_the_framework = |target: &&Value| target["type"] == "binary";
        let Some(binary) = targets.iter().find(is_the_framework) else { bail!("the manifest has no binary target") };
        ensure!(
            binary["url"] == self.url.as_str() && binary["checksum"] == checksum,
            "the manifest has another framework: {binary}"
        );
        Ok(())
    }
}

/// Writes the package of a made-up release.
pub fn try_out(tools: &Tools) -> Result<()> {
    let folder = root().join("target/swift-release");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let framework = folder.join(format!("{FRAMEWORK}.zip"));
    fs::write(&framework, zipped([(format!("{FRAMEWORK}/Info.plist"), b"<plist/>".as_slice())].into_iter())?)?;
    let url = format!("https://example.com/v{}/{FRAMEWORK}.zip", env!("CARGO_PKG_VERSION"));
    Release { framework, url, output: folder.join("package") }.write(tools)
}

/// Returns the manifest of a release.
fn manifest(source: &str, url: &str, checksum: &str) -> Result<String> {
    let (before, rest) = source.split_once(NATIVE_BEGINS).context("Package.swift does not choose the library by platform")?;
    let (_, after) = rest.split_once(NATIVE_ENDS).context("Package.swift does not choose the library by platform")?;
    ensure!(after.contains(TESTS), "Package.swift does not have the tests as expected");
    let imports = before.split_once("import PackageDescription").context("Package.swift imports nothing")?.0;
    let tools = imports.lines().next().unwrap_or_default();
    let after = after.replace(TESTS, "");
    Ok(format!(
        "{tools}\n// The Swift package AgentHuman, version {version}. Its sources and its native library are released together.\n\n\
         import PackageDescription\n\n\
         let native: Target = .binaryTarget(\n    name: \"AgentHumanNativeFFI\",\n    url: \"{url}\",\n    checksum: \"{checksum}\"\n)\n{after}",
        version = env!("CARGO_PKG_VERSION"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_a_release_fetches_the_framework_and_has_no_tests() {
        let source = fs::read_to_string(root().join(FOLDER).join("Package.swift")).unwrap();
        let manifest = manifest(&source, "https://example.com/a.zip", "abc").unwrap();
        assert!(manifest.starts_with("// swift-tools-version: 6.0\n"), "{manifest}");
        assert!(manifest.contains("url: \"https://example.com/a.zip\",\n    checksum: \"abc\""), "{manifest}");
        assert!(!manifest.contains("#if") && !manifest.contains("AgentHumanTests"), "{manifest}");
    }
}
