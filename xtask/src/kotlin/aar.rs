//! The package for Android: an archive (AAR) of the classes, the rules for shrinking and the native library of each ABI, with its pom
//! and its Gradle module metadata. The libraries come from a machine with Android's NDK.

mod app;
mod gradle;

use super::{FOLDER, Tools};
use crate::archive::{Contents, zipped};
use crate::mobile;
use crate::root;
use anyhow::{Context, Result, bail, ensure};
use goblin::elf::Elf;
use goblin::elf::header::{EM_AARCH64, EM_ARM, EM_X86_64};
use goblin::elf::program_header::PT_LOAD;
use regex_lite::Regex;
use std::fs;
use std::path::{Path, PathBuf};

const ARTIFACT: &str = "agenthuman-android";
const GROUP: &str = "com.agenthuman";
const LIBRARY: &str = "libagenthuman_mobile.so";
const RULES: &str = "META-INF/proguard/agenthuman.pro";
/// The oldest Android: `java.time` and `java.lang.ref.Cleaner` are guarded or not used below it.
const OLDEST_SDK: u32 = 26;
/// Devices with Android 15 and newer may have pages of this size, and 64-bit libraries must be aligned to it.
const PAGE: u64 = 16 * 1024;

/// The ABIs, and their machines in ELF.
const ABIS: [(&str, u16); 3] = [("arm64-v8a", EM_AARCH64), ("armeabi-v7a", EM_ARM), ("x86_64", EM_X86_64)];

/// Written by hand, since the only tool that makes one is the Android Gradle plugin.
const METADATA: &str = "aarFormatVersion=1.0\naarMetadataVersion=1.0\nminCompileSdk=1\nminAndroidGradlePluginVersion=1.0.0\n";

#[derive(clap::Args)]
pub struct Aar {
    /// The folder with a folder for each ABI (arm64-v8a, armeabi-v7a, x86_64), which has libagenthuman_mobile.so
    natives: PathBuf,
    /// The folder to write to, which is laid out like a Maven repository
    output: PathBuf,
}

/// The origin of the libraries.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Android,
    /// This machine, to try out the rest.
    ThisMachine,
}

/// A library that the classes need.
struct Dependency {
    group: String,
    name: String,
    version: String,
}

impl Aar {
    /// Writes the archive, its pom and its module metadata.
    pub fn write(&self, tools: &Tools) -> Result<()> {
        self.made(tools, Origin::Android)
    }

    fn made(&self, tools: &Tools, origin: Origin) -> Result<()> {
        let natives = natives(&self.natives, origin)?;
        tools.built()?;
        let version = env!("CARGO_PKG_VERSION");
        let jar = root().join(FOLDER).join(format!("target/agenthuman-{version}.jar"));
        let archive = archive(&Contents::read(&jar)?, &natives)?;
        let source = fs::read_to_string(root().join(FOLDER).join("pom.xml"))?;
        let dependencies = dependencies(&source)?;
        let folder = self.folder();
        fs::create_dir_all(&folder)?;
        let stem = format!("{ARTIFACT}-{version}");
        let metadata = format!("{:#}\n", gradle::metadata(&format!("{stem}.aar"), &archive, &dependencies));
        for (kind, bytes) in
            [("aar", archive), ("pom", pom(&source, &dependencies)?.into_bytes()), ("module", metadata.into_bytes())]
        {
            fs::write(folder.join(format!("{stem}.{kind}")), bytes)?;
        }
        println!("{}: {stem}.aar for {}", folder.display(), names(&natives));
        Ok(())
    }

    /// The folder of the package in the repository.
    fn folder(&self) -> PathBuf {
        self.output.join(GROUP.replace('.', "/")).join(ARTIFACT).join(env!("CARGO_PKG_VERSION"))
    }
}

/// Makes the archive with the library of this machine in place of Android's, and runs an app with it.
pub fn try_out(tools: &Tools) -> Result<()> {
    let folder = root().join("target/aar");
    let _ = fs::remove_dir_all(&folder);
    let abi = folder.join("natives/x86_64");
    fs::create_dir_all(&abi)?;
    fs::copy(mobile::library()?, abi.join(LIBRARY))?;
    let aar = Aar { natives: folder.join("natives"), output: folder.join("made") };
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        aar.made(tools, Origin::ThisMachine)?;
        let made = Contents::read(&aar.folder().join(format!("{ARTIFACT}-{}.aar", env!("CARGO_PKG_VERSION"))))?;
        for needed in ["AndroidManifest.xml", "classes.jar", "proguard.txt", "R.txt", &format!("jni/x86_64/{LIBRARY}")] {
            ensure!(made.file(&format!("/{needed}")).is_some(), "the archive has no {needed}");
        }
        gradle::check(&aar.folder())?;
        app::run(&aar.output)?;
    }
    // It says which ABI has a library of another platform.
    let error = aar.write(tools).err().context("a library of this machine was taken for one of Android")?;
    ensure!(error.to_string().contains("x86_64"), "the error does not name the ABI: {error:#}");
    Ok(())
}

/// The libraries that are there.
fn natives(folder: &Path, origin: Origin) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let mut found = Vec::new();
    for (abi, machine) in ABIS {
        let path = folder.join(abi).join(LIBRARY);
        if !path.exists() {
            continue;
        }
        let bytes = fs::read(&path)?;
        check(&bytes, machine, origin).with_context(|| format!("{} is not a library for {abi}", path.display()))?;
        found.push((abi, bytes));
    }
    if found.is_empty() {
        let wanted = ABIS.map(|(abi, _)| format!("{abi}/{LIBRARY}")).join(", ");
        bail!("{} has none of {wanted}: build them with Android's NDK", folder.display());
    }
    Ok(found)
}

fn check(bytes: &[u8], machine: u16, origin: Origin) -> Result<()> {
    let elf = Elf::parse(bytes)?;
    ensure!(elf.header.e_machine == machine, "it is for another processor");
    if origin == Origin::ThisMachine {
        return Ok(());
    }
    ensure!(!elf.libraries.contains(&"libc.so.6"), "it needs glibc, which Android does not have");
    let is_aligned = elf.program_headers.iter().filter(|header| header.p_type == PT_LOAD).all(|header| header.p_align >= PAGE);
    ensure!(is_aligned || !elf.is_64, "its segments are not aligned to pages of 16 KiB");
    Ok(())
}

fn archive(jar: &Contents, natives: &[(&str, Vec<u8>)]) -> Result<Vec<u8>> {
    let rules = jar.file(&format!("/{RULES}")).context("the jar has no rules for shrinking")?;
    let is_native = |path: &str| [".so", ".dylib", ".dll"].iter().any(|end| path.ends_with(end));
    // The archive has the rules in a place of its own.
    let is_rules = |path: &str| path.ends_with(".pro");
    let classes = jar.iter().filter(|(path, _)| !is_native(path) && !is_rules(path));
    let classes = zipped(classes.map(|(path, bytes)| (path.to_owned(), bytes)))?;
    let manifest = manifest();
    let files = [
        ("AndroidManifest.xml", manifest.as_bytes()),
        ("classes.jar", &classes),
        ("proguard.txt", rules),
        ("R.txt", b""),
        ("META-INF/com/android/build/gradle/aar-metadata.properties", METADATA.as_bytes()),
    ];
    let files = files.map(|(path, bytes)| (path.to_owned(), bytes));
    let libraries = natives.iter().map(|(abi, bytes)| (format!("jni/{abi}/{LIBRARY}"), bytes.as_slice()));
    zipped(files.into_iter().chain(libraries))
}

fn manifest() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <manifest xmlns:android=\"http://schemas.android.com/apk/res/android\" package=\"com.agenthuman\">\n\
         \x20   <uses-sdk android:minSdkVersion=\"{OLDEST_SDK}\" />\n\
         \x20   <uses-permission android:name=\"android.permission.INTERNET\" />\n\
         </manifest>\n"
    )
}

/// The dependencies of the jar, without those of its tests.
fn dependencies(pom: &str) -> Result<Vec<Dependency>> {
    let block = Regex::new(r"(?s)<dependency>(.*?)</dependency>")?;
    let found = block.captures_iter(pom).map(|block| block[1].to_owned()).filter(|block| !block.contains("<scope>test</scope>"));
    found
        .map(|block| {
            let version = tag(&block, "version")?;
            let version = match version.strip_prefix("${").and_then(|name| name.strip_suffix('}')) {
                Some(property) => tag(pom, property)?,
                None => version,
            };
            Ok(Dependency { group: tag(&block, "groupId")?, name: tag(&block, "artifactId")?, version })
        })
        .collect()
}

fn tag(text: &str, name: &str) -> Result<String> {
    let found = text.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    Ok(found.with_context(|| format!("no <{name}>"))?.0.trim().to_owned())
}

impl Dependency {
    /// Whether apps see its types. JNA is inside, and an archive of its own for Android.
    fn is_api(&self) -> bool {
        self.name != "jna"
    }
}

/// The pom: what the jar's says of the project, with the dependencies for Android.
fn pom(source: &str, dependencies: &[Dependency]) -> Result<String> {
    let (head, _) = source.split_once("  <properties>").context("the pom has no properties")?;
    let head = head
        .replace("<artifactId>agenthuman</artifactId>", &format!("<artifactId>{ARTIFACT}</artifactId>"))
        .replace("<packaging>jar</packaging>", "<packaging>aar</packaging>");
    let listed = dependencies.iter().map(|Dependency { group, name, version }| {
        let kind = if name == "jna" { "\n      <type>aar</type>\n      <scope>runtime</scope>" } else { "" };
        format!(
            "    <dependency>\n      <groupId>{group}</groupId>\n      <artifactId>{name}</artifactId>\n      \
             <version>{version}</version>{kind}\n    </dependency>\n"
        )
    });
    Ok(format!("{head}  <dependencies>\n{}  </dependencies>\n</project>\n", listed.collect::<String>()))
}

fn names(natives: &[(&str, Vec<u8>)]) -> String {
    natives.iter().map(|(abi, _)| *abi).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const POM: &str = include_str!("../../../bindings-kotlin/pom.xml");

    fn of_the_jar() -> Vec<Dependency> {
        dependencies(POM).unwrap()
    }

    #[test]
    fn the_pom_and_the_metadata_have_the_dependencies_of_the_jar() {
        let names: Vec<_> = of_the_jar().into_iter().map(|dependency| dependency.name).collect();
        assert_eq!(names, ["kotlin-stdlib", "kotlinx-coroutines-core-jvm", "kotlinx-serialization-json-jvm", "jna"]);
        let pom = pom(POM, &of_the_jar()).unwrap();
        assert!(
            pom.contains("<artifactId>agenthuman-android</artifactId>") && pom.contains("<packaging>aar</packaging>"),
            "{pom}"
        );
        assert!(!pom.contains("${") && !pom.contains("junit"), "{pom}");
        assert_eq!(pom.matches("<dependency>").count(), 4);
        let metadata = gradle::metadata("a.aar", b"a", &of_the_jar());
        let listed = |variant: usize| metadata["variants"][variant]["dependencies"].as_array().unwrap().len();
        assert_eq!((listed(0), listed(1)), (3, 4));
    }

    #[test]
    fn the_archive_has_the_classes_without_the_libraries_of_desktops() {
        let jar = Contents::of(&[
            ("com/agenthuman/AgentHumanClient.class", b"class"),
            ("linux-x86-64/libagenthuman_mobile.so", b"of a desktop"),
            (RULES, b"-keep class x"),
        ]);
        let made = Contents::unzipped(archive(&jar, &[("arm64-v8a", b"of a phone".to_vec())]).unwrap()).unwrap();
        assert_eq!(made.file("/jni/arm64-v8a/libagenthuman_mobile.so"), Some(b"of a phone".as_slice()));
        assert_eq!(made.file("/proguard.txt"), Some(b"-keep class x".as_slice()));
        let classes = Contents::unzipped(made.file("/classes.jar").unwrap().to_vec()).unwrap();
        assert_eq!(classes.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["com/agenthuman/AgentHumanClient.class"]);
    }

    #[test]
    fn a_folder_without_a_library_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = natives(folder.path(), Origin::Android).unwrap_err().to_string();
        assert!(error.contains("arm64-v8a/libagenthuman_mobile.so"), "{error}");
        fs::create_dir(folder.path().join("x86_64")).unwrap();
        fs::write(folder.path().join("x86_64").join(LIBRARY), b"text").unwrap();
        let error = natives(folder.path(), Origin::Android).unwrap_err().to_string();
        assert!(error.ends_with("is not a library for x86_64"), "{error}");
    }
}
