//! The archives that packages are: wheels are zip files, the rest compressed tar files.

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

/// The files in a package.
pub struct Contents(Vec<(String, Vec<u8>)>);

impl Contents {
    /// Reads a package: a wheel, an archive for Windows, or a compressed tar file.
    pub fn read(path: &Path) -> Result<Contents> {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let files = if [".whl", ".zip", ".jar", ".aar"].iter().any(|end| name.ends_with(end)) {
            return Contents::unzipped(bytes).with_context(|| format!("{name} is malformed"));
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") || name.ends_with(".crate") {
            untarred(GzDecoder::new(Cursor::new(bytes)))
        } else {
            bail!("{name} is not an archive of a known kind");
        };
        Ok(Contents(files.with_context(|| format!("{name} is malformed"))?))
    }

    /// Reads a zip file.
    pub fn unzipped(bytes: Vec<u8>) -> Result<Contents> {
        unzipped(bytes).map(Contents)
    }

    /// Returns the first file whose path ends with this.
    pub fn file(&self, end: &str) -> Option<&[u8]> {
        self.0.iter().find(|(path, _)| format!("/{path}").ends_with(end)).map(|(_, bytes)| bytes.as_slice())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &[u8])]) -> Contents {
        Contents(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect())
    }
}

fn unzipped(bytes: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        if file.is_file() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            files.push((file.name().to_owned(), bytes));
        }
    }
    Ok(files)
}

fn untarred(reader: impl Read) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(reader).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let path = entry.path()?.to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            files.push((path, bytes));
        }
    }
    Ok(files)
}

/// Writes an archive whose files are in a folder of its name, and its SHA-256 beside it as `sha256sum` prints it.
pub fn write(folder: &Path, stem: &str, files: &[(&str, PathBuf)], zipped: bool) -> Result<PathBuf> {
    let name = format!("{stem}{}", if zipped { ".zip" } else { ".tar.gz" });
    let bytes = if zipped { zip_of(stem, files)? } else { tar_of(stem, files)? };
    fs::write(folder.join(format!("{name}.sha256")), format!("{}  {name}\n", sha256(&bytes)))?;
    let path = folder.join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}

fn zip_of(stem: &str, files: &[(&str, PathBuf)]) -> Result<Vec<u8>> {
    let files: Vec<_> =
        files.iter().map(|(name, from)| Ok((format!("{stem}/{name}"), fs::read(from)?))).collect::<Result<_>>()?;
    zipped(files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice())))
}

/// Makes a zip file of files by their paths.
pub fn zipped<'a>(files: impl Iterator<Item = (String, &'a [u8])>) -> Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(path, zip::write::SimpleFileOptions::default())?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn tar_of(stem: &str, files: &[(&str, PathBuf)]) -> Result<Vec<u8>> {
    let mut writer = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    // Without times and users, so that the same files make the same archive.
    writer.mode(tar::HeaderMode::Deterministic);
    for (name, from) in files {
        writer.append_file(format!("{stem}/{name}"), &mut File::open(from)?)?;
    }
    Ok(writer.into_inner()?.finish()?)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a program's file.
pub fn write_program(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_its_files_and_its_checksum() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("program");
        write_program(&file, b"hello").unwrap();
        for zipped in [false, true] {
            let written = write(folder.path(), "agenthuman-1.0.0-here", &[("agenthuman", file.clone())], zipped).unwrap();
            let contents = Contents::read(&written).unwrap();
            let files: Vec<_> = contents.iter().collect();
            assert_eq!(files, [("agenthuman-1.0.0-here/agenthuman", b"hello".as_slice())]);
            assert_eq!(contents.file("/agenthuman"), Some(b"hello".as_slice()));
            assert_eq!(contents.file("/human"), None);
            let name = written.file_name().unwrap().to_str().unwrap();
            let sum = fs::read_to_string(folder.path().join(format!("{name}.sha256"))).unwrap();
            assert_eq!(sum, format!("{}  {name}\n", sha256(&fs::read(&written).unwrap())));
        }
        fs::write(folder.path().join("broken.whl"), "x").unwrap();
        assert!(Contents::read(&folder.path().join("broken.whl")).is_err());
    }
}
