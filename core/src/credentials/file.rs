//! A file that contains an API key, read again when it changes.

use super::{ApiKey, text};
use crate::Secret;
use crate::error::{Error, Kind, Result};
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// The maximum size of a key file. A key has 40 bytes, so a much longer file is another file.
const LONGEST: usize = 4096;

/// Maximum number of reads of a file that is missing or incomplete, because it may be being written.
const READS: usize = 5;

/// The time between two such reads.
const PAUSE: Duration = Duration::from_millis(20);

/// The path of a key file, and the last key from it.
pub(super) struct KeyFile {
    path: Arc<Path>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    key: Option<(Stamp, ApiKey)>,
    /// The state in which the file was read several times without a key in it.
    broken: Option<Stamp>,
}

/// Identifies a version of a file. The time alone is not enough, because copies can keep it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    /// Device, inode, and the time of the inode's last change in seconds and nanoseconds.
    inode: [i64; 4],
}

enum Content {
    Unchanged(ApiKey),
    Read(Stamp, Result<ApiKey>),
}

impl KeyFile {
    pub fn new(path: PathBuf) -> KeyFile {
        KeyFile { path: path.into(), known: Mutex::default() }
    }

    /// Returns the key in the file. After a rejection, it reads the file even if it seems unchanged. While the file is being
    /// written, the last key stays in use.
    pub async fn key(&self, rejected: Option<&ApiKey>) -> Result<ApiKey> {
        let mut reads = 0;
        loop {
            reads += 1;
            let last = self.known().key.clone();
            let unless = last.clone().filter(|_| rejected.is_none());
            let path = self.path.clone();
            // A file may be on a slow disk, and no other call should wait for it.
            let content = tokio::task::spawn_blocking(move || read(&path, unless)).await;
            let error = match content {
                Ok(Ok(Content::Unchanged(key))) => return Ok(key),
                Ok(Ok(Content::Read(stamp, Ok(key)))) => {
                    *self.known() = Known { key: Some((stamp, key.clone())), broken: None };
                    return Ok(key);
                }
                Ok(Ok(Content::Read(stamp, Err(malformed)))) => {
                    let mut known = self.known();
                    if reads >= READS || known.broken == Some(stamp) {
                        known.broken = Some(stamp);
                        let is_rejected = |key: &ApiKey| rejected.is_some_and(|rejected| rejected.expose() == key.expose());
                        return last.map(|(_, key)| key).filter(|key| !is_rejected(key)).ok_or(malformed);
                    }
                    malformed
                }
                // A file that is replaced by deleting and creating it is missing for a moment.
                Ok(Err(error)) if last.is_some() && error.kind() == std::io::ErrorKind::NotFound => {
                    unreadable(&self.path, &error)
                }
                Ok(Err(error)) => return Err(unreadable(&self.path, &error)),
                Err(_) => return Err(Error::internal("reading the API key file panicked")),
            };
            if reads >= READS {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let path = path.display();
    let message = match error.kind() {
        std::io::ErrorKind::InvalidInput => format!("the API key file {path} is not a regular file"),
        kind => format!("the API key file {path} could not be read: {kind}"),
    };
    Error::new(Kind::MissingCredential, message).suggestion("Check the path and the file's permissions.")
}

impl Stamp {
    fn of(data: &Metadata) -> Stamp {
        Stamp { modified: data.modified().ok(), size: data.len(), inode: inode(data) }
    }
}

#[cfg(unix)]
fn inode(data: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    [data.dev().cast_signed(), data.ino().cast_signed(), data.ctime(), data.ctime_nsec()]
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> [i64; 4] {
    [0; 4]
}

fn read(path: &Path, unless: Option<(Stamp, ApiKey)>) -> std::io::Result<Content> {
    // Opening a FIFO waits for a writer, so this comes first.
    let regular = |data: Metadata| data.is_file().then_some(data).ok_or(std::io::Error::from(std::io::ErrorKind::InvalidInput));
    let stamp = Stamp::of(&regular(std::fs::metadata(path)?)?);
    if let Some((_, key)) = unless.filter(|(known, _)| *known == stamp) {
        return Ok(Content::Unchanged(key));
    }
    let file = File::open(path)?;
    let stamp = Stamp::of(&regular(file.metadata()?)?);
    Ok(Content::Read(stamp, text_in(file)?.and_then(|text| ApiKey::parse(text.expose()))))
}

/// [`ApiKey::text_of_file`]
pub(super) fn text_of_file(path: &Path) -> Result<Secret> {
    File::open(path).and_then(text_in).unwrap_or_else(|error| Err(unreadable(path, &error)))
}

/// Reads the text of an open key file.
fn text_in(file: File) -> std::io::Result<Result<Secret>> {
    let malformed = |why: String| Error::new(Kind::MalformedApiKey, why);
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        let why = format!("the API key file is larger than {LONGEST} bytes; check that it is the right file");
        return Ok(Err(malformed(why)));
    }
    Ok(text::of_file(&bytes).map(Secret::new).map_err(|why| malformed(format!("the API key {why}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ah_test_Sup0rtCr4teSup0rtCr4teSup0rtCrT1"; // agenthuman-scan: allow
    const OTHER: &str = "ah_test_An0therK3yAn0therK3yAn0therK3y12"; // agenthuman-scan: allow

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let folder = std::env::temp_dir().join(format!("agenthuman-file-{:x}", fastrand::u64(..)));
            std::fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn key(&self) -> PathBuf {
            self.0.join("key")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn replaced(path: &Path, key: &str, modified: SystemTime) {
        let other = path.with_extension("new");
        std::fs::write(&other, key).unwrap();
        File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
        std::fs::rename(other, path).unwrap();
    }

    fn rewritten(path: &Path, key: &str, modified: SystemTime) {
        std::fs::write(path, key).unwrap();
        File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    }

    #[tokio::test]
    async fn a_file_with_the_same_time_and_size_is_read_when_it_is_another() {
        let folder = Folder::new();
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(43_200);
        replaced(&folder.key(), KEY, noon);
        let file = KeyFile::new(folder.key());
        assert_eq!(file.key(None).await.unwrap().expose(), KEY);
        replaced(&folder.key(), OTHER, noon);
        assert_eq!(file.key(None).await.unwrap().expose(), OTHER);
        rewritten(&folder.key(), KEY, noon);
        assert_eq!(file.key(Some(&ApiKey::parse(OTHER).unwrap())).await.unwrap().expose(), KEY, "read whatever its time");
    }

    #[tokio::test]
    async fn a_half_written_file_leaves_the_last_key_in_use() {
        let folder = Folder::new();
        std::fs::write(folder.key(), format!("\u{feff}{KEY}\r\n")).unwrap();
        let file = KeyFile::new(folder.key());
        assert_eq!(file.key(None).await.unwrap().expose(), KEY);
        for half in ["", &OTHER[..20]] {
            std::fs::write(folder.key(), half).unwrap();
            assert_eq!(file.key(None).await.unwrap().expose(), KEY);
            let error = file.key(Some(&ApiKey::parse(KEY).unwrap())).await.unwrap_err();
            assert_eq!(error.kind(), Kind::MalformedApiKey);
        }
        std::fs::write(folder.key(), OTHER).unwrap();
        assert_eq!(file.key(None).await.unwrap().expose(), OTHER);
    }

    #[tokio::test]
    async fn a_file_that_is_missing_or_half_written_for_a_moment_is_read_again() {
        let folder = Folder::new();
        std::fs::write(folder.key(), "").unwrap();
        let file = KeyFile::new(folder.key());
        for key in [KEY, OTHER] {
            let writing = tokio::spawn({
                let path = folder.key();
                async move {
                    tokio::time::sleep(PAUSE).await;
                    std::fs::write(path, key).unwrap();
                }
            });
            assert_eq!(file.key(None).await.unwrap().expose(), key);
            writing.await.unwrap();
            std::fs::remove_file(folder.key()).unwrap();
        }
        assert_eq!(file.key(None).await.unwrap_err().kind(), Kind::MissingCredential);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_no_regular_file_or_too_large_is_rejected_at_once() {
        let folder = Folder::new();
        let fifo = folder.0.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [fifo, "/dev/zero".into(), folder.0.clone()] {
            let error = KeyFile::new(path).key(None).await.unwrap_err();
            assert_eq!(error.kind(), Kind::MissingCredential);
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
        std::fs::write(folder.key(), "x".repeat(5_000)).unwrap();
        let error = KeyFile::new(folder.key()).key(None).await.unwrap_err();
        assert!(error.to_string().contains("4096"), "{error}");
        let utf16: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.key(), utf16).unwrap();
        let error = KeyFile::new(folder.key()).key(None).await.unwrap_err();
        assert!(error.to_string().contains("UTF-16") && !error.to_string().contains("Sup0rt"), "{error}");
    }
}
