//! The container image of the sandbox, in OCI's format: the static program of each processor, the licences, and nothing else. It
//! is written without an engine.

use super::emulation;
use super::smoke::archive_of;
use super::tools::Missing;
use super::{LICENSES, Layout, version};
use crate::archive::{Contents, sha256};
use crate::notices::NOTICES;
use crate::programs::{Running, Started};
use crate::steps::{Steps, run};
use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "agenthuman-sandbox";

const PORT: u16 = 8787;

/// A user without rights.
const USER: &str = "65532:65532";

/// The folder for data, which belongs to the user: the program keeps its data there if `AGENTHUMAN_SANDBOX_DATA` says so.
const DATA: &str = "data";
const USER_ID: u64 = 65532;

/// The interval of health checks, in nanoseconds as the configuration has it.
const INTERVAL: u64 = 10_000_000_000;

/// The platforms, by npm's name and OCI's.
const PLATFORMS: [(&str, &str); 2] = [("linux-x64-gnu", "amd64"), ("linux-arm64-gnu", "arm64")];

/// The files of an image: its blobs by digest, and the two that lead to them.
#[derive(Default)]
struct Image {
    blobs: Vec<(String, Vec<u8>)>,
}

/// Writes the image of every processor whose archive is there.
pub fn write(layout: &Layout) -> Result<()> {
    let mut image = Image::default();
    let mut manifests = Vec::new();
    for (platform, architecture) in PLATFORMS {
        let archive = archive_of(layout, PROGRAM, platform)?;
        if !archive.exists() {
            println!("without {architecture}: {} is missing", archive.display());
            continue;
        }
        let mut manifest = image.manifest(&Contents::read(&archive)?, architecture)?;
        manifest["platform"] = json!({ "architecture": architecture, "os": "linux" });
        manifests.push(manifest);
    }
    if manifests.is_empty() {
        bail!("there is no archive of {PROGRAM}; run `cargo xtask dist build`");
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    let index = image.add("application/vnd.oci.image.index.v1+json", serde_json::to_vec(&index)?);
    fs::write(file(layout)?, image.tar(index)?)?;
    println!("{}", file(layout)?.display());
    Ok(())
}

fn file(layout: &Layout) -> Result<PathBuf> {
    Ok(layout.folder("image")?.join(format!("{PROGRAM}-{}.oci.tar", version())))
}

impl Image {
    /// Adds a blob, and returns its descriptor.
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = sha256(&bytes);
        let descriptor = json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len() });
        self.blobs.push((digest, bytes));
        descriptor
    }

    /// Adds the image of one processor, and returns the descriptor of its manifest.
    fn manifest(&mut self, archive: &Contents, architecture: &str) -> Result<Value> {
        let files: Vec<(&str, u32)> =
            std::iter::once((PROGRAM, 0o755)).chain(LICENSES.iter().chain([&NOTICES]).map(|name| (*name, 0o644))).collect();
        let mut tar = tar::Builder::new(Vec::new());
        for (name, mode) in files {
            let bytes = archive.file(&format!("/{name}")).with_context(|| format!("the archive has no {name}"))?;
            append(&mut tar, name, mode, bytes)?;
        }
        append_data_folder(&mut tar)?;
        let layer = tar.into_inner()?;
        let id = sha256(&layer);
        let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
        std::io::Write::write_all(&mut compressed, &layer)?;
        let layer = self.add("application/vnd.oci.image.layer.v1.tar+gzip", compressed.finish()?);
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {
                "User": USER,
                "ExposedPorts": { format!("{PORT}/tcp"): {} },
                "Volumes": { format!("/{DATA}"): {} },
                "Entrypoint": [format!("/{PROGRAM}"), "--host", "0.0.0.0"],
                // Docker's own field, which the format allows.
                "Healthcheck": {
                    "Test": ["CMD", format!("/{PROGRAM}"), "--check", format!("http://127.0.0.1:{PORT}")],
                    "Interval": INTERVAL,
                    "StartPeriod": INTERVAL,
                    "Retries": 3,
                },
                "Labels": {
                    "org.opencontainers.image.title": PROGRAM,
                    "org.opencontainers.image.version": version(),
                    "org.opencontainers.image.licenses": "Apache-2.0 OR MIT",
                },
            },
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{id}")] },
        });
        let config = self.add("application/vnd.oci.image.config.v1+json", serde_json::to_vec(&config)?);
        const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        Ok(self.add(MANIFEST, serde_json::to_vec(&manifest)?))
    }

    fn tar(self, mut index: Value) -> Result<Vec<u8>> {
        index["annotations"] = json!({ "org.opencontainers.image.ref.name": version() });
        let top = json!({ "schemaVersion": 2, "manifests": [index] });
        let mut tar = tar::Builder::new(Vec::new());
        append(&mut tar, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        append(&mut tar, "index.json", 0o644, &serde_json::to_vec(&top)?)?;
        for (digest, bytes) in self.blobs {
            append(&mut tar, &format!("blobs/sha256/{digest}"), 0o644, &bytes)?;
        }
        Ok(tar.into_inner()?)
    }
}

/// Appends a file that has neither an owner nor a time, so that the same files make the same image.
fn append(tar: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    Ok(tar.append_data(&mut header, path, bytes)?)
}

/// Appends the folder for data.
fn append_data_folder(tar: &mut tar::Builder<Vec<u8>>) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    header.set_mode(0o755);
    header.set_mtime(0);
    header.set_uid(USER_ID);
    header.set_gid(USER_ID);
    Ok(tar.append_data(&mut header, format!("{DATA}/"), std::io::empty())?)
}

/// The image of one processor, as an engine would lay it out.
struct Unpacked {
    root: tempfile::TempDir,
    config: Value,
}

/// Starts the program of the image in an otherwise empty root folder, as its user: that of this machine's processor, and those of
/// others that were built. There need not be an engine.
pub fn smoke(steps: &mut Steps, layout: &Layout) -> Result<()> {
    for (platform, architecture) in PLATFORMS {
        let name = format!("image of the sandbox, {architecture}, by chroot");
        let own = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        if architecture != own && !archive_of(layout, PROGRAM, platform)?.exists() {
            continue;
        }
        match can_start(architecture) {
            Err(missing) => steps.skip(&name, &missing),
            Ok(()) => drop(steps.run(&name, || start(layout, architecture))),
        }
    }
    Ok(())
}

fn can_start(architecture: &str) -> Result<(), Missing> {
    if !cfg!(target_os = "linux") {
        return Err("this machine has no chroot of Linux".to_owned());
    }
    if crate::steps::read(Command::new("id").arg("-u")).ok().as_deref().map(str::trim) != Some("0") {
        return Err("chroot needs root".to_owned());
    }
    emulation::prepare(architecture)
}

/// Starts the sandbox of an image, checks it as an engine would, and stops it.
fn start(layout: &Layout, architecture: &str) -> Result<()> {
    write(layout)?;
    let image = unpacked(&fs::read(file(layout)?)?, architecture)?;
    let entry: Vec<&str> = image.config["Entrypoint"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let user = image.config["User"].as_str().context("the image has no user")?;
    // An engine keeps the owners of a layer's files.
    run(Command::new("chown").arg(user).arg(image.root.path().join(DATA)))?;
    let in_image = || {
        let mut command = Command::new("chroot");
        command.arg(format!("--userspec={user}")).arg(image.root.path());
        command
    };
    let mut command = in_image();
    command.args(entry).args(["--port", "0", "--json"]).env("AGENTHUMAN_SANDBOX_DATA", format!("/{DATA}/sandbox.sqlite"));
    let (running, Started { url, .. }) = Running::start(&mut command, "the sandbox of the image")?;
    println!("the sandbox of the image is on {url}");
    if !image.root.path().join(DATA).join("sandbox.sqlite").exists() {
        bail!("the sandbox of the image keeps no data");
    }
    // As an engine would check it, but for the port.
    let url = url.replace("0.0.0.0", "127.0.0.1");
    let of_config: Vec<&str> =
        image.config["Healthcheck"]["Test"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let [_, check @ .., _] = of_config.as_slice() else { bail!("the image has no health check") };
    run(in_image().args(check).arg(&url))?;
    drop(running);
    if run(in_image().args(check).arg(&url)).is_ok() {
        bail!("the health check succeeds without a sandbox");
    }
    Ok(())
}

/// Reads an image back: its layers in a folder, and its configuration.
fn unpacked(bytes: &[u8], architecture: &str) -> Result<Unpacked> {
    let folder = tempfile::tempdir()?;
    tar::Archive::new(bytes).unpack(folder.path())?;
    let read = |path: &Path| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
    let blob = |descriptor: &Value| -> Result<PathBuf> {
        let digest = descriptor["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:")).context("no digest")?;
        let path = folder.path().join("blobs/sha256").join(digest);
        if sha256(&fs::read(&path)?) != digest {
            bail!("a blob does not have its digest");
        }
        Ok(path)
    };
    let top = read(&folder.path().join("index.json"))?;
    let index = read(&blob(&top["manifests"][0])?)?;
    let manifests = index["manifests"].as_array().context("no manifests")?;
    let found = manifests.iter().find(|manifest| manifest["platform"]["architecture"] == architecture);
    let manifest = read(&blob(found.with_context(|| format!("the image has no {architecture}"))?)?)?;
    let config = read(&blob(&manifest["config"])?)?;
    let root = tempfile::tempdir()?;
    for layer in manifest["layers"].as_array().into_iter().flatten() {
        let layer = flate2::read::GzDecoder::new(fs::File::open(blob(layer)?)?);
        tar::Archive::new(layer).unpack(root.path())?;
    }
    #[cfg(unix)]
    fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(Unpacked { root, config: config["config"].clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive;

    #[test]
    fn an_image_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout(folder.path().to_path_buf());
        assert!(write(&layout).unwrap_err().to_string().contains("no archive"));
        let program = folder.path().join("program");
        archive::write_program(&program, b"the program").unwrap();
        let files: Vec<_> = [PROGRAM, NOTICES].into_iter().chain(LICENSES).map(|name| (name, program.clone())).collect();
        let stem = format!("{PROGRAM}-{}-x86_64-unknown-linux-musl", version());
        archive::write(&layout.archives().unwrap(), &stem, &files, false).unwrap();
        write(&layout).unwrap();
        let bytes = fs::read(file(&layout).unwrap()).unwrap();
        let image = unpacked(&bytes, "amd64").unwrap();
        assert_eq!(fs::read(image.root.path().join(PROGRAM)).unwrap(), b"the program");
        assert_eq!(fs::read_dir(image.root.path()).unwrap().count(), 5);
        assert!(image.root.path().join(DATA).is_dir());
        assert_eq!(image.config["User"], USER);
        assert_eq!(image.config["Entrypoint"][0], "/agenthuman-sandbox");
        assert_eq!(image.config["Healthcheck"]["Test"][1], "/agenthuman-sandbox");
        assert!(unpacked(&bytes, "arm64").err().unwrap().to_string().contains("no arm64"));
        write(&layout).unwrap();
        assert!(fs::read(file(&layout).unwrap()).unwrap() == bytes, "the same files make the same image");
        // With a second processor.
        archive::write_program(&program, b"the program of arm64").unwrap();
        let stem = format!("{PROGRAM}-{}-aarch64-unknown-linux-musl", version());
        archive::write(&layout.archives().unwrap(), &stem, &files, false).unwrap();
        write(&layout).unwrap();
        let bytes = fs::read(file(&layout).unwrap()).unwrap();
        let of = |architecture| fs::read(unpacked(&bytes, architecture).unwrap().root.path().join(PROGRAM)).unwrap();
        assert_eq!((of("amd64"), of("arm64")), (b"the program".to_vec(), b"the program of arm64".to_vec()));
    }
}
