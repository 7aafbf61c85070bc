//! The file of the profiles: readable by its owner only, and replaced as a whole.

use super::Profiles;
use crate::failure::Failure;
use agenthuman::Kind;
use etcetera::BaseStrategy;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The maximum size of the file.
const LONGEST: u64 = 1 << 20;

/// How long a change waits for a change by another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the path, if this user has a home folder.
pub fn path() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|strategy| strategy.config_dir().join("agenthuman").join("profiles.toml"))
}

/// Returns the profiles; none if there is no file.
pub fn load() -> Result<Profiles, Failure> {
    path().map_or_else(|| Ok(Profiles::default()), |path| read(&path))
}

/// Changes the file. If the function or the write fails, the file is as before.
pub fn change<T>(change: impl FnOnce(&mut Profiles) -> Result<T, Failure>) -> Result<T, Failure> {
    let path = path().ok_or_else(|| {
        Failure::new(Kind::Configuration, "there is no folder for the profiles").suggest("Set HOME or XDG_CONFIG_HOME.")
    })?;
    let unwritable = |error: &std::io::Error| {
        Failure::new(Kind::Configuration, format!("{} could not be written: {}", path.display(), error.kind()))
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    create(folder).map_err(|error| unwritable(&error))?;
    let _lock = lock(&folder.join("profiles.lock")).map_err(|error| unwritable(&error))?;
    let mut profiles = read(&path)?;
    let result = change(&mut profiles)?;
    let text =
        toml::to_string(&profiles).map_err(|_| Failure::new(Kind::Internal, "the profiles could not be written as TOML"))?;
    replace(folder, &path, &text).map_err(|error| unwritable(&error))?;
    Ok(result)
}

fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates the new file beside the old one, for its owner only, and renames it.
fn replace(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn lock(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
            Err(std::fs::TryLockError::WouldBlock) if began.elapsed() > PATIENCE => return Err(ErrorKind::TimedOut.into()),
            Err(std::fs::TryLockError::WouldBlock) => sleep(Duration::from_millis(20)),
        }
    }
}

fn read(path: &Path) -> Result<Profiles, Failure> {
    let refused = |why: String| Failure::new(Kind::Configuration, format!("{} {why}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Profiles::default()),
        Err(error) => return Err(refused(format!("could not be read: {}", error.kind()))),
    };
    if let Some(why) = fault(&file) {
        let fix = format!("Only you should be able to read it: chmod 600 {}", path.display());
        return Err(refused(why.to_owned()).suggest(fix));
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| refused(format!("could not be read: {}", error.kind())))?;
    // The error's own text has the line with the error in it, which may be a secret.
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
        refused(format!("is invalid at line {line}")).suggest("Correct it, or remove it and add the profiles again.")
    })
}

/// Returns why the file is not safe: ssh does not use such a file either.
#[cfg(unix)]
fn fault(file: &File) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    let data = file.metadata().ok()?;
    if data.mode() & 0o077 != 0 {
        Some("can be read or changed by other users, so it is not used")
    } else if data.uid() != rustix::process::geteuid().as_raw() {
        Some("belongs to another user, so it is not used")
    } else {
        None
    }
}

/// On Windows the user's own folder gives its files to the user alone.
#[cfg(not(unix))]
fn fault(_: &File) -> Option<&'static str> {
    None
}
