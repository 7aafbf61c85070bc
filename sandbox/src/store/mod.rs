//! The data: one SQLite database, in memory or in a file. One connection writes, the others only read.

pub mod agents;
pub mod api_keys;
pub mod avatars;
mod file;
pub mod messages;
pub mod otp;
pub mod roles;
pub mod schema;
pub mod sessions;
pub mod users;
pub mod voices;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior};
use serde_json::value::RawValue;

use crate::clock::Clock;
use crate::error::ApiError;

const READERS: usize = 4;

/// Its connections are closed in this order: the one that closes last empties the log, which a reader cannot.
pub struct Store {
    /// Empty for a database in memory, which belongs to its one connection.
    readers: Vec<Mutex<Connection>>,
    writer: Mutex<Connection>,
    _lock: Option<file::Lock>,
    next_reader: AtomicUsize,
    /// The address of this sandbox, which stored paths of its own files are completed with.
    base: String,
    clock: Arc<Clock>,
}

/// One page of a list, with the cursor of the next one.
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl Store {
    /// Opens the data, and creates it if there is none. The error is a sentence about the file.
    pub fn open(data: Option<&Path>, base: String, clock: Arc<Clock>) -> Result<Self, String> {
        let lock = data.map(|path| file::claim(path, &base)).transpose()?;
        Self::open_claimed(data, lock, base, clock).map_err(|error| error.to_string())
    }

    fn open_claimed(data: Option<&Path>, lock: Option<file::Lock>, base: String, clock: Arc<Clock>) -> rusqlite::Result<Self> {
        let writer = match data {
            None => Connection::open_in_memory()?,
            Some(path) => {
                create_private(path);
                Connection::open(path)?
            }
        };
        configure(&writer)?;
        writer.pragma_update_and_check(None, "max_page_count", schema::MAX_PAGES, |_| Ok(()))?;
        if data.is_some() {
            // Before there is a log, so that the file's own header has it.
            writer.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
            // NORMAL is enough for the promise: what the process has committed outlives the process.
            writer.pragma_update(None, "journal_mode", "WAL")?;
            writer.pragma_update(None, "synchronous", "NORMAL")?;
        }
        schema::prepare(&writer, &clock.now_text())?;
        let mut readers = Vec::new();
        if let Some(path) = data {
            for _ in 0..READERS {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let reader = Connection::open_with_flags(path, flags)?;
                configure(&reader)?;
                readers.push(Mutex::new(reader));
            }
        }
        Ok(Self { readers, writer: Mutex::new(writer), _lock: lock, next_reader: AtomicUsize::new(0), base, clock })
    }

    /// Moves everything from the log into the data file, so that the file alone is complete.
    pub fn checkpoint(&self) {
        if !self.readers.is_empty() {
            let checkpoint = lock(&self.writer).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = checkpoint {
                eprintln!("agenthuman-sandbox: the data file's log could not be written back: {error}");
            }
        }
    }

    fn read<T, E>(&self, query: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        query(&self.reader())
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        let Some(last) = self.readers.len().checked_sub(1) else {
            return lock(&self.writer);
        };
        let next = self.next_reader.fetch_add(1, Ordering::Relaxed);
        lock(&self.readers[next % (last + 1)])
    }

    /// Puts the data back to what a new sandbox has. The start-up key and the secret that signs tokens stay.
    pub fn reset(&self) -> Result<(), ApiError> {
        self.write(|db| Ok(schema::reset(db, &self.clock.now_text())?))
    }

    /// Paths of the sandbox's own files are stored without the address, which differs from start to start.
    fn absolute(&self, url: String) -> String {
        if url.starts_with('/') { format!("{}{url}", self.base) } else { url }
    }

    /// Runs `change` in a transaction that is committed before the answer is known to anyone.
    fn write<T>(&self, change: impl FnOnce(&Connection) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = change(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without it SQLite compiles a cached statement again whenever another value is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The file holds the secret that signs tokens, so a new one is for its owner only. If this fails, opening will say why.
#[cfg(unix)]
fn create_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let _ = options.create_new(true).write(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn create_private(_: &Path) {}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(params, read).optional()
}

fn many<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.collect()
}

fn change(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}

/// Cuts what was read with one row too many down to a page.
fn page<T>(mut items: Vec<T>, limit: Option<i64>, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

/// SQLite's LIMIT for a page of `limit` rows and one more; -1 is all.
fn fetch_limit(limit: Option<i64>) -> i64 {
    limit.map_or(-1, |limit| limit + 1)
}

/// The columns of an update that only some fields take part in.
#[derive(Default)]
pub struct Columns(Vec<(&'static str, rusqlite::types::Value)>);

impl Columns {
    fn set(&mut self, column: &'static str, value: Option<impl Into<rusqlite::types::Value>>) {
        if let Some(value) = value {
            self.0.push((column, value.into()));
        }
    }

    /// Updates the rows of `table` that fit `id` and `user_id`, and says how many there were.
    fn update(mut self, connection: &Connection, table: &str, id: i64, user_id: i64, now: String) -> rusqlite::Result<usize> {
        self.set("updated_at", Some(now));
        let assignments: Vec<String> = self.0.iter().map(|(column, _)| format!("{column} = ?")).collect();
        let sql = format!("UPDATE {table} SET {} WHERE id = ? AND user_id = ?", assignments.join(", "));
        let mut values: Vec<_> = self.0.into_iter().map(|(_, value)| value).collect();
        values.extend([id.into(), user_id.into()]);
        change(connection, &sql, rusqlite::params_from_iter(values))
    }
}

/// A JSON column, passed on as the text that it is.
fn json(row: &Row<'_>, column: impl rusqlite::RowIndex) -> rusqlite::Result<Option<Box<RawValue>>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| {
        RawValue::from_string(text)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    /// What SQLite reports here is what it reports for a disk without space.
    fn is_full_and_recovers(data: Option<&Path>) {
        let store = Store::open(data, String::new(), Arc::default()).unwrap();
        let text = "x".repeat(10_000);
        let fill = || store.save_otp("a@example.com", "123456", 0, "code", &text);
        fill().unwrap();
        let pages: i64 = lock(&store.writer).query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        lock(&store.writer).pragma_update_and_check(None, "max_page_count", pages + 20, |_| Ok(())).unwrap();

        let error = (0..100).find_map(|_| fill().err()).expect("the limit is reached");
        assert_eq!(error.into_response().status(), StatusCode::INSUFFICIENT_STORAGE);
        let stored = store.mails(None).unwrap().len();
        assert!(fill().is_err());
        assert_eq!(store.mails(None).unwrap().len(), stored, "nothing of a failed change is stored");

        store.reset().unwrap();
        fill().unwrap();
        assert_eq!(store.mails(None).unwrap().len(), 1);
    }

    #[test]
    fn a_full_disk_is_said_and_a_reset_makes_space() {
        is_full_and_recovers(None);
        let folder = std::env::temp_dir().join(format!("agenthuman-full-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        is_full_and_recovers(Some(&folder.join("data.db")));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
