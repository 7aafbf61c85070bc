//! `cargo xtask dist check`: what each package must and must not contain.

use super::binary::{self, System};
use super::targets::TARGETS;
use super::tools::Tools;
use super::{LICENSES, Layout, Profile, jar, phones};
use crate::archive::Contents;
use crate::notices::{NOTICES, SBOM};
use crate::steps::{Steps, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A package with native code.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    content: Content,
    system: System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Wheel,
    Addon,
    Command,
    Sandbox,
}

impl Content {
    /// The maximum size of the package in bytes.
    fn limit(self) -> u64 {
        match self {
            Content::Wheel | Content::Addon => 4_000_000,
            Content::Command => 6_000_000,
            Content::Sandbox => 5_000_000,
        }
    }
}

/// The maximum size of an addon in bytes. Serverless platforms count what is unpacked.
const UNPACKED_ADDON: usize = 6_000_000;

/// Checks every package in a folder.
pub fn run_all(steps: &mut Steps, layout: &Layout, profile: Profile) -> Result<()> {
    let packages: Vec<PathBuf> = ["python", "npm", "archives", "phones", "maven"]
        .iter()
        .map(|kind| layout.packages(kind))
        .collect::<Result<Vec<_>>>()?
        .concat();
    let packages: Vec<_> = packages
        .into_iter()
        .filter(|path| ![".sha256", ".pom", "-javadoc.jar"].iter().any(|end| name_of(path).ends_with(end)))
        .collect();
    if packages.is_empty() {
        bail!("{} contains no packages; run `cargo xtask dist build`", layout.0.display());
    }
    for path in &packages {
        steps.run(name_of(path), || check(path, profile));
    }
    if profile == Profile::Fast {
        steps.skip("sizes", "packages that are built with --fast are larger");
    }
    by_python(steps, layout)
}

/// Runs the checks that packages of PyPI provide.
fn by_python(steps: &mut Steps, layout: &Layout) -> Result<()> {
    const DESCRIPTIONS: &str = "descriptions of the Python packages, by twine";
    const STABLE: &str = "Python's stable ABI, by abi3audit";
    let packages = layout.packages("python")?;
    let stable: Vec<_> = packages.iter().filter(|path| name_of(path).contains("-abi3-")).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let tools = match Tools::install() {
        Ok(tools) => tools,
        Err(missing) => {
            steps.skip(DESCRIPTIONS, &missing);
            steps.skip(STABLE, &missing);
            return Ok(());
        }
    };
    steps.run(DESCRIPTIONS, || run(tools.command("twine").args(["check", "--strict"]).args(&packages)));
    if !stable.is_empty() {
        steps.run(STABLE, || run(tools.command("abi3audit").arg("--strict").args(stable)));
    }
    Ok(())
}

fn check(path: &Path, profile: Profile) -> Result<()> {
    let name = name_of(path);
    let contents = Contents::read(path)?;
    licences(&contents)?;
    if name.starts_with("agenthuman-mobile-") {
        texts(&contents)?;
        return phones::check(&contents);
    }
    if name.ends_with(".jar") && contents.file(&format!("/{NOTICES}")).is_some() {
        texts(&contents)?;
        return jar::check(&contents, profile);
    }
    let Some(package) = package(name) else {
        // Without native code.
        if let Some((file, _)) = contents.iter().find(|(_, bytes)| binary::is_binary(bytes)) {
            bail!("{file} is native code, and the name {name} is of no platform");
        }
        return Ok(());
    };
    native(&contents, &package)?;
    let size = path.metadata()?.len();
    println!("{name}: {size} bytes");
    if profile == Profile::Release { sizes(&contents, &package, size) } else { Ok(()) }
}

/// Returns what a package's name says; nothing if it has no native code.
fn package(name: &str) -> Option<Package> {
    let content = match () {
        () if name.starts_with("agenthuman-cli-") || name.starts_with("agenthuman_cli-") => Content::Command,
        () if name.starts_with("agenthuman-sandbox-") || name.starts_with("agenthuman_sandbox-") => Content::Sandbox,
        () if name.ends_with(".whl") => Content::Wheel,
        () if name.ends_with(".tgz") => Content::Addon,
        () => Content::Command,
    };
    let is_program = matches!(content, Content::Command | Content::Sandbox);
    let is_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let system = match () {
        () if is_of(&["-win32-", "win_amd64", "win_arm64", "-windows-"]) => System::Windows,
        () if is_of(&["-darwin-", "macosx", "-apple-"]) => System::Mac,
        () if !is_of(&["linux"]) => return None,
        () if is_program => System::Linux,
        () if is_of(&["manylinux2014", "-gnu"]) => System::Glibc,
        () if is_of(&["musl"]) => System::Musl,
        () => return None,
    };
    Some(Package { content, system })
}

/// The licences are in every package.
fn licences(contents: &Contents) -> Result<()> {
    for name in LICENSES {
        let text = contents.file(&format!("/{name}")).with_context(|| format!("{name} is missing"))?;
        if text.len() < 500 {
            bail!("{name} is not the text of a licence");
        }
    }
    Ok(())
}

/// The licences of others whose code is in a package, and its bill of materials.
fn texts(contents: &Contents) -> Result<()> {
    let notices = contents.file(&format!("/{NOTICES}")).with_context(|| format!("{NOTICES} is missing"))?;
    if !String::from_utf8_lossy(notices).contains("Permission is hereby granted") {
        bail!("{NOTICES} has no texts of licences");
    }
    // maturin adds its own to a wheel.
    let sbom = contents.file(&format!("/{SBOM}")).or_else(|| contents.file(".cyclonedx.json"));
    let sbom: Value = serde_json::from_slice(sbom.context("the bill of materials (SBOM) is missing")?)?;
    if sbom["bomFormat"] != "CycloneDX" || sbom["components"].as_array().is_none_or(Vec::is_empty) {
        bail!("the bill of materials (SBOM) names no components");
    }
    Ok(())
}

/// The rules for native code: the texts, and binaries for the right system.
fn native(contents: &Contents, package: &Package) -> Result<()> {
    texts(contents)?;
    let mut binaries = contents.iter().filter(|(_, bytes)| binary::is_binary(bytes)).peekable();
    binaries.peek().context("there is no native code, which the name promises")?;
    for (file, bytes) in binaries {
        binary::check(bytes, package.system).with_context(|| file.to_owned())?;
    }
    Ok(())
}

fn sizes(contents: &Contents, package: &Package, size: u64) -> Result<()> {
    let limit = package.content.limit();
    if size > limit {
        bail!("the package has {size} bytes, and may have {limit}");
    }
    let largest = contents.iter().map(|(_, bytes)| bytes.len()).max().unwrap_or_default();
    if package.content == Content::Addon && largest > UNPACKED_ADDON {
        bail!("the addon has {largest} bytes unpacked, and may have {UNPACKED_ADDON}");
    }
    Ok(())
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Fails if a package of a platform is missing.
pub fn complete(layout: &Layout) -> Result<()> {
    let names: Vec<String> =
        [layout.packages("npm")?, layout.packages("python")?].concat().iter().map(|path| name_of(path).to_owned()).collect();
    let mut missing = missing(&names);
    let jar = layout.folder("maven")?.join(format!("agenthuman-{}.jar", super::version()));
    if jar.exists() {
        missing.extend(
            jar::missing(&Contents::read(&jar)?)?.into_iter().map(|platform| format!("the library of {platform} in the jar")),
        );
    } else {
        missing.push("the jar".to_owned());
    }
    if !missing.is_empty() {
        bail!("{} packages are missing: {}", missing.len(), missing.join(", "));
    }
    Ok(())
}

/// Returns the packages of a release that are not among these.
fn missing(names: &[String]) -> Vec<String> {
    let version = super::version();
    // The libraries' wheels by the platforms in their names.
    let wheels = ["manylinux2014_x86_64", "manylinux2014_aarch64", "musllinux_1_2_x86_64", "musllinux_1_2_aarch64"];
    let wheels = wheels.into_iter().chain(["win_amd64", "win_arm64", "macosx_*_x86_64", "macosx_*_arm64"]);
    let has_wheel = |platform: &str| {
        let mut parts = platform.split('*');
        let (start, end) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        names.iter().any(|name| name.starts_with(&format!("agenthuman-{version}-")) && name.contains(start) && name.contains(end))
    };
    let mut missing: Vec<String> =
        wheels.filter(|wheel| !has_wheel(wheel)).map(|wheel| format!("the wheel of {wheel}")).collect();
    let mut platforms: Vec<_> = TARGETS.iter().map(|target| format!("-{}", target.npm)).collect();
    platforms.sort_unstable();
    platforms.dedup();
    platforms.push(String::new());
    for platform in platforms {
        for product in ["", "-cli", "-sandbox"] {
            let name = format!("agenthuman{product}{platform}-{version}.tgz");
            if !names.contains(&name) {
                missing.push(name);
            }
        }
    }
    for package in ["livekit", "pipecat"] {
        let name = format!("agenthuman_{package}-{version}-py3-none-any.whl");
        if !names.contains(&name) {
            missing.push(name);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    const LICENCE: [u8; 600] = [b'x'; 600];
    const TEXTS: &[u8] = b"Permission is hereby granted";
    const BOM: &[u8] = br#"{"bomFormat": "CycloneDX", "components": [{"name": "rustls"}]}"#;

    #[test]
    fn a_name_says_what_is_in_the_package() {
        let of = |content, system| Some(Package { content, system });
        let cases = [
            ("agenthuman-0.1.0-cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", of(Content::Wheel, System::Glibc)),
            ("agenthuman-0.1.0-cp310-abi3-musllinux_1_2_aarch64.whl", of(Content::Wheel, System::Musl)),
            ("agenthuman-0.1.0-cp310-abi3-win_amd64.whl", of(Content::Wheel, System::Windows)),
            ("agenthuman-linux-x64-gnu-0.1.0.tgz", of(Content::Addon, System::Glibc)),
            ("agenthuman-linux-arm64-musl-0.1.0.tgz", of(Content::Addon, System::Musl)),
            ("agenthuman-darwin-arm64-0.1.0.tgz", of(Content::Addon, System::Mac)),
            ("agenthuman_cli-0.1.0-py3-none-manylinux2014_x86_64.musllinux_1_2_x86_64.whl", of(Content::Command, System::Linux)),
            ("agenthuman-sandbox-linux-x64-gnu-0.1.0.tgz", of(Content::Sandbox, System::Linux)),
            ("agenthuman-0.1.0-x86_64-unknown-linux-musl.tar.gz", of(Content::Command, System::Linux)),
            ("agenthuman-cli-0.1.0.tgz", None),
            ("agenthuman-0.1.0.tgz", None),
            ("agenthuman-0.1.0.tar.gz", None),
        ];
        for (name, expected) in cases {
            assert_eq!(package(name), expected, "{name}");
        }
    }

    #[test]
    fn a_package_without_a_text_is_rejected() {
        let files: [(&str, &[u8]); 2] = [("a/LICENSE-APACHE", &LICENCE), ("a/LICENSE-MIT", &LICENCE)];
        licences(&Contents::of(&files)).unwrap();
        assert_eq!(licences(&Contents::of(&files[..1])).unwrap_err().to_string(), "LICENSE-MIT is missing");
        let empty = Contents::of(&[files[0], ("a/LICENSE-MIT", b"")]);
        assert!(licences(&empty).unwrap_err().to_string().contains("not the text"));
    }

    #[test]
    fn native_code_comes_with_notices_and_a_bill_of_materials() {
        let addon = Package { content: Content::Addon, system: System::Glibc };
        let error = |files: &[(&str, &[u8])]| native(&Contents::of(files), &addon).unwrap_err().to_string();
        let (notices, sbom) = (("a/THIRD-PARTY-NOTICES.txt", TEXTS), ("a/sbom.cyclonedx.json", BOM));
        assert_eq!(error(&[sbom]), "THIRD-PARTY-NOTICES.txt is missing");
        assert!(error(&[(notices.0, b"rustls"), sbom]).contains("no texts"));
        assert_eq!(error(&[notices]), "the bill of materials (SBOM) is missing");
        assert!(error(&[notices, (sbom.0, b"{}")]).contains("no components"));
        assert!(error(&[notices, sbom]).contains("no native code"));
        let malformed = native(&Contents::of(&[notices, sbom, ("a/x.node", b"\x7fELF")]), &addon).unwrap_err();
        assert!(format!("{malformed:#}").starts_with("a/x.node: is malformed"), "{malformed:#}");
    }

    #[test]
    fn a_package_over_its_limit_is_rejected() {
        let of = |content| Package { content, system: System::Glibc };
        let contents = Contents::of(&[("a", &[0; 10])]);
        sizes(&contents, &of(Content::Wheel), 4_000_000).unwrap();
        assert!(sizes(&contents, &of(Content::Wheel), 4_000_001).is_err());
        sizes(&contents, &of(Content::Command), 6_000_000).unwrap();
        assert!(sizes(&contents, &of(Content::Command), 6_000_001).is_err());
        let large = vec![0; UNPACKED_ADDON + 1];
        let error = sizes(&Contents::of(&[("a.node", &large)]), &of(Content::Addon), 3_000_000).unwrap_err();
        assert!(error.to_string().contains("unpacked"));
    }

    #[test]
    fn a_release_has_every_platform() {
        let version = crate::dist::version();
        let all = missing(&[]);
        assert_eq!(all.len(), 8 + 9 * 3 + 2);
        let mut names: Vec<String> = all.iter().filter(|name| name.ends_with(".tgz")).cloned().collect();
        assert_eq!(missing(&names).len(), 8 + 2);
        names.extend(["livekit", "pipecat"].map(|package| format!("agenthuman_{package}-{version}-py3-none-any.whl")));
        names.push(format!("agenthuman-{version}-cp310-abi3-macosx_11_0_arm64.whl"));
        names.push(format!("agenthuman_cli-{version}-py3-none-win_amd64.whl"));
        let rest = missing(&names);
        assert_eq!(rest.len(), 7, "{rest:?}");
        assert!(rest.contains(&"the wheel of win_amd64".to_owned()));
    }

    #[test]
    fn native_code_in_a_package_of_no_platform_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), path)
        };
        let files = [file("LICENSE-APACHE", &LICENCE), file("LICENSE-MIT", &LICENCE), file("a.node", b"\x7fELF")];
        let files: Vec<_> = files.iter().map(|(name, path)| (name.as_str(), path.clone())).collect();
        let packed = crate::archive::write(folder.path(), "agenthuman-0.1.0", &files, false).unwrap();
        let error = check(&packed, Profile::Release).unwrap_err().to_string();
        assert!(error.contains("is native code"), "{error}");
        let packed = crate::archive::write(folder.path(), "agenthuman-0.1.0", &files[..2], false).unwrap();
        check(&packed, Profile::Release).unwrap();
    }
}
