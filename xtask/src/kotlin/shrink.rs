//! Shrinks and obfuscates the example with ProGuard and the rules in the jars, like the build of an Android app.

use super::{EXAMPLE, MAVEN, consumer};
use crate::root;
use crate::steps::run;
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "frameworks/kotlin";

/// Modules of the JDK that exist on Android in some form. JNA has parts for desktop windows.
const PLATFORM: [&str; 3] = ["java.base", "java.desktop", "java.logging"];

/// Shrinks the built example, and runs it with a relay.
pub(super) fn run_shrunk() -> Result<()> {
    let built = root().join(EXAMPLE).join("target");
    let folder = root().join(FOLDER).join("target");
    run(Command::new(MAVEN).args(["--batch-mode", "--quiet", "--file"]).arg(root().join(FOLDER).join("pom.xml")).arg("package"))?;
    let app = built.join("chat.jar");
    let libraries = jars(&built.join("lib"))?;
    let shrunk = folder.join("shrunk.jar");
    let config = folder.join("shrunk.pro");
    fs::write(&config, configuration(&app, &libraries, &shrunk, &folder.join("rules"))?)?;
    run(java_with(&folder.join("proguard").join("*")).args(["proguard.ProGuard", &format!("@{}", config.display())]))?;
    let mut example = java_with(&shrunk);
    example.arg("ChatKt");
    consumer(example)
}

fn configuration(app: &Path, libraries: &[PathBuf], shrunk: &Path, rules: &Path) -> Result<String> {
    let mut text = format!("-injars '{}'\n", app.display());
    for library in libraries {
        writeln!(text, "-injars '{}'(!META-INF/MANIFEST.MF,!META-INF/versions/**)", library.display())?;
    }
    writeln!(text, "-outjars '{}'", shrunk.display())?;
    for module in PLATFORM {
        writeln!(text, "-libraryjars <java.home>/jmods/{module}.jmod(!**.jar;!module-info.class)")?;
    }
    for library in libraries {
        for file in rules_of(library, rules)? {
            writeln!(text, "-include '{}'", file.display())?;
        }
    }
    text.push_str("-keep class ChatKt { void main(...); }\n");
    // A class of Android that kotlinx.coroutines refers to.
    text.push_str("-dontwarn android.annotation.SuppressLint\n");
    // ProGuard 7.8 optimises kotlinx.coroutines 1.11 into classes that do not verify. R8 does its own optimising.
    text.push_str("-dontoptimize\n-dontnote **\n");
    Ok(text)
}

/// Unpacks the rules of a jar.
fn rules_of(library: &Path, rules: &Path) -> Result<Vec<PathBuf>> {
    let name = library.file_stem().context("a jar without a name")?;
    let folder = rules.join(name);
    fs::create_dir_all(&folder)?;
    run(Command::new("jar").arg("--extract").arg("--file").arg(library).arg("META-INF/proguard").current_dir(&folder))?;
    files(&folder.join("META-INF/proguard"), "pro")
}

fn jars(folder: &Path) -> Result<Vec<PathBuf>> {
    let jars = files(folder, "jar")?;
    if jars.is_empty() {
        bail!("there are no jars in {}", folder.display());
    }
    Ok(jars)
}

/// Returns the files of a folder with this extension, sorted. A missing folder has none.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|found| found == ending));
    files.sort();
    Ok(files)
}

fn java_with(class_path: &Path) -> Command {
    let mut java = Command::new("java");
    java.arg("-cp").arg(class_path);
    java
}
