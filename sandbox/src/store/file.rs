//! Checks that a data file belongs to the sandbox, and locks it, before it is opened for writing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::schema::{APPLICATION_ID, VERSION};

/// The first bytes of an SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Tables that no other program is likely to have together.
const OWN_TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'
    AND name IN ('settings', 'otp_codes', 'dead_tokens', 'api_keys', 'agents', 'sessions', 'messages', 'avatars', 'roles')";
const OWN_TABLES_COUNT: i64 = 9;

/// The lock on a data file. It ends when the process ends; the lock file remains.
pub struct Lock(#[allow(dead_code, reason = "dropping it releases the lock")] File);

/// Checks a data file without writing to it, and then locks it for the sandbox at `url`.
pub fn claim(path: &Path, url: &str) -> Result<Lock, String> {
    check(path)?;
    let lock = lock_path(path)?;
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock);
    let mut file = file.map_err(|error| format!("opening {} failed: {error}", lock.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // On some systems other processes cannot read a locked file.
            let _ = file.take(200).read_to_string(&mut holder);
            let holder = holder.lines().next().map(|holder| format!(" ({holder})")).unwrap_or_default();
            return Err(format!("another sandbox uses it{holder}. Stop that sandbox, or choose another file"));
        }
        Err(TryLockError::Error(error)) => return Err(format!("locking {} failed: {error}", lock.display())),
    }
    let holder = format!("process {} on {url}\n", std::process::id());
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
    written.map_err(|error| format!("writing {} failed: {error}", lock.display()))?;
    Ok(Lock(file))
}

/// Returns the path next to the file itself, with links resolved.
fn lock_path(path: &Path) -> Result<PathBuf, String> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = folder.canonicalize().map_err(|error| match error.kind() {
                ErrorKind::NotFound => "its folder does not exist".to_owned(),
                _ => format!("reading its folder failed: {error}"),
            })?;
            folder.join(path.file_name().ok_or("it has no name")?)
        }
    };
    let mut name = real.into_os_string();
    name.push(".lock");
    Ok(name.into())
}

fn check(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Err("it is a folder".to_owned()),
        Ok(metadata) if !metadata.is_file() => return Err("it is not a regular file".to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.to_string()),
    }
    let mut header = Vec::with_capacity(HEADER);
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| format!("opening it failed: {error}"))?;
    file.take(HEADER as u64).read_to_end(&mut header).map_err(|error| format!("reading it failed: {error}"))?;
    if header.is_empty() {
        return Ok(());
    }
    if header.len() < HEADER || !header.starts_with(MAGIC) {
        return Err("it is not an SQLite database. Nothing was written to it".to_owned());
    }
    let number = |at: usize| header[at..at + 4].iter().fold(0, |number, byte| (number << 8) | i64::from(*byte));
    let (version, application) = (number(60), number(68));
    let is_own = match application {
        0 => has_own_tables(path)?,
        application => Some(application == i64::from(APPLICATION_ID)),
    };
    match is_own {
        Some(false) => Err(another_program()),
        None if version != 0 => Err(another_program()),
        Some(true) if version > VERSION => Err(format!(
            "it was written by a newer version of the sandbox (its format is {version}, and this version reads {VERSION}). \
             Nothing was written to it"
        )),
        _ => Ok(()),
    }
}

fn another_program() -> String {
    "it is a database of another program. Nothing was written to it".to_owned()
}

/// Whether the tables are those of a sandbox, since an earlier version did not mark its files. `None` if there are no tables.
fn has_own_tables(path: &Path) -> Result<Option<bool>, String> {
    let broken = |error: rusqlite::Error| format!("reading it failed: {error}");
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    // Without a log file, the database is complete, and SQLite can read it without creating files.
    let immutable = if Path::new(&wal).exists() { "" } else { "&immutable=1" };
    let absolute = path.canonicalize().map_err(|error| error.to_string())?;
    let uri = format!("file:{}?mode=ro{immutable}", percent_encoded(&absolute)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri, flags).map_err(broken)?;
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(broken);
    if count("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(None);
    }
    Ok(Some(count(OWN_TABLES)? == OWN_TABLES_COUNT))
}

/// Encodes a path for an SQLite URI.
fn percent_encoded(path: &Path) -> Result<String, String> {
    let path = path.to_str().ok_or("its name is not valid UTF-8")?;
    let path = if cfg!(windows) { format!("/{}", path.replace('\\', "/")) } else { path.to_owned() };
    Ok(path.replace('%', "%25").replace('?', "%3f").replace('#', "%23"))
}
